//! The keys and the palette.

use std::collections::BTreeSet;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT, Queryable};
use latent_explorer::explore::FieldKind;
use latent_explorer::session::{KlHalves, Start};

use super::trained;
use crate::support::window::{Window, settings};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// What a key is expected to change.
type Seen = fn(&Window) -> String;

/// Each key that calls a command, in an order in which each has something to do, and what it changes. A window of trained
/// runs that are paused has all of these.
const KEYS: [(Modifiers, Key, Seen); 39] = [
    (NONE, Key::K, |w| format!("{}", w.session().settings().kl == KlHalves::Both)),
    (NONE, Key::Comma, looking),
    (NONE, Key::Comma, looking),
    (NONE, Key::Period, looking),
    (NONE, Key::L, looking),
    (NONE, Key::P, |w| format!("{}", w.session().is_playing())),
    (NONE, Key::P, |w| format!("{}", w.session().is_playing())),
    (NONE, Key::C, |w| format!("{}", w.session().settings().overlays.points)),
    (NONE, Key::M, |w| format!("{}", w.session().settings().overlays.means)),
    (NONE, Key::Q, |w| format!("{}", w.session().settings().overlays.posteriors)),
    (NONE, Key::R, |w| format!("{}", w.session().settings().overlays.rings)),
    (NONE, Key::D, |w| format!("{}", w.session().settings().overlays.manifold)),
    (NONE, Key::T, |w| format!("{}", w.session().settings().overlays.trails)),
    (NONE, Key::Num1, field),
    (NONE, Key::Num2, field),
    (NONE, Key::Num3, field),
    (NONE, Key::Num4, field),
    (NONE, Key::Num5, field),
    (NONE, Key::Num0, field),
    (NONE, Key::G, |w| format!("{}", w.session().is_walking())),
    (NONE, Key::W, waypoints),
    (CTRL, Key::Z, waypoints),
    (CTRL_SHIFT, Key::Z, waypoints),
    (CTRL, Key::Plus, zoom),
    (CTRL, Key::Equals, zoom),
    (CTRL, Key::Minus, zoom),
    (CTRL, Key::Num0, zoom),
    (CTRL, Key::S, asked_for_a_file),
    (NONE, Key::Escape, asked_for_a_file),
    (CTRL_SHIFT, Key::S, asked_for_a_file),
    (NONE, Key::Escape, asked_for_a_file),
    (CTRL, Key::O, asked_for_a_file),
    (NONE, Key::Escape, asked_for_a_file),
    (CTRL, Key::K, palette),
    (NONE, Key::Escape, palette),
    (NONE, Key::Questionmark, palette),
    (NONE, Key::Escape, palette),
    (NONE, Key::N, |_| String::new()),
    (NONE, Key::Space, |w| format!("{}", w.session().is_training())),
];

fn looking(window: &Window) -> String {
    format!("{:?}", window.session().looking())
}

fn field(window: &Window) -> String {
    format!("{:?}", window.session().settings().overlays.field)
}

fn waypoints(window: &Window) -> String {
    format!("{:?}", window.session().settings().path.points)
}

fn zoom(window: &Window) -> String {
    format!("{:.2}", window.session().screen().zoom)
}

fn palette(window: &Window) -> String {
    format!("{}", window.harness.query_by_label("find a command").is_some())
}

fn asked_for_a_file(window: &Window) -> String {
    format!("{}", window.harness.query_by_label("path of the session").is_some())
}

/// A key as the palette writes it.
fn written((modifiers, key): (Modifiers, Key)) -> String {
    let command = if cfg!(target_os = "macos") { "Cmd+" } else { "Ctrl+" };
    let prefix = [(modifiers.command, command), (modifiers.shift, "Shift+")];
    let prefix: String = prefix.into_iter().filter(|(held, _)| *held).map(|(_, name)| name).collect();
    prefix + key.symbol_or_name()
}

