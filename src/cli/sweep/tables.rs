//! The tables of a sweep: a line a cell with means over its seeds, and a line a run.

use std::collections::BTreeSet;

use super::grid::Grid;
use crate::catalogue::{self, About, CONTROLS};
use crate::explore::measures::{Estimated, Measures};

/// What was measured of the runs of each cell, in the order of their seeds; of cells that are still to come, nothing.
pub type Measured = Vec<Vec<Measures>>;

/// The mean of a measure over the seeds of a cell, of those runs that have it.
pub fn over_seeds(runs: &[Measures], about: &About) -> Option<Estimated> {
    let values: Vec<f64> = runs.iter().filter_map(|measures| Some(measures.get(about.id)?.value)).collect();
    (!values.is_empty()).then(|| Estimated::over_seeds(&values))
}

/// A line a cell: its settings, and of each measure the mean over seeds, the ends of its 95 % interval and over how many.
pub fn of_cells(grid: &Grid, measured: &Measured) -> String {
    let columns = columns(measured);
    let mut lines = vec![head(&grid.varied, &columns)];
    for (cell, runs) in grid.cells.iter().zip(measured) {
        let cells = columns.iter().map(|about| cell_of(over_seeds(runs, about).as_ref()));
        lines.push(cell.values.iter().cloned().chain(cells).collect::<Vec<_>>().join(","));
    }
    lines.join("\n") + "\n"
}

/// A line a run: its settings and its seed, and of each measure the value, its 95 % interval over images, and of how many.
pub fn of_runs(grid: &Grid, measured: &Measured) -> String {
    let columns = columns(measured);
    let names: Vec<&str> = grid.varied.iter().copied().chain(["seed"]).collect();
    let mut lines = vec![head(&names, &columns)];
    for (cell, runs) in grid.cells.iter().zip(measured) {
        for (planned, measures) in cell.runs.iter().zip(runs) {
            let settings = cell.values.iter().cloned().chain([planned.settings.train.seed.to_string()]);
            let cells = columns.iter().map(|about| cell_of(measures.get(about.id)));
            lines.push(settings.chain(cells).collect::<Vec<_>>().join(","));
        }
    }
    lines.join("\n") + "\n"
}

/// What some run has; controls are of no run.
fn columns(measured: &Measured) -> Vec<&'static About> {
    let controls: BTreeSet<&str> = CONTROLS.as_flattened().iter().map(|about| about.id).collect();
    let is_known = |about: &&About| measured.iter().flatten().any(|measures| measures.contains_key(about.id));
    catalogue::measures().filter(|about| !controls.contains(about.id)).filter(is_known).collect()
}

fn head(names: &[&str], columns: &[&About]) -> String {
    let of = |about: &&About| format!("{0},{0}_low,{0}_high,{0}_n", about.id);
    names.iter().map(|name| (*name).to_owned()).chain(columns.iter().map(of)).collect::<Vec<_>>().join(",")
}

fn cell_of(measure: Option<&Estimated>) -> String {
    let Some(Estimated { value, interval, n, .. }) = measure else { return ",,,".to_owned() };
    let [low, high] = interval.map_or([String::new(), String::new()], |(low, high)| [low, high].map(|v| v.to_string()));
    format!("{value},{low},{high},{n}")
}
