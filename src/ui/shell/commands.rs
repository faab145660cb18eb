//! Everything a person can do, by name: what the palette lists and the keys call.

use egui::{Key, Modifiers};

use crate::config::{Beta, ModelKind};
use crate::explore::FieldKind;
use crate::session::{Action, Draft, Export, KlHalves, Link, Overlay, Preset, Session, Setting, Theme};
use crate::ui::command::{Command, Does, ctrl, plain};
use crate::ui::export::Offer;
use crate::ui::figure::PLANES;
use crate::ui::tabs::Tabs;

/// All that can be done now.
pub fn all(session: &Session, tabs: &Tabs, offers: &[Offer]) -> Vec<Command> {
    let mut commands = training(session);
    commands.extend(timeline(session));
    commands.extend(overlays(session));
    commands.extend(
        tabs.abouts().map(|tab| {
            Command::new(&format!("Open the tab {}", tab.name), Action::Set(Setting::Tab(tab.id.to_owned())))
        }),
    );
    tabs.iter().for_each(|tab| commands.extend(tab.commands(session)));
    commands.extend(offers.iter().map(|offer| {
        let export = Action::Export(Export { what: offer.id, to: None });
        let command = Command::new(&format!("Export: {}", offer.title), export);
        if offer.id == PLANES { command.with(plain(Key::F)) } else { command }
    }));
    commands.extend(panes(session));
    commands.extend(window(session));
    commands
}

fn training(session: &Session) -> Vec<Command> {
    let training = session.is_training();
    let name = if training { "Pause training" } else { "Train" };
    let mut commands = vec![Command::new(name, Action::Train(!training)).with(plain(Key::Space))];
    if !training {
        commands.push(Command::new("Take one step", Action::Step).with(plain(Key::N)));
    }
    commands.push(Command::new("Reset all runs", Action::Reset));
    let is_off = session.settings().kl == KlHalves::Off;
    let kl = Action::Set(Setting::Kl(if is_off { KlHalves::Both } else { KlHalves::Off }));
    commands.push(Command::new("Switch the KL term on or off", kl).with(plain(Key::K)));
    for (name, beta) in [("0.1", 0.1), ("1", 1.0), ("4", 4.0), ("100", 100.0)] {
        commands.push(Command::new(&format!("Set β = {name}"), Action::Set(Setting::Beta(Beta::both(beta)))));
    }
    commands
}

fn timeline(session: &Session) -> Vec<Command> {
    let (playing, looking, steps) = (session.is_playing(), session.looking(), session.kept_steps());
    let before = steps.iter().rev().find(|&&step| looking.is_none_or(|now| step < now)).copied();
    let after = steps.iter().find(|&&step| looking.is_some_and(|now| step > now)).copied();
    let play = if playing { "Stop playing back" } else { "Play back the timeline" };
    vec![
        Command::new(play, Action::Play(!playing)).with(plain(Key::P)),
        Command::new("Look at the newest state", Action::LookAt(None)).with(plain(Key::L)),
        Command::new("Look at the state before", Action::LookAt(before.or(looking))).with(plain(Key::Comma)),
        Command::new("Look at the state after", Action::LookAt(after)).with(plain(Key::Period)),
    ]
}

