//! Where everything stands in the window, and in which theme.

use egui::{CentralPanel, Context, Frame, Margin, Panel, RichText, ScrollArea, Ui, UiBuilder};

use super::{App, offers};
use crate::session::{Action, Session, Setting, Theme};
use crate::ui::look::theme::{self, GAP};
use crate::ui::pane::readouts;
use crate::ui::shell;
use crate::ui::tabs::Tabs;

/// The tabs' share of the window's height.
const TABS: f32 = 0.31;

impl App {
    pub(super) fn set_look(&self, ctx: &Context) {
        let screen = self.session.screen();
        let theme = match screen.theme {
            Theme::System => egui::ThemePreference::System,
            Theme::Light => egui::ThemePreference::Light,
            Theme::Dark => egui::ThemePreference::Dark,
        };
        if ctx.options(|options| options.theme_preference) != theme {
            ctx.set_theme(theme);
        }
        if ctx.zoom_factor() != screen.zoom {
            ctx.set_zoom_factor(screen.zoom);
        }
    }

    pub(super) fn panels(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Self { session, tabs, panes, toolbar, .. } = self;
        let session = &*session;
        // The window is cleared to the colour of a panel; filling every panel with it again would cost a software
        // renderer as much as all that is drawn.
        let frame = Frame::NONE.inner_margin(Margin::same(GAP as i8));
        let narrow = Frame::NONE.inner_margin(Margin::symmetric(GAP as i8, 4));
        let whole = ui.available_height();
        Panel::top("toolbar").frame(frame).exact_size(46.0).show(ui, |ui| {
            shell::toolbar(ui, session, toolbar, &|| offers(session, tabs), actions);
        });
        if session.screen().hint {
            let frame = narrow.fill(theme::ACCENT.gamma_multiply(0.25));
            Panel::top("hint").frame(frame).show(ui, |ui| shell::hint(ui, actions));
        }
        Panel::left("side").frame(frame).resizable(false).exact_size(232.0).show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| shell::side(ui, session, actions));
        });
        // One height whatever the tab shows, so that nothing moves under the pointer.
        let (least, most) = (140.0, 0.6 * whole);
        Panel::bottom("tabs").frame(frame).resizable(true).default_size(TABS * whole).size_range(least..=most).show(
            ui,
            |ui| {
                tab_bar(ui, session, tabs, actions);
                ui.add_space(4.0);
                // A tab has the room there is and takes no more, however much it has to show.
                let room = ui.available_rect_before_wrap();
                let mut inside = ui.new_child(UiBuilder::new().max_rect(room));
                inside.shrink_clip_rect(room);
                tabs.open_mut(session).show(&mut inside, session, actions);
                ui.advance_cursor_after_rect(room);
            },
        );
        Panel::bottom("timeline").frame(narrow).exact_size(34.0).show(ui, |ui| shell::timeline(ui, session, actions));
        if !session.panes().is_empty() {
            let height = readouts::height(session) + 8.0;
            Panel::bottom("readouts").frame(narrow).exact_size(height).show(ui, |ui| readouts::show(ui, session));
        }
        CentralPanel::default().frame(frame).show(ui, |ui| match session.panes().is_empty() {
            true => empty(ui, session),
            false => panes.show(ui, session, tabs, actions),
        });
    }
}

fn tab_bar(ui: &mut Ui, session: &Session, tabs: &Tabs, actions: &mut Vec<Action>) {
    let open = tabs.open(session).about();
    ui.horizontal(|ui| {
        for tab in tabs.abouts() {
            if ui.selectable_label(tab == open, tab.name).on_hover_text(tab.meaning).clicked() {
                actions.push(Action::Set(Setting::Tab(tab.id.to_owned())));
            }
        }
    });
}

/// What is said where there are no panes.
fn empty(ui: &mut Ui, session: &Session) {
    ui.centered_and_justified(|ui| match session.notice() {
        _ if session.is_starting() => ui.label("Loading the images…"),
        Some(notice) if notice.is_error => ui.label(RichText::new(&notice.text).color(theme::WARNING)),
        _ => ui.label("Choose a data set above."),
    });
}
