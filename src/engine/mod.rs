//! The threads. One owns the runs and trains them: commands go down, events and newest states come up. It is told how to
//! wake whoever listens and does not know that it is a screen. No mathematics here.

mod decoder;
mod errands;
mod handle;
mod ids;
mod messages;
mod runs;
mod slot;
mod threads;
mod timeline;
mod trainer_thread;

pub use decoder::{Ask, Decoder, Reply};
pub use errands::{Errand, Errands};
pub use handle::Engine;
pub use ids::{RunId, SessionId};
pub use messages::{Command, Event, Live, LiveRun, Origin, Stage};
pub use slot::Slot;
pub use timeline::{Timeline, thin};

pub use crate::train::Resumed;
