//! `infer`: exact inference for one image, or for all test images.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::arguments::InferArguments;
use super::{load_data, load_run, output};
use crate::data::Split;
use crate::explore::inference::{Draws, Gap, Inference, Quadrature, Sampled, evidence_of, mean_evidence};
use crate::figure::{FigureKind, FigureOptions, chart, encode_figure, estimate_chart};
use crate::files::{check_file, write_whole};
use crate::model::{Compute, Frozen, InPlane, evaluate};
use crate::progress::Progress;

pub fn run(arguments: &InferArguments, compute: Compute, json: bool) -> Result<()> {
    if let Some(out) = &arguments.out {
        FigureKind::of(out)?;
        check_file(out)?;
    }
    let (checkpoint, model) = load_run(&arguments.run, compute)?;
    let dataset = load_data(&checkpoint, arguments.data.as_deref())?;
    let result = match arguments.image {
        Some(image) => of_image(arguments, &model, &dataset.test, image)?,
        None => of_all(arguments, &model, &dataset.test)?,
    };
    output::print(json, &result, || readable(&result))
}

fn of_image(arguments: &InferArguments, model: &InPlane, test: &Split, index: usize) -> Result<Value> {
    ensure!(index < test.len(), "image {index}: there are {} test images, counted from 0", test.len());
    let image = test.gather([index]);
    let Inference { evidence, posterior, encoder } = Inference::of(model, &image, &Progress::silent())?;
    let mut result = json!({
        "image": index,
        "label": test.labels[index],
        "likelihood": model.config().likelihood,
        "log_evidence": evidence.log,
        "change": evidence.change,
        "converged": evidence.has_converged,
        "posterior": {
            "modes": posterior.modes,
            "mean": posterior.mean,
            "covariance": posterior.covariance,
            "entropy": posterior.entropy,
        },
    });
    let Some((q, gap)) = encoder else {
        ensure!(arguments.out.is_none(), "--out draws estimates around an encoder's Gaussian, and an AE has none");
        return Ok(result);
    };
    let draws = Draws {
        most: arguments.samples as usize,
        repetitions: arguments.repetitions as usize,
        seed: arguments.seed,
        ..Draws::default()
    };
    let sampled = Sampled::of(model, &image, q, draws, &Progress::silent())?;
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
        write_whole(out, &encode_figure(&svg, &caption, FigureKind::of(out)?)?)?;
    }
    Ok(result)
}

fn of_gap(gap: &Gap) -> Value {
    json!({
        "whole": gap.whole(),
        "approximation": gap.approximation(),
        "amortisation": gap.amortisation(),
        "divergence": gap.divergence,
    })
}

fn of_all(arguments: &InferArguments, model: &InPlane, test: &Split) -> Result<Value> {
    let images = test.gather(0..test.len());
    let start = Instant::now();
    let all = evidence_of(model, &images, Quadrature::default(), &Progress::silent())?;
    let seconds = start.elapsed().as_secs_f64();
    let (mean, error, converged) = mean_evidence(&all);
    let evaluation = evaluate(model.whole(), test, arguments.seed, &Progress::silent())?;
    let mut result = json!({
        "images": test.len(),
        "likelihood": model.config().likelihood,
        "log_evidence": mean,
        "standard_error": error,
        "converged": converged,
        "seconds": seconds,
        "elbo": evaluation.elbo,
    });
    if evaluation.elbo.is_some() && arguments.gaps > 0 {
        let some = test.spread(arguments.gaps);
        let gap = |i: usize| {
            let inference = Inference::of(model, &some.gather([i]), &Progress::silent())?;
            Ok(inference.encoder.context("no encoder")?.1)
        };
        let gaps: Vec<Gap> = (0..some.len()).map(gap).collect::<Result<_>>()?;
        let mean = |of: fn(&Gap) -> f64| gaps.iter().map(of).sum::<f64>() / gaps.len() as f64;
        result["gap"] = json!({
            "images": gaps.len(),
            "whole": mean(Gap::whole),
            "approximation": mean(Gap::approximation),
            "amortisation": mean(Gap::amortisation),
            "divergence": mean(|gap| gap.divergence),
        });
    }
    Ok(result)
}

/// Each name with its value, what is within something else after its name and a dot; a line for each K.
fn readable(result: &Value) -> String {
    fn number(value: &Value) -> String {
        match value.as_f64() {
            Some(v) if v != 0.0 && (v.abs() < 1e-3 || v.abs() >= 1e6) => format!("{v:.3e}"),
            Some(v) if value.is_f64() => format!("{v:.4}"),
            _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        }
    }
    fn lines(text: &mut String, name: &str, value: &Value) {
        let (name, all) = match value {
            Value::Object(map) if map.contains_key("samples") => {
                let [mean, deviation] = ["mean", "deviation"].map(|key| number(&map[key]));
                (format!("{name}, K = {}", map["samples"]), format!("{mean} ± {deviation}"))
            }
            Value::Object(map) => {
                return map.iter().for_each(|(key, value)| {
                    lines(text, &if name.is_empty() { key.clone() } else { format!("{name}.{key}") }, value);
                });
            }
            Value::Array(all) if all.iter().any(Value::is_object) => {
                return all.iter().for_each(|value| lines(text, name, value));
            }
            Value::Array(all) => {
                let flat = all.iter().flat_map(|v| v.as_array().cloned().unwrap_or_else(|| vec![v.clone()]));
                (name.to_owned(), flat.map(|v| number(&v)).collect::<Vec<_>>().join("  "))
            }
            value => (name.to_owned(), number(value)),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:36} {all}");
    }
    let mut text = String::new();
    lines(&mut text, "", result);
    text.trim_end().to_owned()
}
