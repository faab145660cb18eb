//! What workers have found out and the front end has not taken in yet: of each key the newest reply and the newest failure.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::jobs::Request;

/// News of a job.
pub struct Message<K, R: Request> {
    pub key: K,
    /// Grows from one job to the next.
    pub ticket: u64,
    pub request: R,
    pub outcome: Outcome<R::Reply>,
    /// Since the request.
    pub elapsed: Duration,
}

/// What came of a job.
pub enum Outcome<T> {
    Reply { reply: T, is_final: bool },
    Failure(String),
}

/// The lane from the workers to one front end's `Requests`.
pub struct Mail<K, R: Request>(Mutex<Vec<Message<K, R>>>);

impl<K, R: Request> Default for Mail<K, R> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: PartialEq, R: Request> Mail<K, R> {
    /// Puts news in the place of older ones of the same sort for the same key.
    pub fn put(&self, message: Message<K, R>) {
        let sort = |message: &Message<K, R>| matches!(message.outcome, Outcome::Failure(_));
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = messages.iter_mut().find(|old| old.key == message.key && sort(old) == sort(&message));
        // Dropped after the lock is given back.
        let _older = match same {
            Some(old) if old.ticket > message.ticket => Some(message),
            Some(old) => Some(std::mem::replace(old, message)),
            None => {
                messages.push(message);
                None
            }
        };
        drop(messages);
    }

    /// Takes out all news.
    pub fn take(&self) -> Vec<Message<K, R>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
