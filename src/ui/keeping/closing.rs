//! What is kept and finished before the window closes.

use std::time::{Duration, Instant};

use super::saver::Done;
use super::written::Purpose;
use super::{Keeping, Wish};
use crate::engine::{Engine, Event};
use crate::session::Session;

/// How long closing waits for states that the engine was asked for.
const PATIENCE: Duration = Duration::from_secs(5);

impl Keeping {
    /// Keeps what there is and finishes what was promised before the window closes. What failed, in sentences.
    pub fn close(&mut self, session: &Session, engine: &mut Engine) -> Vec<String> {
        let is_kept = self.place.is_some() && self.left.is_none();
        if is_kept
            && self.autosave.has_news(session)
            && let Some(Wish::Send(id, command)) = self.autosave(session, Duration::ZERO)
        {
            engine.send(id, command);
        }
        let since = Instant::now();
        while !self.asked.is_empty() && since.elapsed() < PATIENCE {
            for event in engine.poll().1 {
                if let Event::Saved { number, kept } = event {
                    self.take(number, &kept);
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut failed = Vec::new();
        for asked in std::mem::take(&mut self.asked).into_values() {
            failed.push(format!("{} was not written: the training thread did not answer", asked.file.display()));
        }
        for done in self.saver.finish() {
            match done {
                Done::Failed { reason, .. } | Done::SettingsFailed(reason) => failed.push(reason),
                Done::Exists(file) => failed.push(format!("{} exists already and was not replaced", file.display())),
                Done::Written { purpose: Purpose::Autosave, .. } => self.retire_adopted(),
                Done::Written { .. } | Done::Read(_) | Done::Listed(_) => {}
            }
        }
        if is_kept && !session.is_unsaved() {
            // All that was learnt is in a file of the person's.
            self.retire_adopted();
            let retired = self.place.as_ref().map_or(Ok(()), |(_, own)| own.retire());
            failed.extend(retired.err().map(|error| error.to_string()));
        }
        failed
    }
}
