//! Keys, the palette and files that are dropped: what they call.

use egui::{Context, Ui};

use super::App;
use crate::session::archive::ENDING;
use crate::session::{Action, Notice};
use crate::ui::command::{Command, Does};
use crate::ui::shell::{self, Outcome, Palette};
use crate::ui::{images, plane};

impl App {
    /// Shows the palette while it is open; what was chosen in it.
    pub(super) fn chosen(&mut self, ctx: &Context) -> Option<Does> {
        let outcome = self.palette.as_mut()?.show(ctx);
        match outcome {
            Outcome::Open => return None,
            Outcome::Closed => self.palette = None,
            Outcome::Chosen(i) => return self.palette.take().map(|palette| palette.take(i)),
        }
        None
    }

    fn commands(&self) -> Vec<Command> {
        shell::commands(&self.session, &self.tabs, &self.offers())
    }

    pub(super) fn call(&mut self, does: Does) {
        match does {
            Does::Act(action) => self.act(action),
            Does::Palette => self.palette = Some(Palette::of_all(self.commands())),
            Does::SaveAs => self.keeping.save_as(),
            Does::Open => self.keeping.choose(),
            Does::OpenPrevious => {
                let wish = self.keeping.open_previous();
                wish.into_iter().for_each(|wish| self.grant(wish));
            }
            Does::OpenImages => self.images.open(),
            Does::Shortcuts => self.palette = Some(Palette::shortcuts(self.commands())),
        }
    }

    /// Keys call commands and the arrows move the cursor, unless a control has the keyboard.
    pub(super) fn keys(&self, ui: &Ui, actions: &mut Vec<Action>) -> Vec<Does> {
        let is_pressed = |event: &egui::Event| matches!(event, egui::Event::Key { pressed: true, .. });
        let quiet = !ui.input(|input| input.events.iter().any(is_pressed));
        let is_asking = self.session.confirmation().is_some()
            || self.session.draft().is_some()
            || self.images.is_open()
            || self.keeping.is_asking()
            || self.leaving.is_waiting();
        if quiet || ui.text_edit_focused() || is_asking {
            return Vec::new();
        }
        let focused = ui.memory(|memory| memory.focused());
        let on_plane = focused.is_none_or(|id| self.panes.is_plane(id));
        if on_plane && let Some((right, up)) = plane::nudge(ui) {
            actions.push(Action::Nudge { right, up });
        }
        // The longer first, for Ctrl+Shift+Z holds Ctrl+Z.
        let mut commands = self.commands();
        commands.sort_by_key(|command| std::cmp::Reverse(command.key.is_some_and(|(modifiers, _)| modifiers.shift)));
        let is_called = |command: &Command| {
            command.key.is_some_and(|(modifiers, key)| {
                (on_plane || modifiers.any()) && ui.input_mut(|input| input.consume_key(modifiers, key))
            })
        };
        commands.into_iter().filter(is_called).map(|command| command.does).collect()
    }

    pub(super) fn take_dropped(&mut self, ctx: &Context) {
        for file in ctx.input(|input| input.raw.dropped_files.clone()) {
            if file.path().extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING)) {
                self.act(Action::Open(file.path().to_owned()));
                continue;
            }
            if images::is_set(file.path()) {
                self.images.read(file.path());
                continue;
            }
            match file.bytes() {
                Ok(bytes) => {
                    if !self.tabs.take_file(&self.session, file.path(), &bytes) {
                        self.act(Action::Notify(Notice::error(
                            "Wait until the images are loaded, then drop the file again.",
                        )));
                    }
                }
                Err(why) => {
                    let text = format!("{} cannot be read: {why}", file.path().display());
                    self.act(Action::Notify(Notice::error(text)));
                }
            }
        }
    }
}
