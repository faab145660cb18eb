//! Which job comes next. Plain data: knows no thread and not what the jobs do.

use std::time::{Duration, Instant};

/// How soon a request is to be served; the order is that of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// What a drag waits for: the image at the cursor, clouds of points. Milliseconds.
    Drag,
    /// What a view shows: strips, samples, a drawing. Some tens of milliseconds.
    View,
    /// What covers a whole plane: the manifold, fields, paths. Up to seconds.
    Map,
    /// Exports: seconds, and someone waits for them.
    File,
    /// Inference, measures, theory: up to minutes.
    Study,
}

/// Where a request comes from: one key of one kind. Of a place one job runs and one waits at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat(pub u64);

/// What has waited for so long comes first, however urgent it is.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// A job that waits.
pub struct Waiting<T> {
    pub place: Seat,
    pub urgency: Urgency,
    /// Grows from one waiting job to the next.
    turn: u64,
    since: Instant,
    pub task: T,
}

/// The jobs that wait, and the places of those that run.
pub struct Queue<T> {
    waiting: Vec<Waiting<T>>,
    running: Vec<Seat>,
    turns: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), running: Vec::new(), turns: 0 }
    }
}

impl<T> Queue<T> {
    /// Has a job wait. One that waits at the same place gives it its turn and is returned.
    pub fn put(&mut self, place: Seat, urgency: Urgency, task: T, now: Instant) -> Option<T> {
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.place == place) {
            waiting.urgency = urgency;
            return Some(std::mem::replace(&mut waiting.task, task));
        }
        self.turns += 1;
        self.waiting.push(Waiting { place, urgency, turn: self.turns, since: now, task });
        None
    }

    /// Takes out what waits at a place.
    pub fn withdraw(&mut self, place: Seat) -> Option<T> {
        let at = self.waiting.iter().position(|waiting| waiting.place == place)?;
        Some(self.waiting.remove(at).task)
    }

    /// Takes out all that wait.
    pub fn clear(&mut self) -> Vec<Waiting<T>> {
        std::mem::take(&mut self.waiting)
    }

    /// The next job: what has waited for longer than `PATIENCE`, the longest first; else the most urgent, in turn. From now
    /// on it runs.
    pub fn next(&mut self, now: Instant) -> Option<Waiting<T>> {
        let has_waited = |waiting: &&Waiting<T>| now.saturating_duration_since(waiting.since) >= PATIENCE;
        let longest = self.free().filter(has_waited).min_by_key(|waiting| waiting.turn);
        let next = longest.or_else(|| self.free().min_by_key(|waiting| (waiting.urgency, waiting.turn)));
        next.map(|waiting| waiting.place).and_then(|place| self.start(place))
    }

    /// The next job that is more urgent than `urgency` and got its turn by `turn` at the latest. From now on it runs.
    pub fn next_more_urgent(&mut self, urgency: Urgency, turn: u64) -> Option<Waiting<T>> {
        let more_urgent = self.free().filter(|waiting| waiting.urgency < urgency && waiting.turn <= turn);
        let next = more_urgent.min_by_key(|waiting| (waiting.urgency, waiting.turn));
        next.map(|waiting| waiting.place).and_then(|place| self.start(place))
    }

    /// The last turn that was given.
    pub fn last_turn(&self) -> u64 {
        self.turns
    }

    /// What ran at a place has ended.
    pub fn end(&mut self, place: Seat) {
        self.running.retain(|running| *running != place);
    }

    fn free(&self) -> impl Iterator<Item = &Waiting<T>> {
        self.waiting.iter().filter(|waiting| !self.running.contains(&waiting.place))
    }

    fn start(&mut self, place: Seat) -> Option<Waiting<T>> {
        let at = self.waiting.iter().position(|waiting| waiting.place == place)?;
        self.running.push(place);
        Some(self.waiting.remove(at))
    }
}
