//! Learning: one step at a time, on batches that come in. No thread and no screen in here.

mod adam;
mod history;
mod lockstep;
mod trainer;

pub use adam::{Adam, adam_step};
pub use history::{Curve, History};
pub use lockstep::{LockStep, Resumed, Run, RunSettings};
pub use trainer::{StepError, Trainer};