/// The commands that the list of shortcuts has, each with its key.
fn shortcuts(window: &mut Window) -> Vec<(String, String)> {
    window.press(Key::Questionmark);
    let field = window.harness.get_by_label("find a command");
    let list = field.parent().expect("the palette");
    let (mut found, mut name) = (Vec::new(), None);
    for node in list.children_recursive() {
        let node = node.accesskit_node();
        match node.role() {
            Role::Button => name = node.label(),
            Role::Label => found.extend(name.take().zip(node.value())),
            _ => {}
        }
    }
    window.press(Key::Escape);
    found
}

#[test]
fn no_two_commands_share_a_key() {
    let shortcuts = shortcuts(&mut trained());
    let keys: BTreeSet<&str> = shortcuts.iter().map(|(_, key)| key.as_str()).collect();
    assert!(shortcuts.len() > 20 && !keys.contains(""), "{shortcuts:?}");
    assert_eq!(keys.len(), shortcuts.len(), "{shortcuts:?}");
}

#[test]
fn every_key_that_the_list_of_shortcuts_has_is_tried_here() {
    let listed: BTreeSet<String> = shortcuts(&mut trained()).into_iter().map(|(_, key)| key).collect();
    let tried =
        KEYS.iter().filter(|(_, key, _)| *key != Key::Escape).map(|&(modifiers, key, _)| written((modifiers, key)));
    // F is tried where there is nothing to export, for it opens a dialog.
    let tried: BTreeSet<String> = tried.chain(["F".to_owned()]).collect();
    assert_eq!(tried, listed);
}

#[test]
fn every_key_calls_its_command() {
    let mut window = trained();
    for (modifiers, key, seen) in KEYS {
        let (before, step) = (seen(&window), window.step());
        match modifiers.any() {
            true => window.press_with(modifiers, key),
            false => window.press(key),
        }
        match key {
            Key::N => window.wait_for_step(step + 1),
            _ => assert_ne!(seen(&window), before, "{}", written((modifiers, key))),
        }
    }
}

#[test]
fn each_digit_shows_a_field_of_its_own_and_0_none() {
    let mut window = Window::open(settings());
    let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
    for (key, kind) in digits.into_iter().zip(FieldKind::ALL) {
        window.press(key);
        assert_eq!(window.session().settings().overlays.field, Some(kind));
    }
    window.press(Key::Num0);
    assert_eq!(window.session().settings().overlays.field, None);
}

#[test]
fn f_exports_the_planes() {
    let mut window = Window::start(settings(), Start::Fresh { data: Some("/nowhere".into()) }, None);
    window.wait_for_notice("/nowhere");
    window.press(Key::F);
    window.wait_for_notice("There is nothing to draw yet");
}

#[test]
fn the_palette_finds_a_command_by_letters_of_its_name() {
    let mut window = Window::open(settings());
    window.press_with(CTRL, Key::K);
    window.harness.get_by_label("find a command").type_text("hide manif");
    window.harness.run_steps(2);
    window.press(Key::Enter);
    assert!(window.session().settings().overlays.manifold);
    assert!(window.harness.query_by_label("find a command").is_none());
}

#[test]
fn the_list_of_shortcuts_has_no_command_without_a_key() {
    let mut window = Window::open(settings());
    window.press(Key::Questionmark);
    window.harness.get_by_label("Show or hide trails");
    assert!(window.harness.query_by_label("Set β = 4").is_none());
    window.press(Key::Escape);
    assert!(window.harness.query_by_label("find a command").is_none());
}

#[test]
fn while_a_text_is_typed_its_letters_call_no_commands() {
    let mut window = Window::open(settings());
    window.press_with(CTRL, Key::K);
    window.type_keys(&[(Key::D, "d"), (Key::K, "k"), (Key::Space, " ")]);
    let settings = window.session().settings();
    assert!(settings.kl == KlHalves::Both && !settings.overlays.manifold && !window.session().is_training());
}

#[test]
fn the_interface_is_zoomed_by_its_buttons() {
    let mut window = Window::open(settings());
    window.click("larger interface");
    assert!(window.session().screen().zoom > 1.05);
    window.harness.run_steps(2);
    assert_eq!(window.harness.ctx.zoom_factor(), window.session().screen().zoom);
    window.click("smaller interface");
    assert!((window.session().screen().zoom - 1.0).abs() < 1e-3);
}
