//! Results about one model: while it learns, and how well its evidence is bounded.

use anyhow::{Context, Result};
use serde_json::json;

use super::lab::Lab;
use super::{Drawn, Outcome, Study};
use crate::config::{ModelKind, ModelSpec, PriorKind};
use crate::explore::inference::{DiagonalGaussian, Draws, MeanEvidence, Quadrature, Sampled, evidence_of_split};
use crate::explore::measures::surgery;
use crate::figure::{Chart, Ink, Marker, Rule, Series, chart, run_color};
use crate::model::{Autoencoder, Frozen};
use crate::progress::Progress;

/// Width and height of a chart in pixels.
pub const SIZE: [usize; 2] = [900, 640];

pub const BURDA: Study = Study {
    paper: "Burda, Grosse and Salakhutdinov 2016, Importance Weighted Autoencoders",
    found: "The bound log 1/K Σ p(x, z)/q(z|x) rises with K from the ELBO towards log p(x).",
    epochs: 10,
    images: 100,
    trainings: 1,
    run: burda,
};

/// Samples of an image at most, and how often they are drawn.
const SAMPLES: usize = 1_000;
const REPETITIONS: usize = 10;

fn burda(lab: &Lab) -> Result<Outcome> {
    let model = lab.train(ModelSpec::new(ModelKind::Vae), 1.0, |_, _| Ok(()))?;
    let (some, silent) = (lab.some(), Progress::silent());
    let exact = mean_evidence(&model, lab)?;
    let codes = model.encode_places_with(&some.gather(0..some.len()), &silent)?;
    let logvar = codes.logvar.as_ref().context("a VAE has posteriors")?;
    let mut bound: Vec<[f64; 2]> = Vec::new();
    for (i, (&mu, &logvar)) in codes.mu.iter().zip(logvar).enumerate() {
        let q = DiagonalGaussian::of(mu, logvar);
        // Of each image others, so that their errors average out.
        let seed = lab.seed.wrapping_add(i as u64);
        let draws = Draws { most: SAMPLES, repetitions: REPETITIONS, gradients: 2, seed };
        let sampled = Sampled::of(&model, &some.gather([i]), q, draws, &silent)?;
        bound.resize(sampled.importance.len(), [0.0; 2]);
        for (sum, estimate) in bound.iter_mut().zip(sampled.importance) {
            *sum = [estimate.samples as f64, sum[1] + estimate.mean / some.len() as f64];
        }
    }
    let [elbo, best] = [bound.first(), bound.last()].map(|end| end.map_or(f64::NAN, |end| end[1]));
    let picture = Chart {
        title: "The importance-weighted bound over K".to_owned(),
        x: "K".to_owned(),
        y: "nats".to_owned(),
        logarithmic: [true, false],
        series: vec![series("bound", 1, bound.clone())],
        levels: vec![Rule { name: "log p(x) by quadrature".to_owned(), value: exact.mean, ink: Ink::Quiet }],
        ..Chart::default()
    };
    let points: Vec<_> = bound.iter().map(|[k, bound]| json!({ "k": k, "bound": bound })).collect();
    Ok(Outcome {
        figure: drawn(picture),
        size: SIZE,
        numbers: json!({ "bounds": points, "log_evidence": exact.mean, "left_out": exact.left_out.len() }),
        said: format!("from {elbo:.2} at K = 1 to {best:.2} at K = {SAMPLES}, under the exact {:.2} nats;", exact.mean),
    })
}

pub const HOFFMAN: Study = Study {
    paper: "Hoffman and Johnson 2016, ELBO surgery",
    found: "The KL is I(n; z) + KL(q(z) || p(z)), and as a VAE learns the first becomes most of it.",
    epochs: 10,
    images: 10_000,
    trainings: 1,
    run: hoffman,
};

