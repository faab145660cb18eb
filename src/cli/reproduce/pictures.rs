//! Results that are pictures.

use anyhow::Result;
use serde_json::json;

use super::lab::Lab;
use super::{Outcome, Study};
use crate::config::{ModelKind, ModelSpec};
use crate::explore::{decode_tiled, quantile_grid};
use crate::figure::framed_picture;
use crate::progress::Progress;

pub const KINGMA: Study = Study {
    paper: "Kingma and Welling 2014, Auto-Encoding Variational Bayes, figure 4",
    found: "Decoded at equal steps of the prior's distribution function, a plane of codes turns one digit into another.",
    epochs: 20,
    images: 10_000,
    trainings: 1,
    run: kingma,
};

/// Images along a side, and the size of the figure.
const ACROSS: usize = 20;
const SIZE: [usize; 2] = [900, 1_000];

fn kingma(lab: &Lab) -> Result<Outcome> {
    let model = lab.train(ModelSpec::new(ModelKind::Vae), 1.0, |_, _| Ok(()))?;
    let picture = decode_tiled(&model, &quantile_grid(ACROSS), ACROSS, &Progress::silent())?;
    let found = lab.evaluate(&model)?;
    Ok(Outcome {
        figure: Box::new(move |options| {
            Ok(framed_picture("The manifold through the inverse CDF of N(0, I)", picture, options)?)
        }),
        size: SIZE,
        numbers: json!({ "across": ACROSS, "elbo": found.elbo, "kl": found.kl, "recon": found.recon }),
        said: format!("{ACROSS} × {ACROSS} codes of a VAE whose ELBO is {:.1} nats;", found.elbo.unwrap_or(f64::NAN)),
    })
}
