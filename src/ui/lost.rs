//! What the window promised and could not do before it closed: said by the program at its end, which then has failed.

use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Default)]
pub struct Lost(Arc<Mutex<Vec<String>>>);

impl Lost {
    /// Notes a loss, in a sentence.
    pub fn note(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// All that was noted.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
