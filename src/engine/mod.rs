//! The threads. One owns the runs and trains them: commands go down, events and newest states come up. Two workers serve
//! requests: jobs keyed by whom they are for, the newest request of a key wins. All are told how to wake whoever listens
//! and do not know that it is a screen. No mathematics here.

mod handle;
mod ids;
mod jobs;
mod kept;
mod mail;
mod messages;
mod models;
mod queue;
mod requests;
mod runs;
mod shared;
mod slot;
mod task;
mod threads;
mod timeline;
mod trainer_thread;
mod workers;

pub use handle::Engine;
pub use ids::{RunId, SessionId};
pub use jobs::{Job, JobError, Request};
pub use kept::{Kept, KeptRun, Origin, State};
pub use messages::{Command, Event, Live, LiveRun, Stage};
pub use queue::Urgency;
pub use requests::{Answer, Requests};
pub use shared::Shared;
pub use slot::Slot;
pub use timeline::{Timeline, thin};
pub use workers::{BeforeJob, JobName, Workers};
