//! The figures of a sweep: the plane of rate and distortion, and measures over a setting.

use anyhow::{Result, ensure};

use super::super::arguments::SweepArguments;
use super::super::load_history;
use super::grid::{Cell, Grid};
use super::tables::{Measured, over_seeds};
use crate::catalogue::{self, About};
use crate::explore::measures::Estimated;
use crate::figure::{FigureOptions, Spread, Trace, chart, frontier_of_means, setting_chart};
use crate::files::write_or_spare;

const SIZE: (usize, usize) = (1_000, 640);
pub const FRONTIER: &str = "frontier.svg";
pub const RATE: &str = "rate.svg";

/// What is drawn, known before anything is trained.
pub struct Drawn {
    /// The setting along x, by its place among those that vary.
    along: Option<usize>,
    frontier: bool,
    /// Measures over that setting, and the files.
    plots: Vec<(&'static About, String)>,
}

impl Drawn {
    pub fn new(arguments: &SweepArguments, grid: &Grid) -> Result<Self> {
        let numbers = |i: &usize| grid.cells.iter().filter(|cell| number(cell, *i).is_some()).count();
        let along = (0..grid.varied.len()).find(|i| numbers(i) > 0);
        let frontier = grid.runs().all(|run| run.settings.model.has_gaussian());
        ensure!(
            along.is_some() || arguments.plot.is_empty(),
            "--plot draws measures over a setting that varies in numbers, and none does; let one vary by --vary or --beta"
        );
        let rate = (frontier && along.is_some()).then(|| (&catalogue::KL, RATE.to_owned()));
        let others = arguments.plot.iter().map(|about| (*about, format!("{}.svg", about.id)));
        Ok(Self { along, frontier, plots: rate.into_iter().chain(others).collect() })
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.frontier.then_some(FRONTIER).into_iter().chain(self.plots.iter().map(|(_, file)| &**file))
    }

    /// Whether x is the weight of the whole KL.
    pub fn is_over_beta(&self, grid: &Grid) -> bool {
        self.along.is_some_and(|i| grid.varied[i] == "beta")
    }

    /// Writes all of them; `deaths` are the β at which linear theory has units die.
    pub fn write(&self, arguments: &SweepArguments, grid: &Grid, measured: &Measured, deaths: &[f64]) -> Result<()> {
        let options = FigureOptions { width: SIZE.0, height: SIZE.1, dark: false, caption: caption(arguments, grid) };
        let out = |file: &str| arguments.out.join(file);
        if self.frontier {
            let (traces, ends) = self.on_plane(grid)?;
            let svg = chart(&frontier_of_means(&traces, &ends), &options)?;
            write_or_spare(&out(FRONTIER), svg.as_bytes())?;
        }
        for (about, file) in &self.plots {
            let curves = self.curves(grid, |i, x| {
                let mean = over_seeds(&measured[i], about)?;
                Some(([x?, mean.value], [0.0, half(&mean)]))
            });
            let setting = self.along.map_or("", |i| symbol(grid.varied[i]));
            let svg = chart(&setting_chart(setting, about, &curves, deaths), &options)?;
            write_or_spare(&out(file), svg.as_bytes())?;
        }
        Ok(())
    }

    /// Where runs went on the plane of rate and distortion, and the means over seeds of where they ended.
    fn on_plane(&self, grid: &Grid) -> Result<(Vec<Trace>, Vec<Spread>)> {
        let (mut traces, mut means) = (Vec::new(), Vec::new());
        let last = (grid.cells.len() - 1).max(1) as f64;
        for (i, cell) in grid.cells.iter().enumerate() {
            let told: Vec<String> =
                grid.varied.iter().zip(&cell.values).map(|(name, value)| format!("{} {value}", symbol(name))).collect();
            let mut ends = Vec::new();
            for run in &cell.runs {
                let history = load_history(&run.folder)?;
                let points = history.held_out.points().iter().filter_map(|(_, t)| Some([t.kl()?, t.recon]));
                let points: Vec<[f64; 2]> = points.collect();
                ends.extend(points.last().copied());
                traces.push(Trace {
                    name: told.join(", "),
                    color: color(i as f64 / last),
                    beta: run.settings.train.beta.mean,
                    points,
                });
            }
            let along = |d: usize| Estimated::over_seeds(&ends.iter().map(|end| end[d]).collect::<Vec<_>>());
            let [kl, recon] = [along(0), along(1)];
            means.push(([kl.value, recon.value], [half(&kl), half(&recon)]));
        }
        Ok((traces, self.curves(grid, |i, _| Some(means[i]))))
    }

    /// A curve for each combination of the other settings, in the order of the one along x.
    fn curves(&self, grid: &Grid, point: impl Fn(usize, Option<f64>) -> Option<([f64; 2], [f64; 2])>) -> Vec<Spread> {
        let mut curves: Vec<(String, Vec<usize>)> = Vec::new();
        for (i, cell) in grid.cells.iter().enumerate() {
            let others = grid.varied.iter().zip(&cell.values).enumerate().filter(|(d, _)| Some(*d) != self.along);
            let name: Vec<String> = others.map(|(_, (name, value))| format!("{} {value}", symbol(name))).collect();
            let name = name.join(", ");
            match curves.iter_mut().find(|(known, _)| *known == name) {
                Some((_, cells)) => cells.push(i),
                None => curves.push((name, vec![i])),
            }
        }
        let x = |i: usize| self.along.and_then(|d| number(&grid.cells[i], d));
        let last = (curves.len() - 1).max(1) as f64;
        let curve = |(k, (name, mut cells)): (usize, (String, Vec<usize>))| {
            cells.sort_by(|&a, &b| x(a).unwrap_or(f64::INFINITY).total_cmp(&x(b).unwrap_or(f64::INFINITY)));
            let points = cells.into_iter().filter_map(|i| point(i, x(i))).collect();
            Spread { name, color: color(k as f64 / last), points }
        };
        curves.into_iter().enumerate().map(curve).collect()
    }
}

fn number(cell: &Cell, i: usize) -> Option<f64> {
    cell.values[i].parse().ok().filter(|value: &f64| value.is_finite())
}

/// Half the interval; nothing where there is none.
fn half(mean: &Estimated) -> f64 {
    mean.interval.map_or(0.0, |(low, high)| 0.5 * (high - low))
}

fn color(share: f64) -> [u8; 3] {
    colorous::VIRIDIS.eval_continuous(0.9 * share).as_array()
}

/// What a setting is called in figures.
fn symbol(name: &'static str) -> &'static str {
    match name {
        "beta" => "β",
        "beta-mean" => "β_mean",
        "beta-variance" => "β_variance",
        name => name,
    }
}

fn caption(arguments: &SweepArguments, grid: &Grid) -> String {
    let data = arguments.data.source().title();
    let likelihood = match grid.runs().next() {
        Some(run) if !grid.varied.contains(&"c") => format!(", {}", run.settings.model.likelihood),
        _ => String::new(),
    };
    let runs = match arguments.seeds {
        1 => "one seed".to_owned(),
        seeds => format!("means over {seeds} seeds with 95 % intervals (Student's t)"),
    };
    format!("{data}{likelihood}, {} epochs, {runs}", arguments.epochs)
}
