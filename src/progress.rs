//! How long work says how far it is, and is told to stop. Knows nothing of threads.

/// The work is no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Where long work reports the share that is done.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    tell: &'a dyn Fn(f64) -> Result<(), Cancelled>,
    from: f64,
    to: f64,
}

impl<'a> Progress<'a> {
    /// Reports to `tell`, which gets shares from 0 to 1 and says whether to go on.
    pub fn new(tell: &'a dyn Fn(f64) -> Result<(), Cancelled>) -> Self {
        Self { tell, from: 0.0, to: 1.0 }
    }

    /// Reports that `share` (from 0 to 1) is done; an error if the work is no longer wanted.
    pub fn at(&self, share: f64) -> Result<(), Cancelled> {
        (self.tell)(self.from + share * (self.to - self.from))
    }

    /// The progress of a part of the work, which goes from one share of the whole to another.
    pub fn part(&self, from: f64, to: f64) -> Self {
        let at = |share: f64| self.from + share * (self.to - self.from);
        Self { from: at(from), to: at(to), ..*self }
    }
}
