//! What was learnt is not lost: sessions are kept by themselves and offered at the next start, brought back after a reset, and
//! saved to files; settings with which a start failed are put aside.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, Queryable};
use latent_explorer::engine::LiveRun;
use latent_explorer::model::Compute;
use latent_explorer::session::archive::Archive;
use latent_explorer::session::{Action, Setting, Start};
use latent_explorer::ui::{App, Clock, Outside};
use tempfile::TempDir;

use super::learn;
use crate::support::renderer::SoftRenderer;
use crate::support::window::{USUAL, Window, settings};
use crate::support::{dataset_folder, wait_for};

/// What outlives a window.
pub struct Home {
    folder: TempDir,
    data: TempDir,
    /// Of its windows.
    pub clock: Clock,
}

impl Home {
    /// With settings of a small network, paused.
    pub fn new() -> Self {
        let home = Self { folder: TempDir::new().unwrap(), data: dataset_folder(), clock: Clock::default() };
        std::fs::write(home.path("preferences.json"), serde_json::to_vec(&settings()).unwrap()).unwrap();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open_with(&self, start: Start, usual_settings: bool) -> Window {
        let (preferences, sessions) = (Some(self.path("preferences.json")), Some(self.path("sessions")));
        let clock = self.clock.clone();
        let outside = Outside { preferences, sessions, usual_settings, clock, ..Outside::default() };
        let builder = Harness::builder().with_size(USUAL).with_step_dt(0.02).renderer(SoftRenderer::default());
        let harness =
            builder.build_eframe(move |cc| App::new(&cc.egui_ctx, outside, start, Compute::cpu(2)).expect("a window"));
        let mut window = Window { keeper: None, harness, data: None };
        window.wait(|app| app.session().live().is_some().then_some(()));
        window.harness.run_steps(2);
        window
    }

    fn start(&self) -> Start {
        Start::Fresh { data: Some(self.data.path().display().to_string().into()) }
    }

    pub fn open(&self) -> Window {
        self.open_with(self.start(), false)
    }

    /// The choice of the same images in another folder.
    fn other_images(&self) -> Action {
        let other = self.path("other");
        std::fs::create_dir(&other).unwrap();
        for file in std::fs::read_dir(self.data.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), other.join(file.file_name())).unwrap();
        }
        Action::Set(Setting::Data(other.display().to_string().into()))
    }

    /// A window that has learnt something.
    fn learnt(&self) -> Window {
        let mut window = self.open();
        learn(&mut window);
        window
    }
}

/// Has a paused window learn until `step`.
pub fn learn_steps(window: &mut Window, step: u64) {
    while window.step() < step {
        let now = window.step();
        window.press(Key::N);
        window.wait_for_step(now + 1);
    }
}

/// The weights of all runs, and where they are.
fn state(window: &Window) -> (u64, Vec<Vec<f32>>) {
    let live = window.session().live().unwrap();
    (live.step, live.runs.iter().map(|run| run.checkpoint.parameters.to_vec()).collect())
}

fn wait_for_state(window: &mut Window, step: u64) -> (u64, Vec<Vec<f32>>) {
    window.wait(|app| app.session().live().filter(|live| live.step == step).map(|_| ()));
    state(window)
}

#[test]
fn a_window_that_closes_is_offered_at_the_next_start_with_a_picture_and_goes_on() {
    let home = Home::new();
    let window = home.learnt();
    let before = state(&window);
    drop(window);
    let mut window = home.open();
    window.harness.get_by_label("Go on where you left off?");
    window.harness.get_by_label("plane of VAE");
    window.click("Continue");
    assert!(wait_for_state(&mut window, before.0) == before);
    window.press(Key::N);
    window.wait_for_step(before.0 + 1);
}

#[test]
fn what_was_not_gone_on_with_is_not_offered_again_but_can_be_opened() {
    let home = Home::new();
    let window = home.learnt();
    let before = state(&window);
    drop(window);
    let mut window = home.open();
    window.click("Start anew");
    drop(window);
    let mut window = home.open();
    assert!(window.harness.query_by_label("Start anew").is_none());
    window.press_with(Modifiers::COMMAND, Key::K);
    window.type_into("find a command", "Open the session before");
    window.press(Key::Enter);
    assert!(wait_for_state(&mut window, before.0) == before);
}

#[test]
fn a_window_that_was_opened_and_closed_is_not_offered() {
    let home = Home::new();
    drop(home.open());
    let window = home.open();
    assert!(window.harness.query_by_label("Start anew").is_none());
}

#[test]
fn after_a_panic_what_was_learnt_is_offered() {
    let home = Home::new();
    let window = home.learnt();
    let before = state(&window);
    let panic = catch_unwind(AssertUnwindSafe(move || {
        let _window = window;
        panic!("a fault");
    }));
    assert!(panic.is_err());
    let mut window = home.open();
    window.click("Continue");
    assert!(wait_for_state(&mut window, before.0) == before);
}

