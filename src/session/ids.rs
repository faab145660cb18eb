//! The names of panes. A number that was given once is never given again.

use serde::{Deserialize, Serialize};

/// A pane, wherever it stands and whichever run it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaneId(pub u64);
