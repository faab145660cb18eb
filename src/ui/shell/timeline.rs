//! Looking back: the bar under the panes that goes through the states that the runs have been in.

use egui::{Button, RichText, Slider, Ui, vec2};

use crate::format;
use crate::session::{Action, Session};
use crate::ui::look::theme;

pub fn show(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let steps = session.kept_steps();
    ui.horizontal(|ui| {
        let playing = session.is_playing();
        let play = ui.add_enabled(steps.len() > 1, Button::new(if playing { "⏸" } else { "▶" }));
        let meaning = "Plays back how the planes came to be, from the kept states of the runs";
        if play.on_hover_text(meaning).accessible_name("play back").clicked() {
            actions.push(Action::Play(!playing));
        }
        let last = steps.len().saturating_sub(1);
        let mut at = session.looking().map_or(last + 1, |step| steps.partition_point(|&s| s <= step).saturating_sub(1));
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
        let live = Button::new("Live").min_size(vec2(56.0, 0.0)).selected(session.looking().is_none());
        if ui.add(live).on_hover_text("Shows the newest state again").clicked() {
            actions.push(Action::LookAt(None));
        }
        let text = match session.looking() {
            Some(step) => format!("step {}", format::grouped(step)),
            None if steps.len() == 1 => "1 state kept".to_owned(),
            None => format!("{} states kept", steps.len()),
        };
        let color = if session.looking().is_some() { theme::WARNING } else { theme::quiet(ui) };
        ui.label(RichText::new(text).font(theme::number_font()).color(color));
    });
}