fn hoffman(lab: &Lab) -> Result<Outcome> {
    let some = lab.some();
    let (mut information, mut aggregate, mut points) = (Vec::new(), Vec::new(), Vec::new());
    lab.train(ModelSpec::new(ModelKind::Vae), 1.0, |epoch, model| {
        let codes = model.codes_of_split(&some, &Progress::silent())?;
        let parts = surgery(&codes, model.prior()?, lab.seed, &Progress::silent())?.context("a VAE has posteriors")?;
        let (low, kl) = (parts.mutual_information.value, parts.kl_aggregate.value);
        information.push([epoch as f64, low]);
        aggregate.push([epoch as f64, kl]);
        points.push(json!({
            "epoch": epoch,
            "mutual_information": low,
            "mutual_information_upper": parts.mutual_information_upper.value,
            "kl_aggregate": kl,
        }));
        Ok(())
    })?;
    let last = |of: &[[f64; 2]]| of.last().map_or(f64::NAN, |end| end[1]);
    let said = format!("{:.2} + {:.2} nats at the end;", last(&information), last(&aggregate));
    let picture = Chart {
        title: "What the KL of a VAE consists of".to_owned(),
        x: "epoch".to_owned(),
        y: "nats".to_owned(),
        series: vec![series("I(n; z)", 1, information), series("KL(q(z) || p(z))", 0, aggregate)],
        ..Chart::default()
    };
    Ok(Outcome { figure: drawn(picture), size: SIZE, numbers: json!(points), said })
}

pub const TOMCZAK: Study = Study {
    paper: "Tomczak and Welling 2018, VAE with a VampPrior",
    found: "A VampPrior reaches a higher evidence than a mixture of Gaussians, and that than N(0, I).",
    epochs: 10,
    images: 500,
    trainings: 3,
    run: tomczak,
};

fn tomczak(lab: &Lab) -> Result<Outcome> {
    let priors = [
        ("N(0, I)", PriorKind::Normal),
        ("mixture of 20", PriorKind::Mixture { components: 20 }),
        ("VampPrior of 20", PriorKind::Vamp { components: 20 }),
    ];
    let (mut all, mut points, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for (i, (name, prior)) in priors.into_iter().enumerate() {
        let mut elbo = Vec::new();
        let model = lab.train(ModelSpec { prior, ..ModelSpec::new(ModelKind::Vae) }, 1.0, |epoch, model| {
            elbo.extend(lab.evaluate(model)?.elbo.map(|elbo| [epoch as f64, elbo]));
            Ok(())
        })?;
        let exact = mean_evidence(&model, lab)?;
        points.push(json!({
            "prior": name,
            "elbo": elbo.last().map(|end| end[1]),
            "log_evidence": exact.mean,
            "standard_error": exact.standard_error,
            "left_out": exact.left_out.len(),
        }));
        said.push(format!("{name} {:.2}", exact.mean));
        all.push(series(name, i, elbo));
    }
    let picture = Chart {
        title: "ELBO on test images under three priors".to_owned(),
        x: "epoch".to_owned(),
        y: "nats".to_owned(),
        series: all,
        ..Chart::default()
    };
    let said = format!("log p(x) {} nats;", said.join(", "));
    Ok(Outcome { figure: drawn(picture), size: SIZE, numbers: json!(points), said })
}

fn mean_evidence(model: &Autoencoder, lab: &Lab) -> Result<MeanEvidence> {
    let all = evidence_of_split(model, &lab.some(), Quadrature::default(), &Progress::silent())?;
    Ok(MeanEvidence::of(&all))
}

/// Points with a line through them, in the colour of run `i`.
pub fn series(name: &str, i: usize, points: Vec<[f64; 2]>) -> Series {
    Series { name: name.to_owned(), color: run_color(i), points, marker: Some(Marker::Dot), ..Series::default() }
}

pub fn drawn(picture: Chart) -> Drawn {
    Box::new(move |options| Ok(chart(&picture, options)?))
}
