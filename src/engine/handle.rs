//! The trainer thread, seen from outside.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::messages::{Addressed, Command, Event, Live};
use super::slot::Slot;
use super::threads::panic_text;
use super::{SessionId, trainer_thread};
use crate::model::Compute;

/// Commands waiting and events waiting; more wait on the sender's side.
const LANE: usize = 64;

/// The trainer thread, seen from outside. Dropping it ends the thread.
pub struct Engine {
    commands: Option<Sender<Addressed>>,
    events: Option<Receiver<Event>>,
    live: Arc<Slot<Live>>,
    waiting: VecDeque<Addressed>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread; it calls `wake` after it has put something into a lane. It computes on `compute`'s device with as
    /// many threads of its own.
    pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (command_sender, commands) = bounded(LANE);
        let (events, event_receiver) = bounded(LANE);
        let (live, closing) = (Arc::new(Slot::default()), Arc::new(AtomicBool::new(false)));
        let (slot, close) = (live.clone(), closing.clone());
        let thread = Builder::new().name("trainer".to_owned()).spawn(move || {
            let run = || trainer_thread::run(compute, &commands, &events, &slot, &close, &wake);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
                let what = panic_text(&*panic);
                // No one is left to tell when this fails.
                let _ = events.send(Event::Died(format!("the training thread ended: {what}; restart the program")));
                wake();
            }
        })?;
        let (commands, events) = (Some(command_sender), Some(event_receiver));
        Ok(Self { commands, events, live, waiting: VecDeque::new(), closing, thread: Some(thread) })
    }

    /// Sends a command to a session. `Start` and `Resume` begin the session, which is to be one that never was; any other
    /// command for a session that is not the current one is dropped. Never waits: a command that finds the lane full
    /// is sent at the next `send` or `poll`.
    pub fn send(&mut self, session: SessionId, command: Command) {
        self.waiting.push_back((session, command));
        self.flush();
    }

    /// The newest state, if there is one since the last call, and all events since then.
    pub fn poll(&mut self) -> (Option<Live>, Vec<Event>) {
        self.flush();
        // In this order: the `Started` of a state is sent before it, so it is among the events.
        let live = self.live.take();
        let events = self.events.iter().flat_map(Receiver::try_iter).collect();
        (live, events)
    }

    fn flush(&mut self) {
        let Some(commands) = &self.commands else { return };
        while let Some(command) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(command)) = commands.try_send(command) {
                self.waiting.push_front(command);
                return;
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
        // A thread that waits at a lane wakes up without it.
        (self.commands, self.events) = (None, None);
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported as an event.
            let _ = thread.join();
        }
    }
}
