//! What regular means, in numbers: each measure with its definition, its source, its unit, and which way is better.

mod codes;
mod effort;
mod factors;
mod generation;
mod resample;
mod surgery;

pub use codes::{active_units, overlap, separation, sigmas};
pub use effort::Effort;
pub use factors::{Recovered, recovered};
pub use generation::{blur, coverage, jump_lengths, jumps, laplacian_variances, precision_and_recall, steps};
pub use resample::Estimated;
pub use surgery::{Surgery, surgery};

use std::collections::BTreeMap;

use super::draw::{Source, drawn};
use super::exact::exact_evidence;
use super::fields::vote;
use super::inference::{Gap, Inference, Quadrature, evidence_of_split};
use super::summary;
use crate::data::{self, Dataset, Factors, Split};
use crate::model::{Autoencoder, Codes, Frozen, ModelError, Pca, perplexity};
use crate::progress::Progress;

/// Dimensions in which images are compared.
const FEATURES: usize = 50;
/// The index of the samples' noise.
const SAMPLES: u64 = 1;
/// Samples that are decoded together.
const SOME: usize = 1_000;
/// Training images that classes of decoded images are read from.
const KNOWN: usize = 5_000;

/// The measures of a model, by the names of the catalogue; what a model does not have is missing, and of images
/// without classes what needs them.
pub type Measures = BTreeMap<&'static str, Estimated>;

/// Takes all measures of a model on the test images of a set.
pub fn measure(
    model: &Autoencoder,
    dataset: &Dataset,
    effort: Effort,
    progress: &Progress,
) -> Result<Measures, ModelError> {
    progress.at(0.0)?;
    let effort = effort.within(dataset.test.len(), dataset.test.pixels());
    let test = dataset.test.spread(effort.images);
    let codes = model.codes_of_split(&test, &progress.part(0.01, 0.02))?;
    let inputs = Inputs { model, dataset, test: &test, codes: &codes, effort };
    type Stage = fn(&Inputs, &mut Measures, &Progress) -> Result<(), ModelError>;
    // Up to which share of the whole time each takes, roughly.
    let stages: [(Stage, f64); 6] =
        [(fit, 0.05), (layout, 0.15), (generation, 0.35), (continuity, 0.4), (evidence, 0.7), (gaps, 1.0)];
    let (mut measures, mut from) = (Measures::new(), 0.02);
    for (stage, to) in stages {
        stage(&inputs, &mut measures, &progress.part(from, to))?;
        from = to;
    }
    Ok(measures)
}

/// What the measures are taken of.
struct Inputs<'a> {
    model: &'a Autoencoder,
    dataset: &'a Dataset,
    test: &'a Split,
    codes: &'a Codes,
    effort: Effort,
}

impl Inputs<'_> {
    /// Codes from the model's prior, or of an AE, which has none, from N(0, I) all the same: (count, latent).
    fn of_prior(&self, count: usize) -> Result<Vec<f32>, ModelError> {
        drawn(self.model, Source::Prior, count, self.effort.seed, SAMPLES)
    }

    /// What the model's codes are drawn from: the prior, or of an AE a Gaussian fitted to them: (count, latent).
    fn drawn(&self, count: usize) -> Result<Vec<f32>, ModelError> {
        match self.model.config().has_prior() {
            true => self.of_prior(count),
            false => drawn(self.model, Source::Fitted(self.codes), count, self.effort.seed, SAMPLES),
        }
    }
}

/// The terms of the loss and the reconstruction.
fn fit(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let Inputs { model, codes, .. } = inputs;
    let terms = model.terms_each(inputs.test, codes, inputs.effort.seed, progress)?;
    measures.insert("recon", Estimated::mean(&terms.recon));
    if let Some((means, variances)) = &terms.halves {
        measures.insert("kl_mean", Estimated::mean(means));
        measures.insert("kl_variance", Estimated::mean(variances));
    }
    if let Some(kl) = &terms.kl {
        measures.insert("kl", Estimated::mean(kl));
        let elbo: Vec<f64> = terms.recon.iter().zip(kl).map(|(recon, kl)| -(recon + kl)).collect();
        measures.insert("elbo", Estimated::mean(&elbo));
    }
    measures.insert("mse", Estimated::mean(&terms.mse));
    if let Some(words) = model.words_of(&codes.mu)? {
        let mut chosen = vec![0; model.config().codebook.words];
        words.iter().for_each(|&(word, _)| chosen[word] += 1);
        let squares: Vec<f64> = words.iter().map(|&(_, square)| square).collect();
        let squares: Vec<f64> = squares.chunks(model.config().codebook.tokens).map(|all| all.iter().sum()).collect();
        measures.insert("quantisation", Estimated::mean(&squares));
        measures.insert("perplexity", Estimated::exact(perplexity(&chosen)));
        measures.insert("codes_used", Estimated::exact(chosen.iter().filter(|&&n| n > 0).count() as f64));
    }
    Ok(())
}

