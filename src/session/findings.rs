//! What the background has found and several parts of the window read; each finding is kept with the run and the state it
//! is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::RunId;
use crate::explore::FollowedRoute;
use crate::explore::measures::Measures;
use crate::model::Checkpoint;

#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The path through each run's plane.
    pub paths: BTreeMap<RunId, Arc<FollowedRoute>>,
    pub measures: BTreeMap<RunId, Measured>,
}

/// The measures of a run at a state.
#[derive(Clone, Debug)]
pub struct Measured {
    pub of: Arc<Checkpoint>,
    pub measures: Arc<Measures>,
}

/// One of them.
#[derive(Clone, Debug)]
pub enum Finding {
    Path {
        run: RunId,
        path: Arc<FollowedRoute>,
    },
    Measures {
        run: RunId,
        measured: Measured,
    },
    /// Measuring a run has ended without a result, for the reason given or because it was stopped.
    Unmeasured {
        run: RunId,
    },
}

impl PartialEq for Finding {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path { run, path }, Self::Path { run: other, path: theirs }) => {
                run == other && Arc::ptr_eq(path, theirs)
            }
            (Self::Measures { run, measured }, Self::Measures { run: other, measured: theirs }) => {
                run == other && Arc::ptr_eq(&measured.measures, &theirs.measures)
            }
            (Self::Unmeasured { run }, Self::Unmeasured { run: other }) => run == other,
            _ => false,
        }
    }
}
