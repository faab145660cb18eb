//! A thread that works on wishes, one a place: of the wishes for a place the newest wins, and places take turns.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::threads::{Priority, step_back};

/// The thread, seen from outside. Dropping it ends the thread.
pub struct Errands<W, R> {
    shared: Arc<Shared<W, R>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared<W, R> {
    desk: Mutex<Desk<W, R>>,
    arrival: Condvar,
}

struct Desk<W, R> {
    wishes: BTreeMap<usize, W>,
    replies: Vec<(usize, R)>,
    closed: bool,
}

/// What a wish's work is told and tells while it goes on.
pub struct Errand<'a, W, R> {
    place: usize,
    shared: &'a Shared<W, R>,
    wake: &'a dyn Fn(),
}

impl<W, R> Errand<'_, W, R> {
    /// Hands over an answer; there may be several, each better than the last.
    pub fn reply(&self, reply: R) {
        self.shared.lock().replies.push((self.place, reply));
        (self.wake)();
    }

    /// Whether a newer wish for the place has come, or the thread is to end.
    pub fn is_stale(&self) -> bool {
        let desk = self.shared.lock();
        desk.closed || desk.wishes.contains_key(&self.place)
    }
}

impl<W: Send + 'static, R: Send + 'static> Errands<W, R> {
    /// Starts a thread that does `work` for each wish; it calls `wake` when there is an answer.
    pub fn spawn(
        name: &str,
        wake: impl Fn() + Send + 'static,
        mut work: impl FnMut(&Errand<W, R>, W) + Send + 'static,
    ) -> std::io::Result<Self> {
        let desk = Desk { wishes: BTreeMap::new(), replies: Vec::new(), closed: false };
        let shared = Arc::new(Shared { desk: Mutex::new(desk), arrival: Condvar::new() });
        let own = shared.clone();
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            step_back(Priority::Worker);
            let mut last = None;
            while let Some((place, wish)) = own.next(last) {
                last = Some(place);
                let errand = Errand { place, shared: &own, wake: &wake };
                // A wish that cannot be met is not answered; the next one may be.
                let _ = catch_unwind(AssertUnwindSafe(|| work(&errand, wish)));
            }
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub fn ask(&self, place: usize, wish: W) {
        self.shared.lock().wishes.insert(place, wish);
        self.shared.arrival.notify_one();
    }

    /// The answers since the last call, with their places.
    pub fn replies(&self) -> Vec<(usize, R)> {
        std::mem::take(&mut self.shared.lock().replies)
    }
}

impl<W, R> Drop for Errands<W, R> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.arrival.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

impl<W, R> Shared<W, R> {
    fn lock(&self) -> MutexGuard<'_, Desk<W, R>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next wish, of another place than `last` if there is one; none when the thread is to end.
    fn next(&self, last: Option<usize>) -> Option<(usize, W)> {
        let mut desk = self.lock();
        loop {
            if desk.closed {
                return None;
            }
            let after = desk.wishes.keys().copied().find(|&place| Some(place) > last);
            let place = after.or(desk.wishes.keys().next().copied());
            if let Some(wish) = place.and_then(|place| desk.wishes.remove_entry(&place)) {
                return Some(wish);
            }
            desk = self.arrival.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
