//! `infer`: exact inference for one image, or for all test images, as far as a model allows it.

mod beyond;
mod readable;
mod words;

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::arguments::InferArguments;
use super::data::load_data;
use super::{load_run, output};
use crate::config::Beta;
use crate::data::{self, Dataset, Split};
use crate::explore::inference::{Draws, Gap, Inference, MeanEvidence, Quadrature, Sampled, evidence_of_split};
use crate::explore::measures::Effort;
use crate::explore::{mean_and_variance, quantile};
use crate::figure::{FigureKind, FigureOptions, chart, encode_figure, estimate_chart};
use crate::files::{check_file, write_or_spare};
use crate::model::{Compute, Frozen, InPlane, evaluate};
use crate::progress::Progress;

/// What there may be to say of one image and of all of them; null where a model has no such thing.
const OF_IMAGE: [&str; 15] = [
    "log_evidence",
    "change",
    "converged",
    "contradicted",
    "check",
    "posterior",
    "elbo",
    "encoder",
    "gap",
    "best",
    "estimates",
    "gradients",
    "importance",
    "annealed",
    "words",
];
const OF_ALL: [&str; 7] = ["log_evidence", "standard_error", "converged", "left_out", "elbo", "gap", "words"];
const NO_GAUSSIAN: &str = "An AE says of an image where its code is and not how sure it is: there is no ELBO, and no gap. \
                           Its log p(x) is under N(0, I), which it never knew.";

pub fn run(arguments: &InferArguments, compute: Compute, json: bool) -> Result<()> {
    if let Some(out) = &arguments.out {
        FigureKind::of(out)?;
        check_file(out)?;
    }
    let (checkpoint, model) = load_run(&arguments.run, compute)?;
    let dataset = load_data(&checkpoint, &arguments.data, model.compute().memory)?;
    let spec = &model.config().spec;
    let (is_quantised, is_plane) = (spec.is_quantised(), spec.is_plane());
    let mut figure = None;
    let (mut result, names) = match arguments.image {
        Some(index) => {
            let test = &dataset.test;
            ensure!(index < test.len(), "image {index}: there are {} test images, counted from 0", test.len());
            let image = test.gather([index]);
            let said = match (is_quantised, is_plane) {
                (true, _) => words::of_image(arguments, model.whole(), &dataset, &image)?,
                (false, true) => {
                    of_image(arguments, (&model, checkpoint.progress.train.beta), (&image, index), &mut figure)?
                }
                (false, false) => beyond::of_image(arguments, model.whole(), &image)?,
            };
            let label = dataset.has_classes().then(|| test.labels[index]);
            (with(json!({ "image": index, "label": label }), said), &OF_IMAGE[..])
        }
        None => {
            let said = match (is_quantised, is_plane) {
                (true, _) => words::of_all(arguments, model.whole(), &dataset)?,
                (false, true) => of_all(arguments, &model, checkpoint.progress.train.beta, &dataset.test)?,
                (false, false) => beyond::of_all(arguments, model.whole(), &dataset.test)?,
            };
            (said, &OF_ALL[..])
        }
    };
    result["run"] = output::of_run(&arguments.run, &checkpoint, &dataset);
    result["model"] = json!(model.config().describe());
    result["likelihood"] = json!(model.config().likelihood);
    for name in names {
        if result.get(name).is_none() {
            result[*name] = Value::Null;
        }
    }
    // The numbers are said even if the figure cannot be written.
    let written = match (&arguments.out, figure) {
        (Some(out), Some(svg)) => write_or_spare(out, &svg),
        _ => Ok(()),
    };
    let units = if arguments.image.is_some() { "nats" } else { "nats per image" };
    result["unit"] = json!(units);
    output::print(json, &result, || {
        let what = what(arguments.image, &dataset);
        let head = output::heading(&arguments.run, &checkpoint, &dataset);
        format!(
            "{head}\n{what}; log p(x), the ELBO, gaps and entropies are in {units}\n\n{}",
            readable::readable(&result)
        )
    })?;
    Ok(written?)
}

/// Of what the numbers are.
fn what(image: Option<usize>, dataset: &Dataset) -> String {
    let n = dataset.test.len();
    match image {
        Some(index) if dataset.has_classes() => {
            let class = &dataset.class_names[usize::from(dataset.test.labels[index])];
            format!("test image {index} of {n}, of class {class} (n = 1)")
        }
        Some(index) => format!("test image {index} of {n} (n = 1)"),
        None => format!("n = {n} test images, unless a number says of how many it is"),
    }
}

/// The fields of both.
fn with(mut first: Value, second: Value) -> Value {
    if let (Value::Object(first), Value::Object(second)) = (&mut first, second) {
        first.extend(second);
    }
    first
}

