//! Learning: one step at a time, on batches that come in; and the folder that a run is kept in. No thread and no screen
//! in here.

mod adam;
mod history;
mod lockstep;
mod metrics;
mod opened;
mod run_folder;
mod run_writer;
mod trainer;

pub use adam::{Adam, adam_step};
pub use history::{Curve, History};
pub use lockstep::{LockStep, Run, RunSettings};
pub use metrics::EpochMetrics;
pub use opened::Opened;
pub use run_folder::{Begun, METRICS_FILE, MODEL_FILE, RUN_FILE, Record, RunFolder, RunFolderError, Started};
pub use run_writer::RunWriter;
pub use trainer::{StepError, Trainer};
