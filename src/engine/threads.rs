//! What the threads of the engine share: how important they are, and what a panic said.

use std::any::Any;

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// How important a thread is, from 0 to 99, half being normal: what draws is normal and comes first.
#[derive(Clone, Copy, Debug)]
pub enum Priority {
    /// Behind drawing, before training.
    Worker = 38,
    /// All that the others leave.
    Trainer = 25,
}

/// Gives the current thread a priority, as far as the system lets it: where it refuses, the thread is as important as those
/// that draw, and the window slower, no more.
pub fn step_back(priority: Priority) {
    if let Ok(priority) = ThreadPriorityValue::try_from(priority as u8) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(priority));
    }
}

/// What a thread said when it panicked.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown reason")
}
