//! Threads that go through one computation together, phase by phase.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Enough for the deepest network that the configuration allows.
const MOST_PHASES: usize = 64;
/// Turns of waiting for the others before giving the core away.
const SPINS: usize = 4_000;

/// A fixed number of threads.
pub struct Team {
    pool: Option<rayon::ThreadPool>,
    threads: usize,
    /// Held during a run of several threads: the threads of two runs at once would wait for each other.
    running: Mutex<()>,
}

/// One thread's part in a run.
pub struct Member<'a> {
    /// Counts from 0.
    pub index: usize,
    threads: usize,
    board: &'a Board,
    phase: usize,
}

/// Where the members of a run see how far the others are.
struct Board {
    phases: [Phase; MOST_PHASES],
    /// Whether a member panicked: the others, which would wait for it, go no further.
    is_abandoned: AtomicBool,
}

#[derive(Default)]
struct Phase {
    taken: AtomicUsize,
    arrived: AtomicUsize,
}

/// What a member unwinds with because another one panicked.
struct Abandoned;

impl Team {
    /// A team of `threads`, the caller's among them; where the system gives no more threads, of the caller's alone.
    pub fn new(threads: usize) -> Self {
        Self::with_start(threads, || ())
    }

    /// The same; each thread but the caller's calls `start` before anything else.
    pub fn with_start(threads: usize, start: impl Fn() + Send + Sync + 'static) -> Self {
        let named = |i| format!("kernel-{}", i + 1);
        let pool = || {
            let builder = rayon::ThreadPoolBuilder::new().num_threads(threads - 1);
            builder.thread_name(named).start_handler(move |_| start()).build().ok()
        };
        let pool = (threads > 1).then(pool).flatten();
        Self { threads: pool.as_ref().map_or(1, |_| threads), pool, running: Mutex::new(()) }
    }

    /// As many threads as the machine has cores.
    pub fn of_all_cores() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// How many threads there are, the caller's among them.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Has every thread go through `work`, which must come to the same phases in the same order in each of them. A panic in
    /// one of them ends the run in all and is raised here.
    pub fn run(&self, work: impl Fn(&mut Member) + Sync) {
        let board = Board { phases: std::array::from_fn(|_| Phase::default()), is_abandoned: AtomicBool::new(false) };
        let member = |index| Member { index, threads: self.threads, board: &board, phase: 0 };
        let Some(pool) = &self.pool else { return work(&mut member(0)) };
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let first: Mutex<Option<Box<dyn Any + Send>>> = Mutex::new(None);
        let take_part = |index| {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(&mut member(index)))) {
                if !panic.is::<Abandoned>() {
                    first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
                }
                board.is_abandoned.store(true, Ordering::Relaxed);
            }
        };
        pool.in_place_scope(|scope| {
            scope.spawn_broadcast(|_, context| take_part(context.index() + 1));
            take_part(0);
        });
        drop(running);
        if let Some(panic) = first.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(panic);
        }
    }
}

impl Member<'_> {
    /// Does its share of `tasks`, whichever are still free, then waits until all are done.
    pub fn phase(&mut self, tasks: usize, mut task: impl FnMut(usize)) {
        let phase = &self.board.phases[self.phase];
        self.phase += 1;
        loop {
            let next = phase.taken.fetch_add(1, Ordering::Relaxed);
            if next >= tasks {
                break;
            }
            task(next);
        }
        phase.arrived.fetch_add(1, Ordering::AcqRel);
        let mut spins = 0;
        while phase.arrived.load(Ordering::Acquire) < self.threads {
            if self.board.is_abandoned.load(Ordering::Relaxed) {
                resume_unwind(Box::new(Abandoned));
            }
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}
