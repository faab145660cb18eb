//! What time it is, for what happens after a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Default for Clock {
    /// Counts from now on.
    fn default() -> Self {
        let start = Instant::now();
        Self::new(move || start.elapsed())
    }
}

impl Clock {
    /// One that shows what `now` says, since the window was opened.
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub fn now(&self) -> Duration {
        (self.0)()
    }
}
