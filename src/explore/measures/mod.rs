//! What regular means, in numbers: each measure with its definition, its source, its unit, and which way is better.

mod codes;
mod generation;
mod resample;

pub use codes::{Surgery, active_units, overlap, separation, surgery};
pub use generation::{blur, jumps, laplacian_variances, precision_and_recall, steps};
pub use resample::{Estimated, quantile};

use std::collections::BTreeMap;

use super::inference::{Gap, Inference, Quadrature, evidence_of};
use super::{Gaussian, Summary, vote};
use crate::config::{Code, LATENT, ModelKind};
use crate::data::{Dataset, Split};
use crate::model::{Autoencoder, Codes, ModelError, Pca};
use crate::random::{Purpose, standard_normal, stream};

/// Dimensions in which images are compared.
const FEATURES: usize = 50;
/// Training images that classes of decoded images are read from.
const KNOWN: usize = 5_000;

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Test images, spread over the set.
    pub images: usize,
    /// Of these, images whose evidence is taken.
    pub evidence: usize,
    /// Of these, images whose gap is split, which takes longest of all.
    pub gaps: usize,
    /// Samples, and as many test images beside them.
    pub samples: usize,
    pub seed: u64,
}

impl Effort {
    /// What does not keep a person waiting.
    pub const QUICK: Self = Self { images: 2_000, evidence: 500, gaps: 24, samples: 2_000, seed: 0 };
    /// All that there is.
    pub const WHOLE: Self = Self { images: usize::MAX, evidence: usize::MAX, gaps: 100, samples: 5_000, seed: 0 };
}

/// The measures of a model, by the names of the catalogue; what a model does not have is missing.
pub type Measures = BTreeMap<&'static str, Estimated>;

/// Takes all measures of a model on the test images of a set. `go_on` is told which share is done, and ends it by false.
pub fn measure(
    model: &Autoencoder,
    dataset: &Dataset,
    effort: Effort,
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Measures>, ModelError> {
    let test = dataset.test.spread(effort.images);
    let images = test.gather(0..test.len());
    let codes = model.encode_images(&images)?;
    let mut measures = Measures::new();
    type Stage = fn(&Scene, &mut Measures) -> Result<(), ModelError>;
    // What share of the whole time each takes, roughly.
    let stages: [(Stage, f64); 6] =
        [(fit, 0.05), (layout, 0.1), (generation, 0.2), (continuity, 0.05), (evidence, 0.3), (gaps, 0.3)];
    let scene = Scene { model, dataset, test: &test, images: &images, codes: &codes, effort };
    let mut done = 0.0;
    for (stage, share) in stages {
        if !go_on(done) {
            return Ok(None);
        }
        stage(&scene, &mut measures)?;
        done += share;
    }
    Ok(Some(measures))
}

struct Scene<'a> {
    model: &'a Autoencoder,
    dataset: &'a Dataset,
    test: &'a Split,
    images: &'a [f32],
    codes: &'a Codes,
    effort: Effort,
}

impl Scene<'_> {
    fn pixels(&self) -> usize {
        self.test.pixels()
    }

    /// Draws from N(0, I).
    fn noise(&self, count: usize) -> Vec<Code> {
        let normal = standard_normal(&mut stream(self.effort.seed, Purpose::Samples, 1), count * LATENT);
        normal.as_chunks::<LATENT>().0.to_vec()
    }

    /// What the model's codes are drawn from: the prior, or of an AE, which has none, a Gaussian fitted to them.
    fn drawn(&self, count: usize) -> Vec<Code> {
        let gaussian = match self.model.config().kind {
            ModelKind::Vae => Gaussian::PRIOR,
            ModelKind::Ae => Gaussian::fitted(&self.codes.mu),
        };
        self.noise(count).into_iter().map(|eps| gaussian.code(eps)).collect()
    }
}

/// The terms of the loss and the reconstruction.
fn fit(scene: &Scene, measures: &mut Measures) -> Result<(), ModelError> {
    let Scene { model, images, codes, .. } = scene;
    let terms = model.terms_each(images, codes, scene.effort.seed)?;
    measures.insert("recon", Estimated::mean(&terms.recon));
    if let Some((means, variances)) = &terms.kl {
        measures.insert("kl_mean", Estimated::mean(means));
        measures.insert("kl_variance", Estimated::mean(variances));
        let kl: Vec<f64> = means.iter().zip(variances).map(|(m, v)| m + v).collect();
        measures.insert("kl", Estimated::mean(&kl));
        let parts = terms.recon.iter().zip(means).zip(variances);
        measures.insert("elbo", Estimated::mean(&parts.map(|((r, m), v)| -(r + m + v)).collect::<Vec<_>>()));
    }
    measures.insert("mse", Estimated::mean(&terms.mse));
    Ok(())
}

