//! The window: panels, the keys that work everywhere, and what is saved when it closes.

use egui::util::undoer::Undoer;
use egui::{CentralPanel, Context, Frame, Margin, Panel, RichText, ScrollArea, Ui};

use super::action::Action;
use super::commands::{self, Command, Does};
use super::palette::{Outcome, Palette};
use super::session::{Session, Undoable};
use super::settings::{Settings, Tab};
use super::theme::{self, GAP};
use super::{
    Start, draw_tab, inference_tab, losses, measures_tab, pane, path_tab, plane, samples, selection, side, timeline,
    toolbar,
};
use crate::model::Compute;

const STORAGE_KEY: &str = "settings";

pub struct App {
    pub session: Session,
    palette: Option<Palette>,
    undo: Undoer<Undoable>,
}

impl App {
    /// With the settings of last time, if there was one.
    pub fn new(cc: &eframe::CreationContext, start: Start, compute: Compute) -> std::io::Result<Self> {
        let settings = cc.storage.and_then(|storage| eframe::get_value(storage, STORAGE_KEY)).unwrap_or_default();
        Self::with_settings(&cc.egui_ctx, settings, start, compute)
    }

    pub fn with_settings(ctx: &Context, settings: Settings, start: Start, compute: Compute) -> std::io::Result<Self> {
        theme::install(ctx);
        let session = Session::new(ctx, settings, start, compute)?;
        Ok(Self { session, palette: None, undo: Undoer::default() })
    }

    /// A frame: what is seen, and what it leads to.
    pub fn draw(&mut self, ui: &mut Ui) {
        if ui.ctx().options(|options| options.theme_preference) != self.session.settings.theme {
            ui.ctx().set_theme(self.session.settings.theme);
        }
        let (settings, mut actions) = self.panels(ui);
        let mut called = keys(ui, &self.session, &mut actions);
        called.extend(self.palette(ui.ctx()));
        self.session.pace.frame();
        if self.session.settings.frame_rate {
            ui.request_repaint();
        }
        if settings != self.session.settings {
            self.session.change(settings);
        }
        for action in actions {
            self.session.apply(action);
        }
        let now = self.session.undoable();
        self.undo.feed_state(ui.input(|i| i.time), &now);
        called.into_iter().for_each(|command| self.call(command));
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        for file in dropped {
            let name = file.path().display();
            match file.bytes() {
                Ok(bytes) => self.session.take_file(&name.to_string(), &bytes),
                Err(why) => self.session.complain(format!("{name} cannot be read: {why}")),
            }
        }
        self.session.request_pictures();
        self.session.request_journeys();
        self.session.request_inference();
        self.session.request_theory();
    }

    /// Shows the palette while it is open; what was chosen in it.
    fn palette(&mut self, ctx: &Context) -> Option<Command> {
        let palette = self.palette.as_mut()?;
        let mut commands = commands::all(&self.session);
        match palette.show(ctx, &commands) {
            Outcome::Open => None,
            Outcome::Closed => {
                self.palette = None;
                None
            }
            Outcome::Chosen(i) => {
                self.palette = None;
                Some(commands.swap_remove(i))
            }
        }
    }

    fn call(&mut self, command: Command) {
        let now = self.session.undoable();
        match command.does {
            Does::Act(action) => self.session.apply(action),
            Does::Set(change) => {
                let mut settings = self.session.settings.clone();
                change(&mut settings);
                self.session.change(settings);
            }
            Does::Undo => {
                if let Some(before) = self.undo.undo(&now).cloned() {
                    self.session.restore(before);
                }
            }
            Does::Redo => {
                if let Some(after) = self.undo.redo(&now).cloned() {
                    self.session.restore(after);
                }
            }
            Does::Palette => self.palette = Some(Palette::default()),
            Does::Shortcuts => self.palette = Some(Palette::shortcuts()),
        }
    }

