//! The lane for what is soon out of date.

use std::sync::{Mutex, PoisonError};

/// A lane of one place where the newest value wins.
#[derive(Debug)]
pub struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Slot<T> {
    /// Puts a value in the place of the one that is there.
    pub fn put(&self, value: T) {
        // The older one is dropped after the lock is given back.
        let _older = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(value);
    }

    /// Takes the value out.
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
