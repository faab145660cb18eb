//! A request on its way through the workers.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::jobs::{Handle, Job, JobError, Request};
use super::mail::{Mail, Message, Outcome};
use super::queue::Urgency;
use super::threads::panic_text;
use super::workers::{JobName, Task, Worker};

/// A request and whom to tell what came of it.
pub struct RequestTask<K, R: Request> {
    pub key: K,
    pub ticket: u64,
    pub request: R,
    pub urgency: Urgency,
    pub asked_at: Instant,
    pub handle: Arc<Handle>,
    pub mail: Arc<Mail<K, R>>,
}

impl<K: Copy + PartialEq + Debug + Send + 'static, R: Request> Task for RequestTask<K, R> {
    fn run(self: Box<Self>, worker: &Worker) {
        self.handle.start();
        let preview = |reply| self.tell(worker, Outcome::Reply { reply, is_final: false });
        let job = Job::new(worker, &self.handle, self.urgency, &preview);
        let result = catch_unwind(AssertUnwindSafe(|| {
            (worker.inner.before)(&JobName { kind: R::NAME, key: &self.key });
            self.request.work(&job)
        }));
        let outcome = match result {
            Ok(Ok(reply)) => Outcome::Reply { reply, is_final: true },
            Ok(Err(JobError::Cancelled)) if self.handle.is_cancelled() || worker.inner.is_closing() => return,
            Ok(Err(error)) => Outcome::Failure(error.to_string()),
            Err(panic) => Outcome::Failure(format!("{} failed: {}", R::NAME, panic_text(&*panic))),
        };
        // In this order: a job that goes on has not told the outcome yet.
        self.handle.end();
        self.tell(worker, outcome);
    }
}

impl<K: Copy + PartialEq, R: Request> RequestTask<K, R> {
    fn tell(&self, worker: &Worker, outcome: Outcome<R::Reply>) {
        let (key, ticket, request, elapsed) = (self.key, self.ticket, self.request.clone(), self.asked_at.elapsed());
        self.mail.put(Message { key, ticket, request, outcome, elapsed });
        (worker.inner.wake)();
    }
}

impl<K, R: Request> Drop for RequestTask<K, R> {
    fn drop(&mut self) {
        self.handle.end();
    }
}
