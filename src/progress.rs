//! How a long computation says how far it is, and learns that it is no longer wanted. Knows nothing of threads, clocks or
//! screens: who is told may be called often, a few hundred times a second, and never waits long for the next call.

/// The computation was ended before it had a result, because that is no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the computation was cancelled")]
pub struct Cancelled;

/// Whom a computation, or a part of it, tells how far it is.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    tell: &'a dyn Fn(f64) -> Result<(), Cancelled>,
    /// Where in the whole this part begins and ends, as shares of it.
    from: f64,
    to: f64,
}

impl<'a> Progress<'a> {
    /// Tells `tell` the share that is done, from 0 to 1; an error of it ends the computation at once.
    pub fn new(tell: &'a dyn Fn(f64) -> Result<(), Cancelled>) -> Self {
        Self { tell, from: 0.0, to: 1.0 }
    }

    /// Tells no one, and is never cancelled.
    pub fn silent() -> Self {
        Self::new(&|_| Ok(()))
    }

    /// Tells that `share` of this part is done, from 0 to 1.
    pub fn at(&self, share: f64) -> Result<(), Cancelled> {
        (self.tell)(self.within(share))
    }

    /// Tells that `count` of `all` are done.
    pub fn done(&self, count: usize, all: usize) -> Result<(), Cancelled> {
        self.at(share(count, all))
    }

    /// The part of this part between two shares of it.
    pub fn part(&self, from: f64, to: f64) -> Self {
        Self { from: self.within(from), to: self.within(to), ..*self }
    }

    /// Part `index` of `all` equal parts.
    pub fn part_of(&self, index: usize, all: usize) -> Self {
        self.part(share(index, all), share(index + 1, all))
    }

    /// For a loop whose turns are short: tells only before turns that take `work` together.
    pub fn throttled(self, work: usize) -> Throttled<'a> {
        Throttled { progress: self, work, since: work }
    }

    fn within(&self, share: f64) -> f64 {
        self.from + share * (self.to - self.from)
    }
}

/// A progress that tells only so often.
pub struct Throttled<'a> {
    progress: Progress<'a>,
    /// How much is done between two reports, in whatever the loop counts.
    work: usize,
    since: usize,
}

impl Throttled<'_> {
    /// Before a turn that takes so much work, when `count` of `all` turns are done.
    pub fn before(&mut self, work: usize, count: usize, all: usize) -> Result<(), Cancelled> {
        let is_due = self.since >= self.work;
        self.since = if is_due { work } else { self.since.saturating_add(work) };
        if is_due { self.progress.done(count, all) } else { Ok(()) }
    }
}

fn share(count: usize, all: usize) -> f64 {
    count.min(all) as f64 / all.max(1) as f64
}
