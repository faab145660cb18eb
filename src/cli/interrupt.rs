//! Ctrl+C in a terminal, or being told to end: once ends in good order, twice at once.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// What a process that a signal ended is known by, less the signal's number.
const ENDED_BY: i32 = 128;

pub struct Interrupt {
    /// The number of the signal, once it came.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From now on a signal is heard here and does not end the process, unless it comes again.
    pub fn listen() -> Result<Self> {
        let (is_second, number) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first of them that comes arms the other.
            flag::register_conditional_shutdown(signal, ENDED_BY + signal, is_second.clone())?;
            flag::register(signal, is_second.clone())?;
            flag::register_usize(signal, number.clone(), signal as usize)?;
        }
        Ok(Self { signal: number })
    }

    pub fn is_requested(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// What the process then ends with.
    pub fn code(&self) -> ExitCode {
        ExitCode::from((ENDED_BY as usize + self.signal.load(Ordering::Relaxed)) as u8)
    }
}