/// In two dimensions, by quadrature over the plane; with the bytes of the figure that is asked for.
fn of_image(
    arguments: &InferArguments,
    (model, beta): (&InPlane, Beta),
    (image, index): (&[f32], usize),
    figure: &mut Option<Vec<u8>>,
) -> Result<Value> {
    if !model.config().has_gaussian() {
        ensure!(arguments.out.is_none(), "--out draws estimates around an encoder's Gaussian, and an AE has none");
    }
    let Inference { evidence, posterior, encoder, check } = Inference::of(model, image, beta, &Progress::silent())?;
    let mut result = json!({
        "log_evidence": evidence.log,
        "change": evidence.change,
        "converged": evidence.has_converged,
        "contradicted": evidence.is_contradicted,
        "check": check.map(|check| json!({ "mass": check.mass, "identity": check.identity })),
        "posterior": {
            "modes": posterior.modes,
            "mean": posterior.mean,
            "covariance": posterior.covariance,
            "entropy": posterior.entropy,
            "negentropy": posterior.negentropy(),
        },
    });
    let Some((q, gap)) = encoder else {
        result["note"] = json!(NO_GAUSSIAN);
        return Ok(result);
    };
    let draws = Draws {
        most: arguments.samples.map_or_else(|| Draws::most_for(image.len()), |samples| samples as usize),
        repetitions: arguments.repetitions as usize,
        seed: arguments.seed,
        ..Draws::default()
    };
    let sampled = Sampled::of(model, image, q, draws, &Progress::silent())?;
    result["elbo"] = json!(gap.elbo);
    result["encoder"] = json!({ "mu": q.mu, "sigma": q.sigma });
    result["gap"] = of_gap(&gap);
    result["best"] = json!({ "mu": gap.best.mu, "sigma": gap.best.sigma, "elbo": gap.best_elbo });
    result["estimates"] = json!({ "prior": sampled.prior, "importance": sampled.importance });
    result["gradients"] = json!(sampled.gradients);
    if let Some(out) = &arguments.out {
        let caption = format!("{}, test image {index}", arguments.run.display());
        let options = FigureOptions { width: 900, height: 560, dark: false, caption: caption.clone() };
        let svg = chart(&estimate_chart(&sampled, evidence.log), &options)?;
        *figure = Some(encode_figure(&svg, &caption, FigureKind::of(out)?)?);
    }
    Ok(result)
}

fn of_gap(gap: &Gap) -> Value {
    json!({
        "whole": gap.whole(),
        "approximation": gap.approximation(),
        "objective": gap.objective(),
        "amortisation": gap.amortisation(),
    })
}

/// In two dimensions, from one grid that all images share.
fn of_all(arguments: &InferArguments, model: &InPlane, beta: Beta, test: &Split) -> Result<Value> {
    let some = test.spread(Effort::evidence_images(test.len(), test.pixels()));
    let start = Instant::now();
    let all = evidence_of_split(model, &some, Quadrature::default(), &Progress::silent())?;
    let seconds = start.elapsed().as_secs_f64();
    let MeanEvidence { mean, standard_error, sound, left_out } = MeanEvidence::of(&all);
    let named: Vec<usize> = data::spread(test.len(), some.len()).collect();
    let named: Vec<usize> = left_out.into_iter().map(|i| named[i]).collect();
    let evaluation = evaluate(model.whole(), test, arguments.seed, &Progress::silent())?;
    let mut result = json!({
        "images": test.len(),
        "evidence_images": some.len(),
        "log_evidence": mean,
        "standard_error": standard_error,
        "converged": sound,
        "left_out": named,
        "seconds": seconds,
        "elbo": evaluation.elbo,
    });
    if !model.config().has_gaussian() {
        result["note"] = json!(NO_GAUSSIAN);
    }
    let gaps = arguments.gaps.unwrap_or_else(|| Effort::gap_images(Effort::USUAL.gaps, test.pixels()));
    if model.config().has_gaussian() && gaps > 0 {
        let inferences = Inference::of_split(model, &test.spread(gaps), beta, &Progress::silent())?;
        let sound = inferences.into_iter().filter(|inference| inference.evidence.is_sound());
        let gap = |inference: Inference| Ok(inference.encoder.context("no encoder")?.1);
        let gaps: Vec<Gap> = sound.map(gap).collect::<Result<_>>()?;
        result["gap"] = of_gaps(&gaps);
    }
    Ok(result)
}

/// Gaps are heavy-tailed: their mean beside the median and what 99 of 100 images are below.
fn of_gaps(gaps: &[Gap]) -> Value {
    let summary = |mut values: Vec<f64>| {
        if values.is_empty() {
            return [Value::Null, Value::Null, Value::Null, Value::Null];
        }
        values.sort_unstable_by(f64::total_cmp);
        let (mean, variance) = mean_and_variance(&values);
        [mean, (variance / values.len() as f64).sqrt(), quantile(&values, 0.5), quantile(&values, 0.99)]
            .map(Value::from)
    };
    let [whole, standard_error, median, most] = summary(gaps.iter().map(Gap::whole).collect());
    let mut all = json!({
        "images": gaps.len(), "whole": whole, "standard_error": standard_error, "p50": median, "p99": most,
    });
    for (name, values) in [
        ("approximation", gaps.iter().map(Gap::approximation).collect()),
        ("objective", gaps.iter().filter_map(Gap::objective).collect()),
        ("amortisation", gaps.iter().filter_map(Gap::amortisation).collect::<Vec<f64>>()),
    ] {
        let [mean, _, median, most] = summary(values);
        all[name] = mean;
        all[format!("{name}_p50")] = median;
        all[format!("{name}_p99")] = most;
    }
    all
}
