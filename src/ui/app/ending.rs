//! What the window leaves behind: what is finished before it closes, and what is kept for the next time.

use std::time::Duration;

use egui::Context;

use super::App;
use crate::session::Action;
use crate::ui::preferences;

/// How long preferences must stay as they are before they are saved.
const CALM: Duration = Duration::from_secs(1);

impl App {
    /// Waits for exports that are under way before the window closes; stays if one of them could not be written or asks something.
    pub(super) fn leave(&mut self, ctx: &Context, outcomes: &[Action]) {
        let is_told = self.outside.stop.is_asked();
        let is_waiting = self.leaving.is_waiting();
        for outcome in outcomes.iter().filter(|_| is_waiting) {
            match outcome {
                Action::Notify(notice) if !notice.is_error => {}
                Action::Notify(notice) if is_told => self.outside.lost.note(notice.text.clone()),
                // A question that no one answers is noted when the exporter ends.
                _ if is_told => {}
                _ => self.leaving.stay(),
            }
        }
        let is_under_way = !self.exporter.under_way().is_empty();
        self.leaving.update(ctx, is_under_way, is_told, self.outside.clock.now());
    }

    /// Keeps what is worth keeping for the next time, if it has changed.
    fn keep(&mut self) {
        let now = self.session.preferences();
        if now == self.kept {
            return;
        }
        if let Some(file) = &self.outside.preferences
            && let Err(reason) = preferences::save(file, &now)
        {
            self.outside.lost.note(reason);
        }
        self.kept = now;
    }

    /// The same once it has stayed as it is for a while, without holding up the window.
    pub(super) fn keep_what_stays(&mut self, ctx: &Context) {
        let Some(file) = &self.outside.preferences else { return };
        let time = self.outside.clock.now();
        if self.changed.as_ref().is_some_and(|(_, since)| time.saturating_sub(*since) < CALM) {
            return;
        }
        let now = self.session.preferences();
        if let Some((before, _)) = self.changed.take()
            && before == now
            && now != self.kept
            && self.keeping.keep_preferences(file, &now)
        {
            self.kept = now.clone();
        }
        if now != self.kept {
            ctx.request_repaint_after(CALM);
        }
        self.changed = Some((now, time));
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.keep();
        for lost in self.keeping.close(&self.session, &mut self.engine) {
            self.outside.lost.note(lost);
        }
    }
}
