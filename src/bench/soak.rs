//! Whether the window's memory stays flat: four panes, two of them forks, train behind a dragged cursor and a manifold, with a
//! small budget for the states that are kept.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::driver::{Driver, FRAME, Hand};
use crate::session::{Action, MOST_PANES, Overlays, Preferences, Settings};

/// The share of the time after which memory is taken as settled: timelines are full, caches warm.
const WARM_UP: f64 = 0.25;
/// How often memory is read.
const PAUSE: Duration = Duration::from_secs(1);

/// Memory that the process holds, in MB.
#[derive(Debug, Serialize)]
pub struct SoakReport {
    pub seconds: f64,
    pub frames: usize,
    pub steps: u64,
    pub budget_mb: usize,
    /// The mean of the first and of the last tenth of the time after the warm-up, and the most in all of it.
    pub settled_mb: f64,
    pub last_mb: f64,
    pub most_mb: f64,
}

/// Runs the interface for `seconds`, with a budget of `budget` MB for kept states.
pub fn soak(seconds: f64, budget: usize) -> Result<SoakReport> {
    let overlays = Overlays { manifold: true, ..Overlays::default() };
    let settings = Settings { budget, overlays, ..Settings::default() };
    let mut driver = Driver::open(Preferences { settings, ..Preferences::default() })?;
    for count in driver.app.session().panes().len() + 1..=MOST_PANES {
        let (pane, _) = driver.last_plane()?;
        driver.app.act(Action::Fork(pane));
        driver.wait("no fork was made", |app| app.session().panes().len() == count)?;
    }
    let (_, plane) = driver.last_plane()?;
    let (start, mut frames, mut memory, mut next) = (Instant::now(), 0, Vec::new(), Duration::ZERO);
    while start.elapsed().as_secs_f64() < seconds {
        let began = Instant::now();
        driver.frame(Hand::Drags(plane), |_| ());
        frames += 1;
        if start.elapsed() >= next {
            next += PAUSE;
            let stats = memory_stats::memory_stats().context("this system does not say how much memory is used")?;
            memory.push(stats.physical_mem as f64 / 1e6);
        }
        std::thread::sleep(FRAME.saturating_sub(began.elapsed()));
    }
    let settled = &memory[(WARM_UP * memory.len() as f64) as usize..];
    let tenth = settled.len().div_ceil(10);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    Ok(SoakReport {
        seconds: start.elapsed().as_secs_f64(),
        frames,
        steps: driver.app.session().live().map_or(0, |live| live.step),
        budget_mb: driver.app.session().settings().budget,
        settled_mb: mean(&settled[..tenth]),
        last_mb: mean(&settled[settled.len() - tenth..]),
        most_mb: memory.iter().copied().fold(0.0, f64::max),
    })
}
