//! A run that was trained before.

use std::sync::Arc;

use super::History;
use crate::model::Checkpoint;

/// Where it is, and what it measured on the way there.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub checkpoint: Arc<Checkpoint>,
    /// Empty where the folder has no metrics.
    pub history: History,
}

impl From<Checkpoint> for Opened {
    fn from(checkpoint: Checkpoint) -> Self {
        Self { checkpoint: Arc::new(checkpoint), history: History::default() }
    }
}
