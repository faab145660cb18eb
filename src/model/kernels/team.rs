//! Threads that go through one computation together, phase by phase.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Enough for the deepest network that the configuration allows.
const MOST_PHASES: usize = 64;
/// Turns of waiting for the others before giving the core away.
const SPINS: usize = 4_000;

/// A fixed number of threads.
pub struct Team {
    pool: Option<rayon::ThreadPool>,
    threads: usize,
    /// Held during a run: the threads of two runs at once would wait for each other.
    running: Mutex<()>,
}

/// One thread's part in a run.
pub struct Member<'a> {
    /// Counts from 0.
    pub index: usize,
    threads: usize,
    board: &'a [Phase],
    phase: usize,
}

#[derive(Default)]
struct Phase {
    taken: AtomicUsize,
    arrived: AtomicUsize,
}

impl Team {
    /// A team of `threads`, the caller's among them; where the system gives no more threads, of the caller's alone.
    pub fn new(threads: usize) -> Self {
        let named = |i| format!("kernel-{}", i + 1);
        let pool = (threads > 1)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads - 1).thread_name(named).build().ok())
            .flatten();
        Self { threads: pool.as_ref().map_or(1, |_| threads), pool, running: Mutex::new(()) }
    }

    /// As many threads as the machine has cores.
    pub fn of_all_cores() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Has every thread go through `work`, which must come to the same phases in the same order in each of them.
    pub fn run(&self, work: impl Fn(&mut Member) + Sync) {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let board: [Phase; MOST_PHASES] = std::array::from_fn(|_| Phase::default());
        let member = |index| Member { index, threads: self.threads, board: &board, phase: 0 };
        match &self.pool {
            None => work(&mut member(0)),
            Some(pool) => pool.in_place_scope(|scope| {
                scope.spawn_broadcast(|_, context| work(&mut member(context.index() + 1)));
                work(&mut member(0));
            }),
        }
    }
}

impl Member<'_> {
    /// Does its share of `tasks`, whichever are still free, then waits until all are done.
    pub fn phase(&mut self, tasks: usize, mut task: impl FnMut(usize)) {
        let phase = &self.board[self.phase];
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
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}