/// What there was before `action`, which is confirmed, is brought back.
fn comes_back_after(action: impl FnOnce(&Home) -> Action) {
    let home = Home::new();
    let mut window = home.learnt();
    come_back_after(&mut window, action(&home));
}

fn come_back_after(window: &mut Window, action: Action) {
    let before = state(window);
    window.act(action);
    let question = window.session().confirmation().map(|question| question.text.clone()).unwrap();
    assert!(question.contains("can be brought back"), "{question}");
    window.act(Action::Confirm(true));
    window.wait_for_notice("taken the place");
    window.wait(|app| app.session().live().filter(|live| live.step == 0).map(|_| ()));
    window.harness.run_steps(2);
    window.click("Bring back");
    assert!(wait_for_state(window, before.0) == before);
}

#[test]
fn a_run_comes_back_after_a_reset() {
    comes_back_after(|_| Action::Reset);
}

#[test]
fn a_run_comes_back_after_the_usual_settings_were_restored() {
    comes_back_after(|_| Action::RestoreDefaults);
}

#[test]
fn a_run_comes_back_after_other_images_were_chosen() {
    comes_back_after(|home| home.other_images());
}

#[test]
fn a_run_comes_back_after_the_choice_of_its_images_was_undone() {
    let home = Home::new();
    let mut window = home.open();
    window.act(home.other_images());
    window.wait(|app| app.session().live().filter(|_| !app.session().is_starting()).map(|_| ()));
    learn(&mut window);
    come_back_after(&mut window, Action::Undo);
}

/// All files below the folder of sessions, as `name` or `folder/name`.
fn files(home: &Home) -> Vec<PathBuf> {
    let entries = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let folders = entries(&home.path("sessions"));
    let inside = folders.flat_map(|folder| entries(&folder).collect::<Vec<_>>());
    let mut all =
        inside.flat_map(|path| if path.is_dir() { entries(&path).collect() } else { vec![path] }).collect::<Vec<_>>();
    all.sort();
    all
}

pub fn sessions(home: &Home) -> Vec<PathBuf> {
    files(home).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "latent")).collect()
}

fn states(home: &Home) -> Vec<PathBuf> {
    files(home).into_iter().filter(|file| file.parent().unwrap().ends_with("states")).collect()
}

fn kept_states(window: &Window) -> Vec<Vec<u64>> {
    let live = window.session().live().unwrap();
    let steps = |states: &[LiveRun]| states.iter().map(|state| state.checkpoint.progress.step).collect();
    live.timelines.iter().map(|states| steps(states)).collect()
}

#[test]
fn all_kept_states_come_back_and_each_is_written_once() {
    let home = Home::new();
    let mut window = home.open();
    // More than a file that holds them all would be let grow to.
    learn_steps(&mut window, 12);
    let before = kept_states(&window);
    assert!(before.iter().all(|steps| steps.len() > 5), "{before:?}");
    drop(window);
    let written = states(&home);
    assert_eq!(written.len(), before.iter().map(Vec::len).sum::<usize>());
    let times = |files: &[PathBuf]| -> Vec<_> {
        files.iter().map(|file| file.metadata().unwrap().modified().unwrap()).collect()
    };
    let mut window = home.open();
    window.click("Continue");
    wait_for_state(&mut window, 12);
    assert_eq!(kept_states(&window), before);
    // What is put aside beside them shares them.
    window.press(Key::N);
    window.wait_for_step(13);
    for step in [14, 15] {
        window.act(Action::Reset);
        window.act(Action::Confirm(true));
        window.wait_for_notice("taken the place");
        window.harness.run_steps(3);
        window.click("Bring back");
        wait_for_state(&mut window, step - 1);
        window.press(Key::N);
        window.wait_for_step(step);
    }
    let (own, before): (Vec<_>, Vec<_>) = states(&home).into_iter().partition(|file| !written.contains(file));
    assert_eq!((before.len(), own.len()), (written.len(), written.len()));
    let first = times(&own);
    drop(window);
    assert_eq!(times(&own), first);
}

#[test]
fn what_several_resets_took_the_place_of_can_be_opened_in_a_later_window() {
    let home = Home::new();
    let mut window = home.open();
    let mut weights = Vec::new();
    for step in [1, 2] {
        learn_steps(&mut window, step);
        weights.push(state(&window));
        window.act(Action::DismissNotice);
        window.act(Action::Reset);
        window.act(Action::Confirm(true));
        window.wait_for_notice("taken the place");
        wait_for_state(&mut window, 0);
    }
    drop(window);
    let mut window = home.open();
    for before in weights {
        window.press_with(Modifiers::COMMAND, Key::O);
        let line = format!("epoch 0  ·  step {}", before.0);
        wait_for(|| {
            window.harness.step();
            let is_it = |node: &AccessKitNode<'_>| node.label().is_some_and(|label| label.contains(&line));
            window.harness.query_by(is_it).map(|node| node.click())
        });
        // The one that was opened first has learnt what no file of the person's holds.
        window.harness.run_steps(3);
        window.act(Action::Confirm(true));
        assert!(wait_for_state(&mut window, before.0) == before);
    }
}