/// Where the codes lie.
fn layout(scene: &Scene, measures: &mut Measures) -> Result<(), ModelError> {
    let (codes, labels) = (scene.codes, &scene.test.labels);
    measures.insert("active_units", Estimated::exact(active_units(codes) as f64));
    if let Some(logvar) = &codes.logvar {
        let sigma = |v: &Code| 0.5 * v.map(|v| (0.5 * f64::from(v)).exp()).iter().sum::<f64>();
        measures.insert("sigma_mean", Estimated::mean(&logvar.iter().map(sigma).collect::<Vec<_>>()));
    }
    let spread = |drawn: &[usize]| {
        let mu = drawn.iter().map(|&i| codes.mu[i]).collect();
        f64::from(Summary::new(&Codes { mu, logvar: None }, &[], 0).mean_spread)
    };
    measures.insert("mean_spread", Estimated::bootstrap(codes.mu.len(), spread));
    if let Some(Surgery { mutual_information, kl_aggregate }) = surgery(codes, scene.effort.seed) {
        measures.insert("mutual_information", Estimated::exact(mutual_information));
        measures.insert("kl_aggregate", Estimated::exact(kl_aggregate));
    }
    measures.extend(overlap(codes).map(|overlap| ("overlap", overlap)));
    measures.insert("separation", separation(codes, labels));
    Ok(())
}

/// Samples against images.
fn generation(scene: &Scene, measures: &mut Measures) -> Result<(), ModelError> {
    let Scene { model, dataset, effort, .. } = scene;
    let (rows, cols) = (scene.test.rows, scene.test.cols);
    let compute = model.compute();
    let real = dataset.test.spread(effort.samples);
    let real = real.gather(0..real.len());
    let count = real.len() / scene.pixels();
    let pca = Pca::of(&real, scene.pixels(), FEATURES, None, compute);
    let width = pca.variances.len();
    let features = pca.project(&real, compute);
    let mut compare = |codes: &[Code], names: [&'static str; 2]| -> Result<Vec<f32>, ModelError> {
        let samples = model.decode_codes(codes)?;
        let (precision, recall) = precision_and_recall(&features, &pca.project(&samples, compute), width);
        measures.insert(names[0], precision);
        measures.insert(names[1], recall);
        Ok(samples)
    };
    let mut samples = compare(&scene.noise(count), ["precision", "recall"])?;
    if model.config().kind == ModelKind::Ae {
        samples = compare(&scene.drawn(count), ["precision_fitted", "recall_fitted"])?;
    }
    measures.insert("blur", blur(&samples, &real, rows, cols));
    Ok(())
}

/// What a small step of the code does.
fn continuity(scene: &Scene, measures: &mut Measures) -> Result<(), ModelError> {
    let Scene { model, effort, .. } = scene;
    let places = scene.drawn(effort.samples.min(2_000));
    let spread = Summary::new(scene.codes, &[], 0).mean_spread;
    let next = steps(&places, spread, effort.seed);
    let (images, moved) = (model.decode_codes(&places)?, model.decode_codes(&next)?);
    for (name, jump) in ["jump_p50", "jump_p95", "jump_p99"].into_iter().zip(jumps(&images, &moved, scene.pixels())) {
        measures.insert(name, jump);
    }
    let known = scene.dataset.train.spread(KNOWN);
    let gathered = known.gather(0..known.len());
    let classes = |images: &[f32]| vote(images, &gathered, &known.labels, known.pixels());
    let changed = classes(&images).into_iter().zip(classes(&moved)).filter(|(a, b)| a != b).count();
    measures.insert("class_changes", Estimated::share(changed, places.len()));
    Ok(())
}

fn evidence(scene: &Scene, measures: &mut Measures) -> Result<(), ModelError> {
    let some = scene.test.spread(scene.effort.evidence);
    let all = evidence_of(scene.model, &some.gather(0..some.len()), Quadrature::default())?;
    measures.insert("log_evidence", Estimated::mean(&all.iter().map(|e| e.log).collect::<Vec<_>>()));
    Ok(())
}

/// What log p(x) − ELBO is made of; an AE has no ELBO.
fn gaps(scene: &Scene, measures: &mut Measures) -> Result<(), ModelError> {
    if scene.codes.logvar.is_none() {
        return Ok(());
    }
    let some = scene.test.spread(scene.effort.gaps);
    let mut all: Vec<Gap> = Vec::new();
    for i in 0..some.len() {
        all.extend(Inference::of(scene.model, &some.gather([i]))?.encoder.map(|(_, gap)| gap));
    }
    let of = |part: fn(&Gap) -> f64| Estimated::mean(&all.iter().map(part).collect::<Vec<_>>());
    measures.insert("approximation_gap", of(Gap::approximation));
    measures.insert("amortisation_gap", of(Gap::amortisation));
    Ok(())
}
