//! The command palette: every command, found by its name; and the list of shortcuts.

use egui::{Align2, Area, Context, Id, Key, Modal, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::ui::command::{Command, Does};
use crate::ui::look::theme;

pub struct Palette {
    /// As they were when it was opened.
    commands: Vec<Command>,
    /// Only those commands that have a key.
    shortcuts: bool,
    text: String,
    chosen: usize,
}

/// What a palette came to in a frame.
pub enum Outcome {
    Open,
    Closed,
    /// The command at this place of the list.
    Chosen(usize),
}

impl Palette {
    pub fn of_all(commands: Vec<Command>) -> Self {
        Self { commands, shortcuts: false, text: String::new(), chosen: 0 }
    }

    pub fn shortcuts(commands: Vec<Command>) -> Self {
        Self { shortcuts: true, ..Self::of_all(commands) }
    }

    /// What the command at a place of the list does.
    pub fn take(mut self, place: usize) -> Does {
        self.commands.swap_remove(place).does
    }

    pub fn show(&mut self, ctx: &Context) -> Outcome {
        let area =
            Area::new(Id::unique("palette")).anchor(Align2::CENTER_TOP, vec2(0.0, 90.0)).order(egui::Order::Foreground);
        let modal = Modal::new(Id::unique("palette")).area(area).show(ctx, |ui| self.content(ui));
        match modal.inner {
            Some(chosen) => Outcome::Chosen(chosen),
            None if modal.should_close() => Outcome::Closed,
            None => Outcome::Open,
        }
    }

    fn content(&mut self, ui: &mut Ui) -> Option<usize> {
        let commands = &self.commands;
        ui.set_width(460.0);
        let hint = if self.shortcuts { "Shortcuts" } else { "What do you want to do?" };
        let field = ui.add(TextEdit::singleline(&mut self.text).hint_text(hint).desired_width(f32::INFINITY));
        let field = field.accessible_name("find a command");
        field.request_focus();
        if field.changed() {
            self.chosen = 0;
        }
        let matches = |command: &Command| {
            (!self.shortcuts || command.key.is_some())
                && is_found(&command.name.to_lowercase(), &self.text.to_lowercase())
        };
        let found: Vec<usize> = (0..commands.len()).filter(|&i| matches(&commands[i])).collect();
        let count = |key| ui.input(|i| i.num_presses(key));
        self.chosen = (self.chosen + count(Key::ArrowDown)).min(found.len().saturating_sub(1));
        self.chosen = self.chosen.saturating_sub(count(Key::ArrowUp));
        let mut outcome = ui.input(|i| i.key_pressed(Key::Enter)).then(|| found.get(self.chosen).copied()).flatten();
        let moved = count(Key::ArrowDown) + count(Key::ArrowUp) > 0;
        ui.add_space(theme::GAP / 2.0);
        ScrollArea::vertical().max_height(380.0).show(ui, |ui| {
            for (place, &i) in found.iter().enumerate() {
                ui.horizontal(|ui| {
                    let row = ui.selectable_label(place == self.chosen, &commands[i].name);
                    if place == self.chosen && moved {
                        row.scroll_to_me(None);
                    }
                    if row.clicked() {
                        outcome = Some(i);
                    }
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        // Beside the scroll bar, which floats.
                        ui.add_space(theme::GAP);
                        let key = RichText::new(commands[i].key_name()).font(theme::number_font());
                        ui.label(key.color(theme::quiet(ui)));
                    });
                });
            }
            if found.is_empty() {
                ui.label(RichText::new("No command has this name.").color(theme::quiet(ui)));
            }
        });
        outcome
    }
}

/// Whether the letters of `text` occur in `name` in their order.
fn is_found(name: &str, text: &str) -> bool {
    let mut letters = name.chars();
    text.chars().filter(|c| !c.is_whitespace()).all(|wanted| letters.any(|letter| letter == wanted))
}
