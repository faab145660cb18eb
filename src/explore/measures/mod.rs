//! What regular means, in numbers: each measure with its definition, its source, its unit, and which way is better.

mod codes;
mod compare;
mod csv;
mod effort;
mod evidence;
mod factors;
mod features;
mod generation;
mod inputs;
mod mixture;
mod realism;
mod resample;
mod samples;
mod surgery;
mod whitened;

pub use codes::{active_units, overlap, separation, sigmas, spread};
pub use compare::{OfRun, best, difference};
pub use csv::{Named, as_csv};
pub use effort::Effort;
pub use factors::{Recovered, recovered};
pub use features::Features;
pub use generation::{
    Jumps, blur, class_shares, emptiness, jumps, laplacian_variances, reached, reencoding_error, steps, variety,
};
pub use inputs::Measures;
pub use mixture::mixture;
pub use realism::{Real, Realism};
pub use resample::Estimated;
pub use surgery::{Surgery, surgery};

use evidence::{evidence, evidence_of_fitted, gaps};
use inputs::{Inputs, codes_of_training};
use samples::{continuity, generation};

use crate::config::Beta;
use crate::data::{self, Dataset, Factors};
use crate::model::{Autoencoder, Frozen, ModelError, perplexity};
use crate::progress::Progress;

/// Takes all measures of a model on the test images of a set; the run was trained with the KL's weights `beta`.
pub fn measure(
    model: &Autoencoder,
    dataset: &Dataset,
    beta: Beta,
    effort: Effort,
    progress: &Progress,
) -> Result<Measures, ModelError> {
    progress.at(0.0)?;
    let effort = effort.within(dataset.test.len(), dataset.test.pixels());
    let test = dataset.test.spread(effort.images);
    let codes = model.codes_of_split(&test, &progress.part(0.01, 0.02))?;
    let terms = model.terms_each(&test, &codes, effort.seed, &progress.part(0.02, 0.05))?;
    let trained = match model.config().has_prior() {
        true => None,
        false => Some(codes_of_training(model, dataset, effort.images, &progress.part(0.05, 0.06))?),
    };
    let inputs =
        Inputs { model, dataset, test: &test, codes: &codes, terms: &terms, trained: trained.as_ref(), beta, effort };
    type Stage = fn(&Inputs, &mut Measures, &Progress) -> Result<(), ModelError>;
    // Up to which share of the whole time each takes, roughly.
    let stages: [(Stage, f64); 7] = [
        (fit, 0.07),
        (layout, 0.15),
        (generation, 0.35),
        (continuity, 0.4),
        (evidence, 0.6),
        (evidence_of_fitted, 0.7),
        (gaps, 1.0),
    ];
    let (mut measures, mut from) = (Measures::new(), 0.06);
    for (stage, to) in stages {
        stage(&inputs, &mut measures, &progress.part(from, to))?;
        from = to;
    }
    Ok(measures)
}

/// The terms of the loss and the reconstruction.
fn fit(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let Inputs { model, codes, terms, .. } = inputs;
    progress.at(0.0)?;
    measures.insert("recon", Estimated::mean(&terms.recon));
    if let Some((means, variances)) = &terms.halves {
        measures.insert("kl_mean", Estimated::mean(means));
        measures.insert("kl_variance", Estimated::mean(variances));
    }
    if let Some(kl) = &terms.kl {
        measures.insert("kl", Estimated::mean(kl));
    }
    measures.extend(terms.elbo().map(|elbo| ("elbo", Estimated::mean(&elbo))));
    measures.insert("mse", Estimated::mean(&terms.mse));
    if let Some(words) = model.words_of(&codes.mu)? {
        let mut chosen = vec![0; model.config().codebook.words];
        words.iter().for_each(|&(word, _)| chosen[word] += 1);
        let squares: Vec<f64> = words.iter().map(|&(_, square)| square).collect();
        let squares: Vec<f64> = squares.chunks(model.config().codebook.tokens).map(|all| all.iter().sum()).collect();
        measures.insert("quantisation", Estimated::mean(&squares));
        let used = chosen.iter().filter(|&&n| n > 0).count() as f64;
        measures.insert("perplexity", Estimated::exact(perplexity(&chosen), codes.len()));
        measures.insert("codes_used", Estimated::exact(used, codes.len()));
    }
    Ok(())
}

/// Where the codes lie.
fn layout(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let (codes, labels) = (inputs.codes, &inputs.test.labels);
    // Of an AE a scale decides what is active.
    if codes.logvar.is_some() {
        measures.insert("active_units", Estimated::exact(active_units(codes) as f64, codes.len()));
    }
    measures.extend(sigmas(codes).map(|sigmas| ("sigma_mean", Estimated::mean(&sigmas))));
    measures.insert("mean_spread", spread(codes));
    let parts = surgery(codes, inputs.model.prior()?, inputs.effort.seed, &progress.part(0.0, 0.6))?;
    if let Some(Surgery { mutual_information, mutual_information_upper, kl_aggregate }) = parts {
        measures.insert("mutual_information", mutual_information);
        measures.insert("mutual_information_upper", mutual_information_upper);
        measures.insert("kl_aggregate", kl_aggregate);
    }
    measures.extend(overlap(codes, &progress.part(0.6, 0.8))?.map(|overlap| ("overlap", overlap)));
    if inputs.dataset.has_classes() {
        measures.insert("separation", separation(codes, labels, &progress.part(0.8, 0.95))?);
    }
    if let Some(Factors { test, .. }) = &inputs.dataset.factors {
        let factors: Vec<_> = data::spread(test.len(), codes.len()).map(|i| test[i]).collect();
        if let Some(Recovered { linear, nearest }) = recovered(codes, &factors, &progress.part(0.95, 1.0))? {
            measures.insert("factors_linear", linear);
            measures.insert("factors_nearest", nearest);
        }
    }
    Ok(())
}
