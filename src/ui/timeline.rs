//! Looking back: the bar under the panes that goes through the states that the runs have been in.

use std::time::{Duration, Instant};

use egui::{Button, Context, Slider, Ui, vec2};

use super::action::Action;
use super::session::Session;
use super::{format, theme};
use crate::config::Code;
use crate::engine::LiveRun;

/// How long playing back stays with one state.
const STATE: Duration = Duration::from_millis(160);

impl Session {
    /// Steps of which a run that is shown has a state, in order.
    pub fn kept_steps(&self) -> Vec<u64> {
        let shown = self.live.iter().flat_map(|live| live.runs.iter().zip(&live.timelines));
        let shown = shown.filter(|(run, _)| self.panes.iter().any(|pane| pane.run == run.id));
        let mut steps: Vec<u64> =
            shown.flat_map(|(_, states)| states.iter().map(|state| state.checkpoint.progress.step)).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// All that has been kept of a pane's run, oldest first.
    pub fn states(&self, pane: usize) -> &[LiveRun] {
        let run = self.panes.get(pane).map(|pane| pane.run);
        let runs = self.live.iter().flat_map(|live| live.runs.iter().zip(&live.timelines));
        runs.into_iter().find(|(live, _)| Some(live.id) == run).map_or(&[], |(_, states)| states)
    }

    /// The mean codes of each class, from the first state that was kept of a pane's run to `run`.
    pub fn trails(&self, pane: usize, run: &LiveRun) -> Vec<Vec<Code>> {
        let now = run.checkpoint.progress.step;
        let states = self.states(pane).iter().filter(|state| state.checkpoint.progress.step < now);
        let states: Vec<&LiveRun> = states.chain([run]).collect();
        let of = |class: usize| states.iter().filter_map(move |state| *state.summary.class_means.get(class)?);
        (0..run.summary.class_means.len()).map(|class| of(class).collect()).collect()
    }

    /// The state of a pane's run: the newest, or while one looks back the one it was in at that step.
    pub fn run(&self, pane: usize) -> Option<&LiveRun> {
        let run = self.panes.get(pane)?.run;
        let newest = || self.live.as_ref()?.runs.iter().find(|live| live.id == run);
        let Some(step) = self.looking else { return newest() };
        let states = self.states(pane);
        let then = states.partition_point(|state| state.checkpoint.progress.step <= step);
        states.get(then.saturating_sub(1)).or_else(newest)
    }

    /// Looks at the states of a step, or at the newest.
    pub fn look(&mut self, step: Option<u64>) {
        self.looking = step;
        self.playing = self.playing.filter(|_| step.is_some());
        for i in 0..self.panes.len() {
            if let Some(summary) = self.run(i).map(|run| run.summary.clone()) {
                self.panes[i].follow(&summary);
            }
        }
    }

    /// Goes on to the next state when it is time, while playing back.
    pub(super) fn play_on(&mut self, ctx: &Context) {
        let Some(since) = self.playing else { return };
        if since.elapsed() < STATE {
            ctx.request_repaint_after(STATE.saturating_sub(since.elapsed()));
            return;
        }
        let steps = self.kept_steps();
        let next = steps.into_iter().find(|&step| self.looking.is_none_or(|now| step > now));
        self.playing = Some(Instant::now());
        self.look(next);
        ctx.request_repaint_after(STATE);
    }

    /// Starts playing back from the state that is shown, or from the first; or stops.
    pub(super) fn play(&mut self, play: bool) {
        if play && self.looking.is_none() {
            let first = self.kept_steps().first().copied();
            self.look(first);
        }
        self.playing = play.then(Instant::now);
    }
}

pub fn show(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let steps = session.kept_steps();
    ui.horizontal(|ui| {
        let playing = session.playing.is_some();
        let play = ui.add_enabled(steps.len() > 1, Button::new(if playing { "⏸" } else { "▶" }));
        let meaning = "Plays back how the planes came to be, from the kept states of the runs";
        if play.on_hover_text(meaning).accessible_name("play back").clicked() {
            actions.push(Action::Play(!playing));
        }
        let last = steps.len().saturating_sub(1);
        let mut at = session.looking.map_or(last + 1, |step| steps.partition_point(|&s| s <= step).saturating_sub(1));
        ui.spacing_mut().slider_width = (ui.available_width() - 230.0).max(80.0);
        let slider = ui
            .add_enabled(!steps.is_empty(), Slider::new(&mut at, 0..=last + 1).show_value(false))
            .on_hover_text(
                "The kept states of the runs: powers of two at the start, then one an epoch. The right end is now. Training \
                 goes on while you look back.",
            )
            .accessible_name("timeline");
        if slider.changed() {
            actions.push(Action::LookAt(steps.get(at).copied()));
        }
        let live = Button::new("Live").min_size(vec2(56.0, 0.0)).selected(session.looking.is_none());
        if ui.add(live).on_hover_text("Shows the newest state again").clicked() {
            actions.push(Action::LookAt(None));
        }
        let text = match session.looking {
            Some(step) => format!("step {}", format::grouped(step)),
            None if steps.len() == 1 => "1 state kept".to_owned(),
            None => format!("{} states kept", steps.len()),
        };
        let color = if session.looking.is_some() { theme::WARNING } else { theme::quiet(ui) };
        ui.label(egui::RichText::new(text).font(theme::number_font()).color(color));
    });
}
