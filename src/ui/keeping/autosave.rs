//! When a session is kept by itself: every minute and at the end of each epoch, while something changes.

use std::time::Duration;

use crate::engine::RunId;
use crate::session::{Document, Session};

const EVERY: Duration = Duration::from_secs(60);
/// Epochs of a small set follow each other faster than is of use.
const SHORTEST: Duration = Duration::from_secs(10);
/// How often it is found out whether something has changed.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Autosave {
    /// What was kept last, and when.
    kept: Option<Mark>,
    at: Duration,
    epoch: u64,
    looked: Duration,
}

#[derive(Clone, PartialEq)]
struct Mark {
    steps: Vec<(RunId, u64)>,
    document: Document,
}

impl Mark {
    fn of(session: &Session) -> Self {
        let steps = session.runs().map(|run| (run.id, run.checkpoint.progress.step)).collect();
        Self { steps, document: session.document().clone() }
    }
}

impl Autosave {
    /// Whether it is time, and there is something to keep.
    pub fn is_due(&mut self, session: &Session, now: Duration) -> bool {
        if now.saturating_sub(self.looked) < LOOK {
            return false;
        }
        self.looked = now;
        let since = now.saturating_sub(self.at);
        let has_ended = session.live().is_some_and(|live| live.epoch != self.epoch);
        (since >= EVERY || (has_ended && since >= SHORTEST)) && self.has_news(session)
    }

    /// How long until it may be time, while something is to be kept.
    pub fn pause(&self, session: &Session, now: Duration) -> Option<Duration> {
        session.is_unsaved().then(|| EVERY.saturating_sub(now.saturating_sub(self.at)).max(LOOK))
    }

    /// Whether something has been learnt that no file of the person's holds and that is not kept.
    pub fn has_news(&self, session: &Session) -> bool {
        session.is_unsaved() && self.kept.as_ref() != Some(&Mark::of(session))
    }

    /// It is being kept.
    pub fn note(&mut self, session: &Session, now: Duration) {
        (self.kept, self.at) = (Some(Mark::of(session)), now);
        self.epoch = session.live().map_or(0, |live| live.epoch);
    }

    /// That failed: it is tried again after a while.
    pub fn forget(&mut self) {
        self.kept = None;
    }
}
