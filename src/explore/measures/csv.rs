//! The measures of runs as a table for other programs.

use super::{Estimated, Measures, OfRun, difference};
use crate::catalogue::{self, About};
use crate::config::Likelihood;

/// A run by its name.
pub type Named<'a> = (&'a str, &'a Measures, Likelihood);

/// A line a measure that some run has, and after that of classes a line each, `sample_classes.0` the share of the first: its name and its unit, of each run the value, the ends of the 95 % interval and n, and of two
/// runs by how much the second is more than the first. What a run has not is empty.
pub fn as_csv(runs: &[Named]) -> String {
    let pair = match *runs {
        [(first, ..), (second, ..)] => Some(format!("{second} - {first}")),
        _ => None,
    };
    let names = runs.iter().map(|(name, ..)| (*name).to_owned()).chain(pair.clone());
    let plain = |name: String| name.replace([',', '"', '\n', '\r'], " ");
    let head = names.map(plain).map(|name| format!(",{name},{name} low,{name} high,{name} n"));
    let mut lines = vec![format!("measure,unit{}", head.collect::<String>())];
    for about in catalogue::measures() {
        if runs.iter().all(|run| of(run, about).0.is_none()) {
            continue;
        }
        let mut cells: Vec<String> = runs.iter().map(|run| cell(of(run, about).0)).collect();
        if let [first, second] = runs {
            cells.push(cell(difference(about, of(second, about), of(first, about)).as_ref()));
        }
        lines.push(format!("{},{}{}", about.id, about.unit, cells.concat()));
        let parts = |run: &Named| of(run, about).0.map_or(0, |of| of.parts.len());
        for k in 0..runs.iter().map(parts).max().unwrap_or(0) {
            let part = |run: &Named| of(run, about).0.and_then(|of| of.parts.get(k).cloned());
            let mut cells: Vec<String> = runs.iter().map(|run| cell(part(run).as_ref())).collect();
            if let [first, second] = runs {
                let apart = part(second).zip(part(first)).and_then(|(second, first)| second.minus(&first));
                cells.push(cell(apart.as_ref()));
            }
            lines.push(format!("{}.{k},share{}", about.id, cells.concat()));
        }
    }
    lines.join("\n") + "\n"
}

fn of<'a>((_, measures, likelihood): &Named<'a>, about: &About) -> OfRun<'a> {
    (measures.get(about.id), *likelihood)
}

fn cell(of: Option<&Estimated>) -> String {
    let Some(of) = of else { return ",,,,".to_owned() };
    let [low, high] =
        of.interval.map_or([String::new(), String::new()], |(low, high)| [low, high].map(|v| v.to_string()));
    format!(",{},{low},{high},{}", of.value, of.n)
}
