//! The window: panels, the keys that work everywhere, and what is saved when it closes.

use egui::{CentralPanel, Context, Frame, Key, Margin, Panel, RichText, ScrollArea, Ui};

use super::session::{Action, Session};
use super::settings::{Settings, Tab};
use super::theme::{self, GAP};
use super::{Start, losses, pane, path_tab, plane, side, timeline, toolbar};
use crate::model::Compute;

const STORAGE_KEY: &str = "settings";

pub struct App {
    pub session: Session,
}

impl App {
    /// With the settings of last time, if there was one.
    pub fn new(cc: &eframe::CreationContext, start: Start, compute: Compute) -> std::io::Result<Self> {
        let settings = cc.storage.and_then(|storage| eframe::get_value(storage, STORAGE_KEY)).unwrap_or_default();
        Self::with_settings(&cc.egui_ctx, settings, start, compute)
    }

    pub fn with_settings(ctx: &Context, settings: Settings, start: Start, compute: Compute) -> std::io::Result<Self> {
        theme::install(ctx);
        Ok(Self { session: Session::new(ctx, settings, start, compute)? })
    }

    /// A frame: what is seen, and what it leads to.
    pub fn draw(&mut self, ui: &mut Ui) {
        if ui.ctx().options(|options| options.theme_preference) != self.session.settings.theme {
            ui.ctx().set_theme(self.session.settings.theme);
        }
        let (settings, mut actions) = self.panels(ui);
        keys(ui, &self.session, &mut actions);
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
        self.session.request_pictures();
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
        Panel::left("side").frame(frame).resizable(false).exact_size(232.0).show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| side::show(ui, session, &mut settings, &mut actions));
        });
        let below_height = 0.26 * ui.available_height();
        Panel::bottom("below").frame(frame).resizable(true).default_size(below_height).min_size(120.0).show(ui, |ui| {
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
        for (tab, name, meaning) in [
            (Tab::Losses, "Losses", "The terms of the loss over steps"),
            (Tab::Path, "Path", "Images decoded on the way from one code to another"),
        ] {
            ui.selectable_value(&mut settings.tab, tab, name).on_hover_text(meaning);
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
    }
}

/// Space trains and pauses, the arrows move the cursor; unless a control has the keyboard.
fn keys(ui: &Ui, session: &Session, actions: &mut Vec<Action>) {
    let focused = ui.memory(|memory| memory.focused());
    let on_plane = focused.is_none_or(|id| session.panes.iter().any(|pane| pane.plane_id == Some(id)));
    if !on_plane || ui.text_edit_focused() {
        return;
    }
    if ui.input(|i| i.key_pressed(Key::Space)) {
        actions.push(Action::Train(!session.training));
    }
    if let Some((right, up)) = plane::nudge(ui) {
        actions.push(Action::Nudge { right, up });
    }
}