#[test]
fn a_session_is_opened_from_the_menu_of_the_data() {
    let home = Home::new();
    let mut window = home.open();
    window.click("data set");
    window.click("Open a session…");
    window.harness.get_by_label("path of the session");
}

#[test]
fn what_was_put_aside_and_is_oldest_makes_room_but_not_the_newest() {
    let home = Home::new();
    let folder = home.path("sessions").join("0000000000001-1-1");
    std::fs::create_dir_all(folder.join("states")).unwrap();
    let file = |name: &str, length: u64| std::fs::File::create(folder.join(name)).unwrap().set_len(length).unwrap();
    file("0000000000002.latent", 3 << 30);
    file("0000000000003.latent", 10);
    drop(home.open());
    assert_eq!(sessions(&home), [folder.join("0000000000003.latent")]);
    file("0000000000003.latent", 3 << 30);
    drop(home.open());
    assert_eq!(sessions(&home), [folder.join("0000000000003.latent")]);
    // When this window puts something aside, that is the newest.
    let mut window = home.learnt();
    window.act(Action::Reset);
    window.act(Action::Confirm(true));
    window.wait_for_notice("taken the place");
    assert!(!folder.join("0000000000003.latent").exists());
    assert!(sessions(&home).iter().any(|file| !file.ends_with("session.latent")));
}

#[test]
fn states_that_no_session_needs_any_more_are_taken_away() {
    let home = Home::new();
    let mut window = home.learnt();
    window.act(Action::Set(Setting::Seed(9)));
    window.act(Action::Reset);
    window.act(Action::Confirm(true));
    window.wait_for_notice("taken the place");
    let aside = states(&home);
    wait_for_state(&mut window, 0);
    std::fs::remove_file(&sessions(&home)[0]).unwrap();
    learn(&mut window);
    drop(window);
    let left = states(&home);
    assert!(!left.is_empty() && left.iter().all(|file| !aside.contains(file)), "{left:?}");
}

#[test]
fn a_session_is_saved_to_a_file_and_one_that_is_there_is_replaced_only_when_that_is_said() {
    let home = Home::new();
    let mut window = home.learnt();
    let file = home.path("mine.latent");
    std::fs::write(&file, b"another").unwrap();
    window.act(Action::Save { to: Some(file.clone()), replace: false });
    let question = window.wait(|app| app.session().confirmation().map(|question| question.text.clone()));
    assert!(question.contains("mine.latent exists already"), "{question}");
    assert_eq!(std::fs::read(&file).unwrap(), b"another");
    window.act(Action::Confirm(true));
    window.wait_for_notice("Saved");
    let archive = Box::new(Archive::from_bytes(&std::fs::read(&file).unwrap()).unwrap());
    let before = state(&window);
    drop(window);
    let window = home.open_with(Start::Saved { file, archive }, false);
    assert!(state(&window) == before);
    drop(window);
    // It is in a file of the person's.
    assert!(home.open().harness.query_by_label("Start anew").is_none());
}

#[test]
fn what_an_earlier_window_left_and_is_damaged_is_told_once() {
    let home = Home::new();
    drop(home.learnt());
    let folders = || std::fs::read_dir(home.path("sessions")).unwrap().map(|entry| entry.unwrap().path());
    let file = folders().map(|folder| folder.join("session.latent")).find(|file| file.exists()).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let mut window = home.open();
    window.wait_for_notice("cannot be offered");
    drop(window);
    assert_eq!(home.open().session().notice(), None);
}

fn put_aside(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("preferences.") && name.ends_with(".json") && name != "preferences.json")
        .collect()
}

#[test]
fn settings_with_which_a_start_ended_are_not_used_again() {
    let home = Home::new();
    std::fs::copy(home.path("preferences.json"), home.path("preferences.starting")).unwrap();
    let mut window = home.open();
    window.wait_for_notice("ended while it started");
    assert_ne!(window.session().settings().hidden, settings().settings.hidden);
    assert!(put_aside(home.folder.path()).contains(&"preferences.crashed.json".to_owned()));
}

#[test]
fn a_start_that_succeeds_takes_the_guard_away() {
    let home = Home::new();
    let mut window = home.open();
    window.harness.run_steps(40);
    assert!(put_aside(home.folder.path()).is_empty(), "{:?}", put_aside(home.folder.path()));
}

#[test]
fn the_usual_settings_can_be_asked_for() {
    let home = Home::new();
    let window = home.open_with(home.start(), true);
    assert_ne!(window.session().settings().hidden, settings().settings.hidden);
    assert_eq!(put_aside(home.folder.path()), ["preferences.before.json"]);
}
