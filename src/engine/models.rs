//! The models that jobs used last, restored once for both workers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Checkpoint, Compute, InPlane, ModelError};

/// Two for each pane that there may be: what it shows now, and what it is compared with.
const MOST: usize = 8;
/// As many stay whatever they take: what two panes show.
const LEAST: usize = 2;
/// The part of the memory that is allowed which the others may take.
const SHARE: usize = 16;

/// A cache from checkpoint, by identity, to frozen model; of the models used last as many are kept as the memory is for.
pub struct Models {
    compute: Compute,
    /// Newest first.
    held: Mutex<VecDeque<Held>>,
}

#[derive(Clone)]
struct Held {
    checkpoint: Arc<Checkpoint>,
    /// Locked while it is being restored, so that who else wants it waits for it.
    model: Arc<Mutex<Option<Arc<InPlane>>>>,
}

impl Models {
    /// Models that compute on `compute`.
    pub fn new(compute: Compute) -> Self {
        Self { compute, held: Mutex::default() }
    }

    /// Where the models compute.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// The model of a checkpoint.
    pub fn get(&self, checkpoint: &Arc<Checkpoint>) -> Result<Arc<InPlane>, ModelError> {
        let slot = self.slot(checkpoint);
        let mut slot = lock(&slot);
        if let Some(model) = &*slot {
            return Ok(model.clone());
        }
        let model = Arc::new(checkpoint.restore_in_plane(self.compute.clone())?);
        *slot = Some(model.clone());
        Ok(model)
    }

    fn slot(&self, checkpoint: &Arc<Checkpoint>) -> Arc<Mutex<Option<Arc<InPlane>>>> {
        let mut all = lock(&self.held);
        let known = all.iter().position(|held| Arc::ptr_eq(&held.checkpoint, checkpoint));
        let held = known.and_then(|i| all.remove(i));
        let held = held.unwrap_or_else(|| Held { checkpoint: checkpoint.clone(), model: Arc::default() });
        all.push_front(held.clone());
        // Each with the checkpoint that it is of.
        let bytes = |held: &Held| 2 * size_of_val(held.checkpoint.parameters.as_slice());
        let allowed = self.compute.memory.bytes() / SHARE;
        while all.len() > MOST || (all.len() > LEAST && all.iter().map(bytes).sum::<usize>() > allowed) {
            all.pop_back();
        }
        held.model
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
