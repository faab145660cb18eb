//! Gates before the jobs of a window's workers: there a test holds a job for as long as it likes, counts jobs or has one
//! panic. A job goes by its kind (`measures`) or by its whole name (`measures RunId(0)`).

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use latent_explorer::engine::{BeforeJob, JobName};

/// The test's side of the gates; a copy of it governs the same ones.
#[derive(Clone, Default)]
pub struct Gates(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    closed: Vec<String>,
    /// How many jobs may pass a closed gate.
    passes: BTreeMap<String, usize>,
    held: Vec<Job>,
    /// All jobs that have come to the gates, oldest first.
    seen: Vec<Job>,
    panics: Vec<String>,
    are_gone: bool,
}

#[derive(Clone, PartialEq)]
struct Job {
    kind: String,
    name: String,
}

impl Job {
    fn is(&self, which: &str) -> bool {
        self.kind == which || self.name == which
    }
}

impl Gates {
    /// Gates that hold these jobs from the start.
    pub fn closed<'a>(jobs: impl IntoIterator<Item = &'a str>) -> Self {
        let gates = Self::default();
        jobs.into_iter().for_each(|job| gates.close(job));
        gates
    }

    /// Holds every such job from now on.
    pub fn close(&self, job: &str) {
        self.0.lock().closed.push(job.to_owned());
    }

    /// Lets all jobs go, those that are held and those that come.
    pub fn open(&self) {
        self.0.lock().closed.clear();
        self.0.changed.notify_all();
    }

    /// Lets one such job go, that is held or that comes.
    pub fn let_one_go(&self, job: &str) {
        *self.0.lock().passes.entry(job.to_owned()).or_default() += 1;
        self.0.changed.notify_all();
    }

    /// Has the next such job panic.
    pub fn panic_at(&self, job: &str) {
        self.0.lock().panics.push(job.to_owned());
    }

    pub fn holds(&self, job: &str) -> bool {
        self.0.lock().held.iter().any(|held| held.is(job))
    }

    /// How many such jobs have come so far.
    pub fn count(&self, job: &str) -> usize {
        self.0.lock().seen.iter().filter(|seen| seen.is(job)).count()
    }

    /// What the workers are to call before each job.
    pub fn hook(&self) -> BeforeJob {
        let shared = self.0.clone();
        Box::new(move |job: &JobName| shared.pass(Job { kind: job.kind.to_owned(), name: job.to_string() }))
    }

    /// Opens the gates for good when it is dropped, so that a test that fails holds no thread that is waited for.
    pub fn keeper(&self) -> Keeper {
        Keeper(self.0.clone())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, job: Job) {
        let mut state = self.lock();
        state.seen.push(job.clone());
        if let Some(i) = state.panics.iter().position(|which| job.is(which)) {
            state.panics.remove(i);
            drop(state);
            panic!("a test had it panic");
        }
        state.held.push(job.clone());
        while !state.lets_go(&job) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(i) = state.held.iter().position(|held| *held == job) {
            state.held.remove(i);
        }
    }
}

impl State {
    fn lets_go(&mut self, job: &Job) -> bool {
        if self.are_gone || !self.closed.iter().any(|which| job.is(which)) {
            return true;
        }
        let pass = self.passes.iter_mut().find(|(which, left)| **left > 0 && job.is(which));
        pass.map(|(_, left)| *left -= 1).is_some()
    }
}

/// See [`Gates::keeper`].
pub struct Keeper(Arc<Shared>);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.lock().are_gone = true;
        self.0.changed.notify_all();
    }
}
