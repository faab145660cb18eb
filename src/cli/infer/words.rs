//! `infer` where a code is one of finitely many: sums over all of them.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::super::arguments::InferArguments;
use super::beyond::of_gap;
use crate::data::{Dataset, Split};
use crate::explore::inference::{WordCodes, WordPosterior, learned_prior};
use crate::model::{Autoencoder, evaluate};
use crate::progress::Progress;

/// Words that are named for an image, the most probable ones.
const NAMED: usize = 10;
/// Terms log p(x|e_k) that the categorical prior is fitted to, at most.
const TERMS: usize = 8_000_000;
/// Images that are numbers at once.
const IMAGES: usize = 1_000;
const TOO_MANY: &str = "There are more than 4,096 combinations of words: too many to add up p(x|e_k) over all of them.";

/// ln π of the categorical prior fitted to training images, and how many of them.
fn learned(codes: &WordCodes, train: &Split) -> Result<(Vec<f64>, usize)> {
    let some = train.spread((TERMS / codes.len()).min(10_000));
    let mut terms = Vec::with_capacity(some.len() * codes.len());
    for (_, images) in some.parts(IMAGES) {
        terms.extend(codes.log_likelihoods(&images, &Progress::silent())?);
    }
    Ok((learned_prior(&terms, codes.len(), &Progress::silent())?.log_weight, some.len()))
}

pub fn of_image(arguments: &InferArguments, model: &Autoencoder, dataset: &Dataset, image: &[f32]) -> Result<Value> {
    ensure!(arguments.out.is_none(), "--out draws estimates around an encoder's Gaussian, and a VQ-VAE has none");
    let Some(codes) = WordCodes::of(model, &Progress::silent())? else { return Ok(json!({ "note": TOO_MANY })) };
    let terms = codes.log_likelihoods(image, &Progress::silent())?;
    let chosen = codes.chosen(image, &Progress::silent())?[0];
    let (log_weight, fitted_to) = learned(&codes, &dataset.train)?;
    let [uniform, learned] = [&codes.uniform(), &log_weight].map(|prior| WordPosterior::new(&terms, prior, chosen));
    let named = |found: &WordPosterior| -> Vec<Value> {
        let of =
            |&code: &usize| json!({ "words": codes.words_of(code), "probability": found.log_posterior[code].exp() });
        found.order().iter().take(NAMED).map(of).collect()
    };
    Ok(json!({
        "log_evidence": uniform.log_evidence,
        "change": 0.0,
        "converged": true,
        "elbo": uniform.elbo,
        "gap": { "whole": uniform.gap(), "approximation": null, "objective": null, "amortisation": null },
        "words": {
            "codes": codes.len(),
            "chosen": codes.words_of(chosen),
            "entropy": uniform.entropy(),
            "posterior": named(&uniform),
            "learned_prior": {
                "training_images": fitted_to,
                "log_evidence": learned.log_evidence,
                "elbo": learned.elbo,
                "gap": learned.gap(),
            },
        },
        "note": "Exact, by the sum over all words, each with the same prior probability; under the learned prior they have those \
                 that make training images most probable.",
    }))
}

pub fn of_all(arguments: &InferArguments, model: &Autoencoder, dataset: &Dataset) -> Result<Value> {
    let test = &dataset.test;
    let evaluation = evaluate(model, test, arguments.seed, &Progress::silent())?;
    let mut result = json!({ "images": test.len(), "elbo": evaluation.elbo });
    let Some(codes) = WordCodes::of(model, &Progress::silent())? else {
        result["note"] = json!(TOO_MANY);
        return Ok(result);
    };
    let start = Instant::now();
    let (log_weight, fitted_to) = learned(&codes, &dataset.train)?;
    let priors = [codes.uniform(), log_weight];
    let mut logs = [Vec::new(), Vec::new()];
    for (_, images) in test.parts(IMAGES) {
        let terms = codes.log_likelihoods(&images, &Progress::silent())?;
        let chosen = codes.chosen(&images, &Progress::silent())?;
        for (terms, chosen) in terms.chunks_exact(codes.len()).zip(chosen) {
            for (prior, logs) in priors.iter().zip(&mut logs) {
                let found = WordPosterior::new(terms, prior, chosen);
                logs.push((found.log_evidence, found.gap()));
            }
        }
    }
    let mean =
        |values: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| values.iter().map(of).sum::<f64>() / values.len() as f64;
    let [(evidence, _), learned] = [0, 1].map(|i| (mean(&logs[i], |v| v.0), mean(&logs[i], |v| v.1)));
    let variance = logs[0].iter().map(|v| (v.0 - evidence).powi(2)).sum::<f64>() / test.len() as f64;
    result["log_evidence"] = json!(evidence);
    result["standard_error"] = json!((variance / test.len() as f64).sqrt());
    result["converged"] = json!(test.len());
    result["seconds"] = json!(start.elapsed().as_secs_f64());
    let gaps: Vec<f64> = logs[0].iter().map(|&(_, gap)| gap).collect();
    result["gap"] = of_gap(&gaps);
    result["words"] = json!({
        "codes": codes.len(),
        "used": evaluation.codes_used,
        "perplexity": evaluation.perplexity,
        "learned_prior": { "training_images": fitted_to, "log_evidence": learned.0, "gap": learned.1 },
    });
    Ok(result)
}
