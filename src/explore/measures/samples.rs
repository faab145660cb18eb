//! Measures of what is drawn: samples among images, and small steps of the code.

use rand::RngExt;

use super::super::fields::vote;
use super::super::fitted::Fitted;
use super::Estimated;
use super::features::Features;
use super::generation::{
    Jumps, blur, class_shares, emptiness, jumps, laplacian_variances, reached, reencoding_error, steps, variety,
};
use super::inputs::{Inputs, Measures};
use super::realism::{Real, Realism};
use crate::data;
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;
use crate::random::{Purpose, stream};

/// Samples that are decoded together.
const SOME: usize = 1_000;
/// Training images that classes of decoded images are read from.
const KNOWN: usize = 5_000;
/// Steps at most.
const STEPS: usize = 2_000;
/// The index of the noise that is no image.
const NOISE: u64 = 7;

/// The four measures of realism of one kind of images.
type Names = [&'static str; 4];
const SAMPLES: Names = ["precision", "density", "recall", "coverage"];
const FITTED: Names = ["precision_fitted", "density_fitted", "recall_fitted", "coverage_fitted"];
const HELD_IN: Names = ["precision_held_in", "density_held_in", "recall_held_in", "coverage_held_in"];
const MEAN_IMAGE: Names = ["precision_mean_image", "density_mean_image", "recall_mean_image", "coverage_mean_image"];
const OF_NOISE: Names = ["precision_noise", "density_noise", "recall_noise", "coverage_noise"];

fn insert(measures: &mut Measures, names: Names, realism: Realism) {
    let Realism { precision, density, recall, coverage } = realism;
    measures.extend(names.into_iter().zip([precision, density, recall, coverage]));
}

/// Samples against images, and images whose realism is known against the same.
pub fn generation(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let Inputs { model, dataset, effort, .. } = inputs;
    let (compute, shape) = (model.compute(), inputs.test.shape);
    let (test, some) = (dataset.test.spread(effort.samples), compute.memory.rows(shape.len(), SOME));
    let count = test.len();
    let features = Features::new(&test, compute, &progress.part(0.02, 0.1))?;
    let of_test = features.of_images(&test, compute, &progress.part(0.1, 0.15))?;
    let real = Real::new(of_test, features.width(), &progress.part(0.15, 0.25))?;

    let mut compare = |codes: &[f32], names: Names, progress: Progress| -> Result<_, ModelError> {
        let (mut projected, mut variances) = (Vec::new(), Vec::new());
        let parts = codes.chunks(some * model.latent());
        for (i, codes) in parts.clone().enumerate() {
            let progress = progress.part(0.0, 0.4).part_of(i, parts.len());
            let samples = model.decoded(codes, &progress.part(0.0, 0.5))?;
            projected.extend(features.of(&samples, compute, &progress.part(0.5, 0.8))?);
            variances.extend(laplacian_variances(&samples, shape));
        }
        insert(measures, names, real.realism_of(&projected, &progress.part(0.4, 1.0))?);
        Ok(variances)
    };
    let mut blurred = compare(&inputs.of_prior(count)?, SAMPLES, progress.part(0.25, 0.45))?;
    if inputs.trained.is_some() {
        blurred = compare(&inputs.drawn(count)?, FITTED, progress.part(0.45, 0.65))?;
    }
    let mut of_test = Vec::with_capacity(count);
    for (start, images) in test.parts(some) {
        progress.part(0.65, 0.7).done(start, count)?;
        of_test.extend(laplacian_variances(&images, shape));
    }
    measures.insert("blur", blur(&blurred, &of_test));
    controls(inputs, &features, &real, measures, &progress.part(0.7, 1.0))
}

/// The same of training images, of the mean of all test images, and of noise: what the numbers are where the answer is known.
fn controls(
    inputs: &Inputs,
    features: &Features,
    real: &Real,
    measures: &mut Measures,
    progress: &Progress,
) -> Result<(), ModelError> {
    let Inputs { model, dataset, effort, .. } = inputs;
    let (compute, train) = (model.compute(), &dataset.train);
    let images: Vec<usize> = data::spread(train.len(), effort.samples).collect();
    let parts = images.chunks(compute.memory.rows(train.pixels(), SOME));
    let mut rng = stream(effort.seed, Purpose::Samples, NOISE);
    let (mut held_in, mut noise) = (Vec::new(), Vec::new());
    for (i, part) in parts.clone().enumerate() {
        let progress = progress.part(0.0, 0.4).part_of(i, parts.len());
        held_in.extend(features.of(&train.gather(part.iter().copied()), compute, &progress.part(0.0, 0.5))?);
        let random: Vec<f32> = (0..part.len() * train.pixels()).map(|_| rng.random()).collect();
        noise.extend(features.of(&random, compute, &progress.part(0.5, 1.0))?);
    }
    insert(measures, HELD_IN, real.realism_of(&held_in, &progress.part(0.4, 0.7))?);
    insert(measures, OF_NOISE, real.realism_of(&noise, &progress.part(0.7, 0.99))?);
    let mean = features.of(features.mean_image(), compute, &Progress::silent())?;
    let Realism { precision, density, recall, coverage } = real.realism_of(&mean, &Progress::silent())?;
    // It is one image, of which nothing is drawn.
    let [precision, density] = [precision, density].map(|of| Estimated::exact(of.value, 1));
    insert(measures, MEAN_IMAGE, Realism { precision, density, recall, coverage });
    Ok(())
}

/// What a small step of the code does, what lies between the codes, and whether the encoder finds a code again.
pub fn continuity(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let Inputs { model, effort, .. } = inputs;
    let draws = inputs.drawn(effort.samples)?;
    let (from, latent) = (inputs.drawn_from(&draws)?, inputs.codes.latent);
    let is_quantised = model.config().is_quantised();
    if !is_quantised {
        let empty = emptiness(&draws, inputs.codes, &from, &progress.part(0.0, 0.1))?;
        measures.extend(empty.map(|empty| ("emptiness", empty)));
        let (of_prior, prior) = (inputs.of_prior(effort.samples)?, Fitted::of_prior(model.prior()?));
        let reached = reached(&of_prior, inputs.codes, &prior, &progress.part(0.1, 0.15))?;
        measures.extend(reached.map(|reached| ("codes_reached", reached)));
    }

    let count = effort.samples.min(STEPS);
    let codes = &draws[..count * latent];
    let next = steps(codes, latent, &from, effort.seed);
    let (known, memory, pixels) = (inputs.dataset.train.spread(KNOWN), model.compute().memory, inputs.test.pixels());
    let size = memory.rows(2 * pixels, count.max(1)) * latent;
    let (mut changes, mut encoded) = (Jumps::new(pixels), Vec::new());
    let (mut classes, mut changed) = (Vec::new(), Vec::new());
    let parts = codes.chunks(size).zip(next.chunks(size));
    for (i, (codes, next)) in parts.clone().enumerate() {
        let progress = progress.part(0.15, 0.85).part_of(i, parts.len());
        let images = model.decoded(codes, &progress.part(0.0, 0.1))?;
        let moved = model.decoded(next, &progress.part(0.1, 0.2))?;
        changes.add(&images, &moved);
        encoded.extend(model.codes_of(&images, &progress.part(0.2, 0.3))?.mu);
        if !inputs.dataset.has_classes() {
            continue;
        }
        let before = vote(&images, &known, memory, &progress.part(0.3, 0.65))?;
        let after = vote(&moved, &known, memory, &progress.part(0.65, 1.0))?;
        changed.extend(before.iter().zip(after).map(|(a, b)| *a != b));
        classes.extend(before);
    }
    if !is_quantised {
        measures.extend(reencoding_error(codes, &encoded, latent, &from).map(|error| ("reencoding_error", error)));
    }
    if let Some(lengths) = changes.relative() {
        let [p50, p95, p99, ratio] = jumps(&lengths, &progress.part(0.85, 0.9))?;
        measures.extend([("jump_p50", p50), ("jump_p95", p95), ("jump_p99", p99)]);
        // Most steps from a word lead to the same word.
        if !is_quantised {
            measures.insert("jump_ratio", ratio);
        }
    }
    if !inputs.dataset.has_classes() {
        return Ok(());
    }
    measures.insert("class_changes", Estimated::share(changed));
    let known_classes = inputs.dataset.class_names.len();
    let variety = |classes: &[u16], progress: &Progress| {
        Ok::<_, ModelError>(variety(classes, progress)?.of_parts(class_shares(classes, known_classes)))
    };
    if inputs.trained.is_some() {
        measures.insert("sample_classes_fitted", variety(&classes, &progress.part(0.9, 0.91))?);
        classes.clear();
        let of_prior = inputs.of_prior(count)?;
        let parts = of_prior.chunks(size);
        for (i, codes) in parts.clone().enumerate() {
            let progress = progress.part(0.91, 0.99).part_of(i, parts.len());
            let images = model.decoded(codes, &progress.part(0.0, 0.2))?;
            classes.extend(vote(&images, &known, memory, &progress.part(0.2, 1.0))?);
        }
    }
    measures.insert("sample_classes", variety(&classes, &progress.part(0.99, 1.0))?);
    Ok(())
}
