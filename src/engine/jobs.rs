//! What a request is, and what its work is given to go by.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::queue::Urgency;
use super::workers::Worker;
use crate::model::{Checkpoint, Compute, InPlane, ModelError};
use crate::progress::{Cancelled, Progress};

/// Progress wakes the front end so often at most.
const WAKE_PAUSE: Duration = Duration::from_millis(50);

/// A question that is answered in the background. It is compared every time it is asked: hold what is large as [`Shared`].
///
/// [`Shared`]: super::Shared
pub trait Request: Clone + PartialEq + Send + 'static {
    type Reply: Send + 'static;
    /// What the kind is called.
    const NAME: &'static str;

    fn urgency(&self) -> Urgency;

    /// Whether a reply to this is still of use when `asked` was asked last.
    fn answers(&self, asked: &Self) -> bool {
        self == asked
    }

    /// The answer. What takes longer than 100 ms calls [`Job::progress`] at least that often.
    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError>;
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Model(ModelError),
    #[error("{0}")]
    Other(String),
}

impl From<Cancelled> for JobError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<ModelError> for JobError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled(_) => Self::Cancelled,
            error => Self::Model(error),
        }
    }
}

impl From<String> for JobError {
    fn from(what: String) -> Self {
        Self::Other(what)
    }
}

/// A request under way, seen from its work.
pub struct Job<'a, R> {
    worker: &'a Worker,
    handle: &'a Handle,
    urgency: Urgency,
    preview: &'a dyn Fn(R),
    woken: Cell<Instant>,
}

impl<'a, R> Job<'a, R> {
    pub(super) fn new(worker: &'a Worker, handle: &'a Handle, urgency: Urgency, preview: &'a dyn Fn(R)) -> Self {
        Self { worker, handle, urgency, preview, woken: Cell::new(Instant::now()) }
    }

    /// The frozen model of a checkpoint as its plane shows it, restored once for all jobs that want it.
    pub fn model(&self, checkpoint: &Arc<Checkpoint>) -> Result<Arc<InPlane>, ModelError> {
        self.worker.inner.models.get(checkpoint)
    }

    /// Where to compute: one thread, the other cores train.
    pub fn compute(&self) -> &Compute {
        self.worker.inner.models.compute()
    }

    /// Notes the share (from 0 to 1) that is done, and serves on this thread what is more urgent. An error when the job is
    /// no longer wanted.
    pub fn progress(&self, share: f64) -> Result<(), Cancelled> {
        self.handle.note(share);
        if self.woken.get().elapsed() >= WAKE_PAUSE {
            self.woken.set(Instant::now());
            (self.worker.inner.wake)();
        }
        self.go_on()?;
        self.worker.serve_more_urgent(self.urgency);
        self.go_on()
    }

    /// Has a computation tell its progress as that of the job.
    pub fn watch<T>(&self, compute: impl FnOnce(Progress) -> T) -> T {
        compute(Progress::new(&|share| self.progress(share)))
    }

    /// Hands out a preliminary reply.
    pub fn preview(&self, reply: R) {
        (self.preview)(reply);
    }

    fn go_on(&self) -> Result<(), Cancelled> {
        if self.handle.is_cancelled() || self.worker.inner.is_closing() { Err(Cancelled) } else { Ok(()) }
    }
}

/// A request under way, seen from both sides.
#[derive(Default)]
pub(super) struct Handle {
    cancelled: AtomicBool,
    /// The bits of the share that is done.
    share: AtomicU64,
    state: AtomicU8,
}

const RUNNING: u8 = 1;
const ENDED: u8 = 2;

impl Handle {
    /// The work has begun.
    pub fn start(&self) {
        self.state.store(RUNNING, Ordering::Release);
    }

    /// The work is over, or will never begin.
    pub fn end(&self) {
        self.state.store(ENDED, Ordering::Release);
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    pub fn has_ended(&self) -> bool {
        self.state.load(Ordering::Acquire) == ENDED
    }

    /// Whether the work goes on and is wanted.
    pub fn is_running(&self) -> bool {
        self.state.load(Ordering::Acquire) == RUNNING && !self.is_cancelled()
    }

    pub fn share(&self) -> f64 {
        f64::from_bits(self.share.load(Ordering::Relaxed))
    }

    fn note(&self, share: f64) {
        self.share.store(share.to_bits(), Ordering::Relaxed);
    }
}
