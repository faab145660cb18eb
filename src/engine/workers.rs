//! The two threads that do all work but training. The first serves only what a drag waits for, so that nothing long is ever
//! in its way; the second serves everything, what is more urgent also in the middle of what is less. Neither knows
//! what the jobs are about.

use std::fmt::{Debug, Display, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use super::models::Models;
use super::queue::{Queue, Seat, Urgency, Waiting};
use super::threads::{Priority, step_back};
use crate::model::Compute;

/// What a job is called: the kind of its request and its key.
pub struct JobName<'a> {
    pub kind: &'static str,
    pub key: &'a dyn Debug,
}

impl Display for JobName<'_> {
    fn fmt(&self, f: &mut Formatter) -> std::fmt::Result {
        write!(f, "{} {:?}", self.kind, self.key)
    }
}

/// What is called on a worker's thread before each job.
pub type BeforeJob = Box<dyn Fn(&JobName) + Send + Sync>;

/// The worker threads, seen from outside. Dropping them discards what waits, cancels what runs and joins the threads.
pub struct Workers {
    inner: Arc<Inner>,
    threads: Vec<JoinHandle<()>>,
}

/// Work whose kind has been forgotten.
pub trait Task: Send {
    /// Does the work and says what came of it.
    fn run(self: Box<Self>, worker: &Worker);
}

/// What the worker threads and the front end share.
pub struct Inner {
    queue: Mutex<Queue<Box<dyn Task>>>,
    arrival: Condvar,
    closing: AtomicBool,
    places: AtomicU64,
    pub models: Models,
    pub wake: Box<dyn Fn() + Send + Sync>,
    pub before: BeforeJob,
}

/// One of the threads, seen from its jobs.
pub struct Worker {
    pub inner: Arc<Inner>,
    serves: Serves,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Serves {
    Drags,
    Everything,
}

impl Workers {
    /// Starts the threads; they call `wake` when there is news. Models compute on one thread of `compute`'s device.
    pub fn spawn(compute: Compute, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::spawn_with(compute, wake, Box::new(|_| ()))
    }

    /// The same; `before` is called on the worker's thread before each job and may hold it back.
    pub fn spawn_with(
        compute: Compute,
        wake: impl Fn() + Send + Sync + 'static,
        before: BeforeJob,
    ) -> std::io::Result<Self> {
        let inner = Arc::new(Inner {
            queue: Mutex::default(),
            arrival: Condvar::new(),
            closing: AtomicBool::new(false),
            places: AtomicU64::new(0),
            models: Models::new(compute.with_threads(1)),
            wake: Box::new(wake),
            before,
        });
        let mut workers = Self { inner, threads: Vec::new() };
        for (name, serves) in [("worker-1", Serves::Drags), ("worker-2", Serves::Everything)] {
            let worker = Worker { inner: workers.inner.clone(), serves };
            workers.threads.push(Builder::new().name(name.to_owned()).spawn(move || {
                step_back(Priority::Worker);
                worker.work();
            })?);
        }
        Ok(workers)
    }

    pub(super) fn inner(&self) -> Arc<Inner> {
        self.inner.clone()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let mut queue = self.inner.lock();
        self.inner.closing.store(true, Ordering::Release);
        let discarded = queue.clear();
        drop(queue);
        drop(discarded);
        self.inner.arrival.notify_all();
        for thread in self.threads.drain(..) {
            // A panic outside a job has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

impl Inner {
    /// A place that no one else has.
    pub fn new_place(&self) -> Seat {
        Seat(self.places.fetch_add(1, Ordering::Relaxed))
    }

    /// Has a job wait, instead of the one that waits at its place.
    pub fn put(&self, place: Seat, urgency: Urgency, task: Box<dyn Task>) {
        let mut queue = self.lock();
        // What will not be done is dropped after the lock is given back.
        let dropped = if self.is_closing() { Some(task) } else { queue.put(place, urgency, task, Instant::now()) };
        drop(queue);
        drop(dropped);
        self.arrival.notify_all();
    }

    /// Takes back the job that waits at a place.
    pub fn withdraw(&self, place: Seat) {
        let task = self.lock().withdraw(place);
        drop(task);
    }

    /// Whether the threads are to end.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Queue<Box<dyn Task>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Serves what waits and is more urgent than `urgency`, each once, so that what it interrupts goes on all the same.
    pub fn serve_more_urgent(&self, urgency: Urgency) {
        let turn = self.inner.lock().last_turn();
        while !self.inner.is_closing() {
            let next = self.inner.lock().next_more_urgent(urgency, turn);
            let Some(waiting) = next else { return };
            self.serve(waiting);
        }
    }

    fn work(&self) {
        while let Some(waiting) = self.wait() {
            self.serve(waiting);
        }
    }

    fn wait(&self) -> Option<Waiting<Box<dyn Task>>> {
        let mut queue = self.inner.lock();
        while !self.inner.is_closing() {
            let next = match self.serves {
                Serves::Everything => queue.next(Instant::now()),
                Serves::Drags => {
                    let turn = queue.last_turn();
                    queue.next_more_urgent(Urgency::View, turn)
                }
            };
            if next.is_some() {
                return next;
            }
            queue = self.inner.arrival.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn serve(&self, waiting: Waiting<Box<dyn Task>>) {
        let Waiting { place, task, .. } = waiting;
        // The task answers for panics of its work; the thread outlives all others too.
        let _ = catch_unwind(AssertUnwindSafe(|| task.run(self)));
        self.inner.lock().end(place);
        // Another request may have been waiting for this one to end.
        self.inner.arrival.notify_all();
    }
}
