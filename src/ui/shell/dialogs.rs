//! What the window says and asks by itself: notices, questions before something is lost, the hint for newcomers.

use egui::{
    Align, Align2, Area, Context, Event, Frame, Id, Key, Label, Layout, Modal, Order, RichText, Ui, WidgetText,
};

use crate::session::{Action, NoticeOffer, Session, Setting};
use crate::ui::look::theme::{self, GAP};

/// Room for a button beside a sentence, in points.
const BUTTON: f32 = 80.0;
/// How wide a message is at most.
const NOTICE: f32 = 760.0;

/// The newest message, over the foot of the window, so that nothing moves when it comes and goes; over as many lines as it
/// needs, its button always in sight.
pub fn notice(ctx: &Context, session: &Session, actions: &mut Vec<Action>) {
    let Some(notice) = session.notice() else { return };
    let width = (ctx.content_rect().width() - 4.0 * GAP).min(NOTICE);
    let area = Area::new(Id::unique("notice")).anchor(Align2::CENTER_BOTTOM, [0.0, -GAP]).order(Order::Foreground);
    area.show(ctx, |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_width(width - 2.0 * GAP);
            let color = if notice.is_error { theme::WARNING } else { ui.visuals().text_color() };
            let room = if notice.offer.is_some() { 2.2 * BUTTON } else { BUTTON };
            sentence(ui, RichText::new(&notice.text).color(color), room, |ui| {
                if notice.offer == Some(NoticeOffer::BringBack)
                    && ui.button("Bring back").on_hover_text("Go on with the runs that were there before").clicked()
                {
                    actions.push(Action::BringBack);
                }
                if ui.button("OK").on_hover_text("Take this message away").clicked() {
                    actions.push(Action::DismissNotice);
                }
            });
        });
    });
}

/// Text that wraps, and a button at the right of it.
fn sentence(ui: &mut Ui, text: impl Into<WidgetText>, room: f32, button: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - room;
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.add(Label::new(text).wrap());
        });
        button(ui);
    });
}

/// A question that must be answered before something is lost.
pub fn confirmation(ctx: &Context, session: &Session, actions: &mut Vec<Action>) {
    let Some(question) = session.confirmation() else { return };
    let modal = Modal::new(Id::unique("confirmation")).show(ctx, |ui| {
        ui.set_width(380.0);
        ui.label(&question.text);
        ui.add_space(GAP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let cancel = ui.button("Cancel");
            let verb = ui.button(RichText::new(question.verb).color(theme::WARNING));
            // Enter takes the button that has the keyboard, and means yes while none has it.
            let is_enter =
                |event: &Event| matches!(event, Event::Key { key: Key::Enter, pressed: true, repeat: false, .. });
            let enter = !cancel.has_focus() && ui.input(|input| input.events.iter().any(is_enter));
            match (verb.clicked() || enter, cancel.clicked()) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            }
        })
        .inner
    });
    match modal.inner {
        Some(yes) => actions.push(Action::Confirm(yes)),
        None if modal.should_close() => actions.push(Action::Confirm(false)),
        None => {}
    }
}

/// A few sentences for someone who has never seen the window.
pub fn hint(ui: &mut Ui, actions: &mut Vec<Action>) {
    let text = "All models learn the same images; each plane shows where its model puts them. Drag in a plane and see what \
                every model decodes there. Then switch the KL term off, or raise β, and watch the plane of a VAE change. \
                \"+ New run\" puts another model beside them.";
    sentence(ui, text, BUTTON, |ui| {
        if ui.button("Got it").on_hover_text("Ctrl+K lists all commands, ? the shortcuts").clicked() {
            actions.push(Action::Set(Setting::Hint(false)));
        }
    });
}
