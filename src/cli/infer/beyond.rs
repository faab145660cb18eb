//! `infer` where codes have other dimensions than two: from samples about the encoder's answer.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::arguments::InferArguments;
use crate::data::Split;
use crate::explore::inference::{BeyondPlane, SAMPLES};
use crate::explore::measures::Effort;
use crate::explore::{exact_evidence, mean_and_variance};
use crate::model::{Autoencoder, Frozen, evaluate};
use crate::progress::Progress;

/// Images whose gap is averaged: each is estimated from thousands of draws.
const GAPS: usize = 100;
const NOTHING_BEYOND: &str = "An AE gives no Gaussian to draw samples from, and in more dimensions than two log p(x) can only be \
                              had from samples.";

pub fn of_image(arguments: &InferArguments, model: &Autoencoder, image: &[f32]) -> Result<Value> {
    ensure!(
        arguments.out.is_none(),
        "--out draws estimates beside the exact log p(x) of a plane: it needs two dimensions"
    );
    let found = BeyondPlane::of(model, image, arguments.seed, true, &Progress::silent())?;
    let Some(found) = found else { return Ok(json!({ "note": NOTHING_BEYOND })) };
    let note = match (found.exact, found.importance.is_reliable()) {
        (Some(_), _) => "log p(x) is known in closed form; the samples are for comparison.",
        (None, true) => {
            "log p(x) is estimated by importance sampling: there is no plane to integrate over. Annealing is a second opinion."
        }
        (None, false) => {
            "k̂ is 0.7 or more: a few samples decide, and log p(x) by importance sampling is not to be believed. Take the one \
             by annealing."
        }
    };
    Ok(json!({
        "log_evidence": found.log_evidence(),
        "converged": found.exact.is_some() || found.importance.is_reliable(),
        "elbo": found.elbo,
        "elbo_error": found.elbo_error,
        "encoder": { "mu": found.mu, "sigma": found.sigma },
        "gap": { "whole": found.gap(), "approximation": null, "objective": null, "amortisation": null },
        "importance": {
            "K": SAMPLES,
            "log_evidence": found.importance.estimate.log,
            "standard_error": found.importance.estimate.standard_error,
            "effective_size": found.importance.estimate.effective_size,
            "k_hat": found.importance.k_hat,
            "reliable": found.importance.is_reliable(),
        },
        "annealed": found.annealed.map(|annealed| json!({
            "log_evidence": annealed.log,
            "standard_error": annealed.standard_error,
            "effective_size": annealed.effective_size,
        })),
        "note": note,
    }))
}

/// Over some of the images, spread over the set; in closed form over all.
pub fn of_all(arguments: &InferArguments, model: &Autoencoder, test: &Split) -> Result<Value> {
    let evaluation = evaluate(model, test, arguments.seed, &Progress::silent())?;
    let mut result = json!({ "images": test.len(), "elbo": evaluation.elbo });
    if !model.config().has_gaussian() {
        result["note"] = json!(NOTHING_BEYOND);
        return Ok(result);
    }
    let start = Instant::now();
    let (logs, reliable) = match exact_evidence(model, test, &Progress::silent())? {
        Some(exact) => {
            let codes = model.codes_of_split(test, &Progress::silent())?;
            let elbo =
                model.terms_each(test, &codes, arguments.seed, &Progress::silent())?.elbo().context("no ELBO")?;
            result["gap"] = of_gap(&exact.iter().zip(elbo).map(|(log, elbo)| log - elbo).collect::<Vec<_>>());
            (exact, None)
        }
        None => {
            let gaps = arguments.gaps.unwrap_or_else(|| Effort::gap_images(GAPS, test.pixels()));
            let some = test.spread(gaps);
            let (mut logs, mut gaps, mut reliable) = (Vec::new(), Vec::new(), 0);
            for i in 0..some.len() {
                let found = BeyondPlane::of(model, &some.gather([i]), arguments.seed, false, &Progress::silent())?;
                let found = found.context("no encoder")?;
                reliable += usize::from(found.importance.is_reliable());
                logs.push(found.log_evidence());
                gaps.push(found.gap());
            }
            result["gap"] = of_gap(&gaps);
            (logs, Some(reliable))
        }
    };
    if let Some(mean) = (!logs.is_empty()).then(|| logs.iter().sum::<f64>() / logs.len() as f64) {
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / logs.len() as f64;
        result["log_evidence"] = json!(mean);
        result["standard_error"] = json!((variance / logs.len() as f64).sqrt());
        result["converged"] = json!(reliable.unwrap_or(logs.len()));
        result["sampled_images"] = json!(reliable.map(|_| logs.len()));
    }
    result["seconds"] = json!(start.elapsed().as_secs_f64());
    result["note"] = json!(match reliable {
        None => "log p(x) is known in closed form; the ELBO is from one sample an image.",
        Some(_) => {
            "log p(x) and the gap are by importance sampling with K = 5,000 over the sampled images (--gaps says how many), the ELBO \
             is over all; converged are those with k̂ < 0.7."
        }
    });
    Ok(result)
}

/// The gap of several images, on average; none of no image.
pub(super) fn of_gap(gaps: &[f64]) -> Value {
    if gaps.is_empty() {
        return Value::Null;
    }
    let (whole, variance) = mean_and_variance(gaps);
    json!({
        "images": gaps.len(), "whole": whole, "standard_error": (variance / gaps.len() as f64).sqrt(),
        "approximation": null, "objective": null, "amortisation": null,
    })
}
