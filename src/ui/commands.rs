//! Everything a person can do, by name: what the palette lists and the keys call.

use egui::{Key, Modifiers};

use super::action::{Action, Export};
use super::arrange::Arrange;
use super::figure::FigureOf;
use super::session::Session;
use super::settings::{Link, Settings, Tab};
use crate::config::ModelKind;
use crate::explore::{FieldKind, Interpolation};

pub struct Command {
    pub name: String,
    pub key: Option<(Modifiers, Key)>,
    pub does: Does,
}

pub enum Does {
    Act(Action),
    Set(Box<dyn Fn(&mut Settings)>),
    Undo,
    Redo,
    Palette,
    Shortcuts,
}

impl Command {
    /// Its key as a person reads it.
    pub fn key_name(&self) -> String {
        let Some((modifiers, key)) = self.key else { return String::new() };
        let mut name = String::new();
        if modifiers.command {
            name += if cfg!(target_os = "macos") { "Cmd+" } else { "Ctrl+" };
        }
        if modifiers.shift {
            name += "Shift+";
        }
        name + key.name()
    }
}

/// All that can be done now.
pub fn all(session: &Session) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut add = |name: &str, key: Option<(Modifiers, Key)>, does: Does| {
        commands.push(Command { name: name.to_owned(), key, does });
    };
    let plain = |key| Some((Modifiers::NONE, key));
    let set = |change: fn(&mut Settings)| Does::Set(Box::new(change));
    let act = Does::Act;

    let train = if session.training { "Pause training" } else { "Train" };
    add(train, plain(Key::Space), act(Action::Train(!session.training)));
    if !session.training {
        add("Take one step", plain(Key::N), act(Action::Step));
    }
    add("Reset all runs", None, act(Action::Reset));
    add("Switch the KL term on or off", plain(Key::K), set(|s| s.kl_on = !s.kl_on));
    for (name, beta) in [("β = 0.1", 0.1), ("β = 1", 1.0), ("β = 4", 4.0), ("β = 100", 100.0)] {
        add(&format!("Set {name}"), None, Does::Set(Box::new(move |s| s.train.beta = beta)));
    }

    let play = session.playing.is_none();
    add(if play { "Play back the timeline" } else { "Stop playing back" }, plain(Key::P), act(Action::Play(play)));
    add("Look at the newest state", plain(Key::L), act(Action::LookAt(None)));
    let steps = session.kept_steps();
    let before = steps.iter().rev().find(|&&step| session.looking.is_none_or(|now| step < now)).copied();
    let after = steps.iter().find(|&&step| session.looking.is_some_and(|now| step > now)).copied();
    add("Look at the state before", plain(Key::Comma), act(Action::LookAt(before.or(session.looking))));
    add("Look at the state after", plain(Key::Period), act(Action::LookAt(after)));

    type Toggle = (&'static str, Key, fn(&mut Settings));
    let toggles: [Toggle; 6] = [
        ("codes", Key::C, |s| s.overlays.points ^= true),
        ("class means", Key::M, |s| s.overlays.means ^= true),
        ("posteriors", Key::Q, |s| s.overlays.posteriors ^= true),
        ("prior rings", Key::R, |s| s.overlays.rings ^= true),
        ("manifold", Key::D, |s| s.overlays.manifold ^= true),
        ("trails", Key::T, |s| s.overlays.trails ^= true),
    ];
    for (name, key, toggle) in toggles {
        add(&format!("Show or hide {name}"), plain(key), set(toggle));
    }
    add("Nothing behind the points", plain(Key::Num0), set(|s| s.overlays.field = None));
    let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
    for (kind, key) in FieldKind::ALL.into_iter().zip(digits) {
        let name = format!("Behind the points: {}", kind.describe().0);
        add(&name, plain(key), Does::Set(Box::new(move |s| s.overlays.field = Some(kind))));
    }

    add("Link cursors by code", None, set(|s| s.link = Link::SameCode));
    add("Link cursors by image", None, set(|s| s.link = Link::SameImage));
    for tab in Tab::ALL {
        add(&format!("Open the tab {}", tab.name()), None, Does::Set(Box::new(move |s| s.tab = tab)));
    }
    add("Take all measures", None, act(Action::Measure(true)));
    add("Straight path", None, set(|s| s.path.interpolation = Interpolation::Linear));
    add("Spherical path", None, set(|s| s.path.interpolation = Interpolation::Spherical));
    add("Geodesic path", None, set(|s| s.path.interpolation = Interpolation::Geodesic));
    add(
        "Add a waypoint at the cursor",
        plain(Key::W),
        act(Action::AddWaypoint(session.cursor_in(session.active_pane))),
    );
    add("Go along the path", plain(Key::G), act(Action::Walk(session.walking.is_none())));
    add("Remove the last waypoint", None, act(Action::RemoveWaypoint));
    add("Export the strips", None, act(Action::Export { what: Export::Strip, file: None }));

    let figure = |of| act(Action::Export { what: Export::Figure(of), file: None });
    add("Export all planes as a figure", plain(Key::F), figure(FigureOf::Panes));
    add("Export the losses as a figure", None, figure(FigureOf::Losses));
    add("Export rate and distortion as a figure", None, figure(FigureOf::Frontier));
    add("Export the estimates of log p(x) as a figure", None, figure(FigureOf::Estimates));
    add("Export the training as an animation", None, act(Action::Export { what: Export::Training, file: None }));
    add("Draw new samples", None, set(|s| s.samples.draw += 1));
    add("Export the samples as PNG", None, act(Action::Export { what: Export::Samples, file: None }));

    for (i, name) in (0..session.panes.len()).filter_map(|i| session.run(i).map(|run| (i, session.name(run)))) {
        add(&format!("Export the plane of {name} as a figure"), None, figure(FigureOf::Pane(i)));
        add(&format!("Fork {name} here"), None, act(Action::Arrange(Arrange::Fork(i))));
        add(&format!("Unlink or link the pane of {name}"), None, act(Action::Arrange(Arrange::Unlink(i))));
        add(&format!("Close the pane of {name}"), None, act(Action::Arrange(Arrange::Remove(i))));
    }
    add("New autoencoder", None, act(Action::Arrange(Arrange::Add(ModelKind::Ae))));
    add("New variational autoencoder", None, act(Action::Arrange(Arrange::Add(ModelKind::Vae))));

    add("Light theme", None, set(|s| s.theme = egui::ThemePreference::Light));
    add("Dark theme", None, set(|s| s.theme = egui::ThemePreference::Dark));
    add("Show the frame rate or not", None, set(|s| s.frame_rate = !s.frame_rate));
    add("Restore defaults", None, act(Action::RestoreDefaults));
    add("Undo", Some((Modifiers::COMMAND, Key::Z)), Does::Undo);
    add("Redo", Some((Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z)), Does::Redo);
    add("All commands", Some((Modifiers::COMMAND, Key::K)), Does::Palette);
    add("All shortcuts", Some((Modifiers::NONE, Key::Questionmark)), Does::Shortcuts);
    commands
}