/// What is drawn over the planes: of the pane last pointed at if it is unlinked, else of all that are linked.
fn overlays(session: &Session) -> Vec<Command> {
    let pane = session.active_pane().filter(|pane| session.document().pane(*pane).is_some_and(|p| p.own.is_some()));
    let mut shown = pane.map_or(&session.settings().overlays, |pane| session.overlays(pane)).clone();
    let mut commands = Vec::new();
    for (name, key, overlay) in [
        ("codes", Key::C, Overlay::Points),
        ("class means", Key::M, Overlay::Means),
        ("posteriors", Key::Q, Overlay::Posteriors),
        ("prior rings", Key::R, Overlay::Rings),
        ("manifold", Key::D, Overlay::Manifold),
        ("trails", Key::T, Overlay::Trails),
    ] {
        if !session.has_classes() && [Overlay::Means, Overlay::Trails].contains(&overlay) {
            continue;
        }
        let action = Action::ShowOverlay { pane, overlay, on: !*shown.on(overlay) };
        commands.push(Command::new(&format!("Show or hide {name}"), action).with(plain(key)));
    }
    let field = |field| Action::ShowField { pane, field };
    commands.push(Command::new("Nothing behind the points", field(None)).with(plain(Key::Num0)));
    let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
    for (kind, key) in FieldKind::ALL.into_iter().zip(digits) {
        if kind == FieldKind::Class && !session.has_classes() {
            continue;
        }
        let name = format!("Behind the points: {}", kind.describe().0);
        commands.push(Command::new(&name, field(Some(kind))).with(plain(key)));
    }
    commands
}

fn panes(session: &Session) -> Vec<Command> {
    let mut commands = Vec::new();
    for pane in session.panes().iter().map(|pane| pane.id) {
        let name = session.pane_name(pane);
        let mut add = |text: String, action| commands.push(Command::new(&text, action));
        add(format!("Fork {name} here"), Action::Fork(pane));
        add(format!("Fit the view of {name}"), Action::FitView(pane));
        add(format!("Unlink or link the pane of {name}"), Action::Unlink(pane));
        add(format!("Close the pane of {name}"), Action::Close(pane));
    }
    let draft = Draft::new(Preset::Vae, session.settings());
    commands.push(Command::new("New run: choose a model", Action::Describe(Some(Box::new(draft)))));
    commands.push(Command::new("New autoencoder", Action::NewRun(ModelKind::Ae)));
    commands.push(Command::new("New variational autoencoder", Action::NewRun(ModelKind::Vae)));
    commands.push(Command::new("Link cursors by code", Action::Set(Setting::Link(Link::SameCode))));
    commands.push(Command::new("Link cursors by image", Action::Set(Setting::Link(Link::SameImage))));
    commands
}

fn window(session: &Session) -> Vec<Command> {
    let zoom = session.screen().zoom;
    let set = |name: &str, setting| Command::new(name, Action::Set(setting));
    let own = |name: &str, key, does| Command { name: name.to_owned(), key: Some(key), does };
    vec![
        Command::new("Save the session", Action::Save { to: None, replace: false }).with(ctrl(Key::S)),
        own("Save the session as…", (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S), Does::SaveAs),
        own("Open a session…", ctrl(Key::O), Does::Open),
        Command { name: "Open the session before".to_owned(), key: None, does: Does::OpenPrevious },
        set("Light theme", Setting::Theme(Theme::Light)),
        set("Dark theme", Setting::Theme(Theme::Dark)),
        set("Theme of the system", Setting::Theme(Theme::System)),
        set("Larger interface", Setting::Zoom(zoom + 0.1)).with(ctrl(Key::Plus)),
        set("Larger interface (=)", Setting::Zoom(zoom + 0.1)).with(ctrl(Key::Equals)),
        set("Smaller interface", Setting::Zoom(zoom - 0.1)).with(ctrl(Key::Minus)),
        set("Interface in its usual size", Setting::Zoom(1.0)).with(ctrl(Key::Num0)),
        set("Show the frame rate or not", Setting::FrameRate(!session.screen().frame_rate)),
        set("Show the hint for newcomers", Setting::Hint(true)),
        Command::new("Restore defaults", Action::RestoreDefaults),
        Command::new("Undo", Action::Undo).with(ctrl(Key::Z)),
        Command::new("Redo", Action::Redo).with((Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z)),
        Command { name: "Open images".to_owned(), key: None, does: Does::OpenImages },
        own("All commands", ctrl(Key::K), Does::Palette),
        own("All shortcuts", plain(Key::Questionmark), Does::Shortcuts),
    ]
}
