//! How many frames a second are drawn.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What is looked back on.
const WINDOW: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub struct FrameRate(VecDeque<Instant>);

impl FrameRate {
    /// Counts a frame; how many there were a second lately.
    pub fn count(&mut self) -> f32 {
        let now = Instant::now();
        self.0.push_back(now);
        while self.0.front().is_some_and(|then| now - *then > WINDOW) {
            self.0.pop_front();
        }
        self.0.len() as f32 / WINDOW.as_secs_f32()
    }
}