    fn panels(&mut self, ui: &mut Ui) -> (Settings, Vec<Action>) {
        let session = &mut self.session;
        let mut settings = session.settings.clone();
        let mut actions = Vec::new();
        // The window is cleared to the colour of a panel; filling every panel with it again would cost a software
        // renderer as much as all that is drawn.
        let frame = Frame::NONE.inner_margin(Margin::same(GAP as i8));
        Panel::top("toolbar").frame(frame).exact_size(46.0).show(ui, |ui| {
            toolbar::show(ui, session, &mut settings, &mut actions);
        });
        if settings.hint {
            Panel::top("hint")
                .frame(frame.fill(theme::ACCENT.gamma_multiply(0.25)))
                .show(ui, |ui| hint(ui, &mut settings));
        }
        Panel::left("side").frame(frame).resizable(false).exact_size(232.0).show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| side::show(ui, session, &mut settings, &mut actions));
        });
        // Tabs with more in them have a height of their own.
        let (below_id, share) = if settings.tab.is_tall() { ("below, tall", 0.42) } else { ("below", 0.26) };
        let height = share * ui.available_height();
        Panel::bottom(below_id).frame(frame).resizable(true).default_size(height).min_size(120.0).show(ui, |ui| {
            below(ui, session, &mut settings, &mut actions);
            // The panel keeps its height whatever the tab fills.
            ui.take_available_space();
        });
        Panel::bottom("timeline")
            .frame(frame)
            .exact_size(36.0)
            .show(ui, |ui| timeline::show(ui, session, &mut actions));
        CentralPanel::default().frame(frame).show(ui, |ui| panes(ui, session, &mut actions));
        (settings, actions)
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.session.poll(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, STORAGE_KEY, &self.session.settings_to_save());
    }
}

fn panes(ui: &mut Ui, session: &mut Session, actions: &mut Vec<Action>) {
    let count = session.panes.len();
    if count == 0 {
        ui.centered_and_justified(|ui| match &session.notice {
            Some(notice) if notice.is_error => ui.label(RichText::new(&notice.text).color(theme::WARNING)),
            _ => ui.label("Loading the images…"),
        });
        return;
    }
    // Four panes are two above two.
    let across = if count == 4 { 2 } else { count };
    let room = ui.available_rect_before_wrap();
    let size = (room.size() + egui::Vec2::splat(2.0 * GAP)) / egui::vec2(across as f32, count.div_ceil(across) as f32);
    for i in 0..count {
        let corner = room.min + egui::vec2((i % across) as f32, (i / across) as f32) * size;
        let rect = egui::Rect::from_min_size(corner, size - egui::Vec2::splat(2.0 * GAP));
        let pane_ui = egui::UiBuilder::new().id_salt(("pane", i)).max_rect(rect);
        ui.scope_builder(pane_ui, |ui| pane::show(ui, session, i, actions));
    }
}

fn below(ui: &mut Ui, session: &mut Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        for tab in Tab::ALL {
            ui.selectable_value(&mut settings.tab, tab, tab.name()).on_hover_text(tab.meaning());
        }
        if let Some(notice) = &session.notice {
            ui.separator();
            let color = if notice.is_error { theme::WARNING } else { theme::quiet(ui) };
            ui.label(RichText::new(&notice.text).color(color));
            if ui.small_button("OK").on_hover_text("Take this message away").clicked() {
                actions.push(Action::DismissNotice);
            }
        }
    });
    match settings.tab {
        Tab::Losses => losses::show(ui, session, settings),
        Tab::Path => path_tab::show(ui, session, settings, actions),
        Tab::Samples => samples::show(ui, session, settings, actions),
        Tab::Draw => draw_tab::show(ui, session, settings, actions),
        Tab::Selection => selection::show(ui, session, actions),
        Tab::Inference => inference_tab::show(ui, session, settings, actions),
        Tab::Measures => measures_tab::show(ui, session, settings, actions),
    }
}

/// Keys call commands and the arrows move the cursor, unless a control has the keyboard.
fn keys(ui: &Ui, session: &Session, actions: &mut Vec<Action>) -> Vec<Command> {
    if ui.text_edit_focused() {
        return Vec::new();
    }
    let focused = ui.memory(|memory| memory.focused());
    let on_plane = focused.is_none_or(|id| session.panes.iter().any(|pane| pane.plane_id == Some(id)));
    if on_plane && let Some((right, up)) = plane::nudge(ui) {
        actions.push(Action::Nudge { right, up });
    }
    // The longer first, for Ctrl+Shift+Z holds Ctrl+Z.
    let mut commands = commands::all(session);
    commands.sort_by_key(|command| std::cmp::Reverse(command.key.is_some_and(|(modifiers, _)| modifiers.shift)));
    let is_pressed = |command: &Command| {
        command.key.is_some_and(|(modifiers, key)| {
            (on_plane || modifiers.any()) && ui.input_mut(|input| input.consume_key(modifiers, key))
        })
    };
    commands.into_iter().filter(is_pressed).collect()
}

/// Three sentences for someone who has never seen the window.
fn hint(ui: &mut Ui, settings: &mut Settings) {
    ui.horizontal_wrapped(|ui| {
        ui.label(
            "Both models learn the same images; each plane shows where its model puts them. Drag in a plane and see what \
             either model decodes there. Then switch the KL term off, or raise β, and watch the VAE's plane change.",
        );
        if ui.button("Got it").on_hover_text("Ctrl+K lists all commands, ? the shortcuts").clicked() {
            settings.hint = false;
        }
    });
}