/// Where the codes lie.
fn layout(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let (codes, labels) = (inputs.codes, &inputs.test.labels);
    measures.insert("active_units", Estimated::exact(active_units(codes) as f64));
    measures.extend(sigmas(codes).map(|sigmas| ("sigma_mean", Estimated::mean(&sigmas))));
    let spread = |drawn: &[usize]| {
        let mu: Vec<f32> = drawn.iter().flat_map(|&i| codes.of(i)).copied().collect();
        f64::from(summary::spread(&mu, codes.latent))
    };
    measures.insert("mean_spread", Estimated::bootstrap(codes.len(), &progress.part(0.0, 0.2), spread)?);
    let parts = surgery(codes, inputs.model.prior()?, inputs.effort.seed, &progress.part(0.2, 0.6))?;
    if let Some(Surgery { mutual_information, kl_aggregate }) = parts {
        measures.insert("mutual_information", Estimated::exact(mutual_information));
        measures.insert("kl_aggregate", Estimated::exact(kl_aggregate));
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

/// Samples against images.
fn generation(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let Inputs { model, dataset, effort, .. } = inputs;
    let (compute, shape) = (model.compute(), inputs.test.shape);
    let (real, some) = (dataset.test.spread(effort.samples), compute.memory.rows(shape.len(), SOME));
    let count = real.len();
    let pca = Pca::of_images(&real, FEATURES, None, compute, &progress.part(0.02, 0.2))?;
    let width = pca.variances.len();
    let features = pca.project_images(&real, compute, &progress.part(0.2, 0.25))?;
    let mut compare = |codes: &[f32], names: [&'static str; 3], progress: Progress| -> Result<_, ModelError> {
        let (mut projected, mut variances) = (Vec::new(), Vec::new());
        let parts = codes.chunks(some * model.latent());
        for (i, codes) in parts.clone().enumerate() {
            let progress = progress.part(0.0, 0.3).part_of(i, parts.len());
            let samples = model.decoded(codes, &progress.part(0.0, 0.5))?;
            projected.extend(pca.project(&samples, compute, &progress.part(0.5, 0.8))?);
            variances.extend(laplacian_variances(&samples, shape));
        }
        let (precision, recall) = precision_and_recall(&features, &projected, width, &progress.part(0.3, 0.75))?;
        measures.insert(names[0], precision);
        measures.insert(names[1], recall);
        measures.insert(names[2], coverage(&features, &projected, width, &progress.part(0.75, 1.0))?);
        Ok(variances)
    };
    let mut samples = compare(&inputs.of_prior(count)?, ["precision", "recall", "coverage"], progress.part(0.25, 0.6))?;
    if !model.config().has_prior() {
        let names = ["precision_fitted", "recall_fitted", "coverage_fitted"];
        samples = compare(&inputs.drawn(count)?, names, progress.part(0.6, 0.95))?;
    }
    let mut of_real = Vec::with_capacity(count);
    for (start, images) in real.parts(some) {
        progress.part(0.95, 0.97).done(start, count)?;
        of_real.extend(laplacian_variances(&images, shape));
    }
    measures.insert("blur", blur(&samples, &of_real, &progress.part(0.97, 1.0))?);
    Ok(())
}

/// What a small step of the code does.
fn continuity(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let Inputs { model, effort, .. } = inputs;
    let count = effort.samples.min(2_000);
    let codes = inputs.drawn(count)?;
    let latent = inputs.codes.latent;
    let next = steps(&codes, latent, summary::spread(&inputs.codes.mu, latent), effort.seed);
    let (known, memory, pixels) = (inputs.dataset.train.spread(KNOWN), model.compute().memory, inputs.test.pixels());
    let size = memory.rows(2 * pixels, count.max(1)) * latent;
    let (mut lengths, mut changed) = (Vec::with_capacity(count), 0);
    let parts = codes.chunks(size).zip(next.chunks(size));
    for (i, (codes, next)) in parts.clone().enumerate() {
        let progress = progress.part(0.0, 0.9).part_of(i, parts.len());
        let images = model.decoded(codes, &progress.part(0.0, 0.15))?;
        let moved = model.decoded(next, &progress.part(0.15, 0.3))?;
        lengths.extend(jump_lengths(&images, &moved, pixels));
        if !inputs.dataset.has_classes() {
            continue;
        }
        let before = vote(&images, &known, memory, &progress.part(0.3, 0.65))?;
        let after = vote(&moved, &known, memory, &progress.part(0.65, 1.0))?;
        changed += before.into_iter().zip(after).filter(|(a, b)| a != b).count();
    }
    let jumps = jumps(&lengths, &progress.part(0.9, 1.0))?;
    measures.extend(["jump_p50", "jump_p95", "jump_p99"].into_iter().zip(jumps));
    if inputs.dataset.has_classes() {
        measures.insert("class_changes", Estimated::share(changed, count));
    }
    Ok(())
}

/// log p(x): exact where that is cheap, else by quadrature over the plane, if the codes are one.
fn evidence(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let config = inputs.model.config();
    let images = inputs.test.spread(inputs.effort.evidence);
    let all = match exact_evidence(inputs.model, &images, &progress.part(0.01, 0.1))? {
        Some(all) => all,
        None if config.is_plane() && !config.is_quantised() => {
            let all = evidence_of_split(inputs.model, &images, Quadrature::default(), &progress.part(0.1, 1.0))?;
            all.iter().map(|e| e.log).collect()
        }
        None => return Ok(()),
    };
    measures.insert("log_evidence", Estimated::mean(&all));
    Ok(())
}

/// What log p(x) − ELBO is made of, over the plane; an AE has no ELBO.
fn gaps(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    if inputs.codes.logvar.is_none() || !inputs.model.config().is_plane() {
        return Ok(());
    }
    let some = inputs.test.spread(inputs.effort.gaps);
    let inferences = Inference::of_split(inputs.model, &some, progress)?;
    let all: Vec<Gap> = inferences.into_iter().filter_map(|inference| inference.encoder).map(|(_, gap)| gap).collect();
    let of = |part: fn(&Gap) -> f64| Estimated::mean(&all.iter().map(part).collect::<Vec<_>>());
    measures.insert("approximation_gap", of(Gap::approximation));
    measures.insert("amortisation_gap", of(Gap::amortisation));
    Ok(())
}
