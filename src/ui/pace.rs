//! How quick the window is: what was drawn and decoded lately.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::engine::Ask;

/// What is looked back on.
const WINDOW: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub struct Pace {
    frames: VecDeque<Instant>,
    decodes: VecDeque<(Instant, Duration)>,
    manifolds: VecDeque<(Instant, Duration)>,
    clouds: VecDeque<(Instant, Duration)>,
}

impl Pace {
    /// A frame is being drawn.
    pub fn frame(&mut self) {
        let now = Instant::now();
        self.frames.push_back(now);
        while self.frames.front().is_some_and(|then| now - *then > WINDOW) {
            self.frames.pop_front();
        }
    }

    /// A wish has been answered, `elapsed` after it was made.
    pub fn decoded(&mut self, ask: &Ask, elapsed: Duration) {
        let log = match ask {
            Ask::Cursor(_) => &mut self.decodes,
            Ask::Manifold { .. } => &mut self.manifolds,
            Ask::Strip(_) | Ask::Samples { .. } => return,
        };
        note(log, elapsed);
    }

    /// A cloud of points has been drawn, which took so long.
    pub fn clouded(&mut self, elapsed: Duration) {
        note(&mut self.clouds, elapsed);
    }

    pub fn frames_per_second(&self) -> f32 {
        self.frames.len() as f32 / WINDOW.as_secs_f32()
    }

    /// From wish to pixels at the cursor, of those that came after `since`.
    pub fn decodes_since(&self, since: Instant) -> impl Iterator<Item = Duration> {
        self.decodes.iter().filter(move |(at, _)| *at > since).map(|(_, elapsed)| *elapsed)
    }

    /// How long drawing a cloud took.
    pub fn clouds_since(&self, since: Instant) -> impl Iterator<Item = Duration> {
        self.clouds.iter().filter(move |(at, _)| *at > since).map(|(_, elapsed)| *elapsed)
    }

    /// The same of the manifold.
    pub fn manifolds_since(&self, since: Instant) -> impl Iterator<Item = Duration> {
        self.manifolds.iter().filter(move |(at, _)| *at > since).map(|(_, elapsed)| *elapsed)
    }
}

fn note(log: &mut VecDeque<(Instant, Duration)>, elapsed: Duration) {
    let now = Instant::now();
    log.push_back((now, elapsed));
    while log.front().is_some_and(|(then, _)| now - *then > WINDOW) {
        log.pop_front();
    }
}
