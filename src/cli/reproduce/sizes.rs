//! Results over a setting: each training has another value of it.

use anyhow::{Context, Result};
use serde_json::json;

use super::lab::Lab;
use super::learning::{SIZE, drawn, series};
use super::{Outcome, Study};
use crate::config::{Arch, Beta, Codebook, Likelihood, ModelKind, ModelSpec};
use crate::explore::inference::Inference;
use crate::explore::measures::active_units;
use crate::explore::{exact_evidence, killing_betas};
use crate::figure::{Chart, Ink, Rule};
use crate::model::Frozen;
use crate::progress::Progress;

pub const OORD: Study = Study {
    paper: "Van den Oord, Vinyals and Kavukcuoglu 2017, Neural Discrete Representation Learning",
    found: "Images are told by words of a list, and the perplexity of their use says how much of the list that is.",
    epochs: 5,
    images: 10_000,
    trainings: WORDS.len() as u64,
    run: oord,
};

const WORDS: [usize; 6] = [4, 8, 16, 32, 64, 128];

fn oord(lab: &Lab) -> Result<Outcome> {
    let (mut used, mut perplexity, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for words in WORDS {
        let codebook = Codebook { words, ..Codebook::default() };
        let model = lab.train(ModelSpec { codebook, ..ModelSpec::new(ModelKind::VqVae) }, 1.0, |_, _| Ok(()))?;
        let found = lab.evaluate(&model)?;
        let [codes, spread] = [found.codes_used.map(|n| n as f64), found.perplexity].map(|v| v.unwrap_or(f64::NAN));
        used.push([words as f64, codes]);
        perplexity.push([words as f64, spread]);
        points.push(json!({ "words": words, "codes_used": codes, "perplexity": spread, "mse": found.mse }));
    }
    let last = |of: &[[f64; 2]]| of.last().map_or(f64::NAN, |end| end[1]);
    let said = format!("of 128 words {} are used, with a perplexity of {:.1};", last(&used), last(&perplexity));
    let picture = Chart {
        title: "Words that a VQ-VAE of two dimensions uses".to_owned(),
        x: "words in the list".to_owned(),
        y: "words".to_owned(),
        logarithmic: [true, true],
        series: vec![series("used at all", 0, used), series("perplexity", 1, perplexity)],
        ..Chart::default()
    };
    Ok(Outcome { figure: drawn(picture), size: SIZE, numbers: json!(points), said })
}

pub const ALEMI: Study = Study {
    paper: "Alemi et al. 2018, Fixing a Broken ELBO",
    found: "β moves a model along a frontier of distortion over rate, from auto-encoding to auto-decoding.",
    epochs: 10,
    images: 10_000,
    trainings: BETAS.len() as u64,
    run: alemi,
};

const BETAS: [f64; 7] = [0.1, 0.3, 1.0, 3.0, 10.0, 20.0, 40.0];

fn alemi(lab: &Lab) -> Result<Outcome> {
    let (mut frontier, mut points) = (Vec::new(), Vec::new());
    for beta in BETAS {
        let model = lab.train(ModelSpec::new(ModelKind::Vae), beta, |_, _| Ok(()))?;
        let found = lab.evaluate(&model)?;
        let rate = found.kl.context("a VAE has a KL")?;
        frontier.push([rate, found.recon]);
        points.push(json!({ "beta": beta, "rate": rate, "distortion": found.recon, "elbo": found.elbo }));
    }
    let [first, last] = [frontier[0], frontier[frontier.len() - 1]];
    let said = format!(
        "from a rate of {:.2} and a distortion of {:.1} nats at β = {} to {:.2} and {:.1} at β = {};",
        first[0],
        first[1],
        BETAS[0],
        last[0],
        last[1],
        BETAS[BETAS.len() - 1]
    );
    let picture = Chart {
        title: "Distortion over rate, a VAE for each β".to_owned(),
        x: "rate: KL(q(z|x) || p(z)), nats".to_owned(),
        y: "distortion: −log p(x|z), nats".to_owned(),
        series: vec![series("test images", 1, frontier)],
        ..Chart::default()
    };
    Ok(Outcome { figure: drawn(picture), size: SIZE, numbers: json!(points), said })
}

pub const CREMER: Study = Study {
    paper: "Cremer, Li and Duvenaud 2018, Inference Suboptimality in Variational Autoencoders",
    found: "The amortisation gap is most of the whole, and a more flexible decoder makes the posterior fit its Gaussian.",
    epochs: 10,
    images: 100,
    trainings: UNITS.len() as u64,
    run: cremer,
};

const UNITS: [usize; 4] = [32, 64, 128, 256];

fn cremer(lab: &Lab) -> Result<Outcome> {
    let some = lab.some();
    let (mut approximation, mut amortisation, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for units in UNITS {
        let arch = Arch::Mlp(vec![2 * units, units]);
        let model = lab.train(ModelSpec { arch, ..ModelSpec::new(ModelKind::Vae) }, 1.0, |_, _| Ok(()))?;
        let all = Inference::of_split(&model, &some, Beta::both(1.0), &Progress::silent())?;
        let sound = all.iter().filter(|of| of.evidence.is_sound());
        let gaps: Vec<_> = sound.filter_map(|of| of.encoder.as_ref().map(|(_, gap)| gap)).collect();
        let mean = |of: &dyn Fn(usize) -> f64| (0..gaps.len()).map(of).sum::<f64>() / gaps.len() as f64;
        let [own, best] = [mean(&|i| gaps[i].whole() - gaps[i].approximation()), mean(&|i| gaps[i].approximation())];
        amortisation.push([units as f64, own]);
        approximation.push([units as f64, best]);
        points.push(json!({
            "hidden": [2 * units, units],
            "approximation_gap": best,
            "amortisation_gap": own,
            "n": gaps.len(),
        }));
    }
    let last = |of: &[[f64; 2]]| of.last().map_or(f64::NAN, |end| end[1]);
    let said = format!(
        "with the largest network {:.2} nats of amortisation and {:.2} of approximation; encoder and decoder grow together;",
        last(&amortisation),
        last(&approximation)
    );
    let picture = Chart {
        title: "The gap of the ELBO to log p(x)".to_owned(),
        x: "units of the smaller hidden layer".to_owned(),
        y: "nats".to_owned(),
        logarithmic: [true, false],
        series: vec![series("amortisation", 0, amortisation), series("approximation", 1, approximation)],
        ..Chart::default()
    };
    Ok(Outcome { figure: drawn(picture), size: SIZE, numbers: json!(points), said })
}

pub const LUCAS: Study = Study {
    paper: "Lucas et al. 2019, Don't Blame the ELBO",
    found: "At its optimum the ELBO of a linear VAE is the likelihood of probabilistic PCA, and a unit dies where c passes λ.",
    epochs: 30,
    images: 10_000,
    trainings: VARIANCES.len() as u64,
    run: lucas,
};

/// Of a pixel: below, between and above the two largest variances of MNIST.
const VARIANCES: [f64; 7] = [0.05, 0.2, 1.0, 2.0, 3.0, 4.4, 6.0];

fn lucas(lab: &Lab) -> Result<Outcome> {
    let (test, silent) = (&lab.dataset.test, Progress::silent());
    let of_one = Likelihood::Gaussian { c: 1.0, learned: false };
    let variances = killing_betas(&lab.dataset.train, 2, of_one, &lab.compute, &silent)?;
    let (mut learned, mut known, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for c in VARIANCES {
        let likelihood = Likelihood::Gaussian { c, learned: false };
        let linear = ModelSpec { arch: Arch::Mlp(Vec::new()), likelihood, ..ModelSpec::new(ModelKind::Vae) };
        let model = lab.train(linear, 1.0, |_, _| Ok(()))?;
        let elbo = lab.evaluate(&model)?.elbo.context("a VAE has an ELBO")?;
        let fitted = lab.fit(ModelSpec { likelihood, ..ModelSpec::new(ModelKind::Pca) })?;
        let exact = exact_evidence(&fitted, test, &silent)?.context("its evidence is known")?;
        let exact = exact.iter().sum::<f64>() / exact.len() as f64;
        let active = active_units(&model.codes_of_split(test, &silent)?);
        learned.push([c, elbo]);
        known.push([c, exact]);
        points.push(json!({
            "c": c,
            "elbo": elbo,
            "log_likelihood": exact,
            "active_units": active,
            "expected_active_units": variances.iter().filter(|&&variance| variance > c).count(),
        }));
    }
    let apart = learned.iter().zip(&known).map(|(a, b)| (a[1] - b[1]).abs()).fold(0.0, f64::max);
    let said = format!(
        "at most {apart:.2} nats apart; λ = {};",
        variances.iter().map(|v| format!("{v:.2}")).collect::<Vec<_>>().join(" and ")
    );
    let upright = |(i, &value): (usize, &f64)| Rule { name: format!("λ{}", i + 1), value, ink: Ink::Quiet };
    let picture = Chart {
        title: "A linear VAE against probabilistic PCA".to_owned(),
        x: "c, the variance of a pixel".to_owned(),
        y: "nats".to_owned(),
        logarithmic: [true, false],
        series: vec![series("ELBO of the linear VAE", 0, learned), series("log p(x) of probabilistic PCA", 1, known)],
        uprights: variances.iter().enumerate().map(upright).collect(),
        ..Chart::default()
    };
    Ok(Outcome { figure: drawn(picture), size: SIZE, numbers: json!(points), said })
}
