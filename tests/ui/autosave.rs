//! When a session is kept by itself. The clock of the window is set here; nothing waits for it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use latent_explorer::session::Action;
use latent_explorer::session::archive::cover;
use latent_explorer::ui::Clock;

use super::keeping::{Home, learn_steps, sessions};
use crate::support::window::{Window, settings};

struct Scene {
    home: Home,
    window: Window,
    seconds: Arc<AtomicU64>,
}

impl Scene {
    fn new() -> Self {
        let (mut home, seconds) = (Home::new(), Arc::new(AtomicU64::new(0)));
        let mut preferences = settings();
        // Epochs of nineteen steps.
        preferences.settings.train.batch = 16;
        std::fs::write(home.path("preferences.json"), serde_json::to_vec(&preferences).unwrap()).unwrap();
        let shown = seconds.clone();
        home.clock = Clock::new(move || Duration::from_secs(shown.load(Ordering::Relaxed)));
        let window = home.open();
        Self { home, window, seconds }
    }

    /// It is so late now, and the window has seen that.
    fn at(&mut self, seconds: u64) {
        self.seconds.store(seconds, Ordering::Relaxed);
        self.window.harness.run_steps(3);
    }

    /// Has whatever is to be written be written: a session that is saved to a file comes after it.
    fn finish(&mut self) {
        self.window.act(Action::DismissNotice);
        self.window.act(Action::Save { to: Some(self.home.path("mine.latent")), replace: true });
        self.window.wait_for_notice("Saved");
    }

    fn file(&self) -> Option<PathBuf> {
        sessions(&self.home).into_iter().find(|file| file.ends_with("session.latent"))
    }

    /// The step at which the session was kept last, once all is written.
    fn kept(&mut self) -> Option<u64> {
        self.finish();
        Some(cover(File::open(self.file()?).unwrap()).unwrap().0.step)
    }

    fn learn(&mut self, step: u64) {
        learn_steps(&mut self.window, step);
    }

    /// Learns until an epoch ends; the step of that.
    fn end_epoch(&mut self) -> u64 {
        let epoch = |window: &Window| window.session().live().unwrap().epoch;
        let before = epoch(&self.window);
        while epoch(&self.window) == before {
            self.learn(self.window.step() + 1);
        }
        self.window.step()
    }
}

#[test]
fn it_is_kept_a_minute_after_it_was_kept_last_and_not_before() {
    let mut scene = Scene::new();
    scene.learn(1);
    scene.at(59);
    assert_eq!(scene.kept(), None);
    scene.learn(2);
    scene.at(60);
    assert_eq!(scene.kept(), Some(2));
    scene.learn(3);
    scene.at(119);
    assert_eq!(scene.kept(), Some(2));
    scene.learn(4);
    scene.at(120);
    assert_eq!(scene.kept(), Some(4));
}

#[test]
fn it_is_kept_when_an_epoch_has_ended_unless_that_was_done_a_moment_ago() {
    let mut scene = Scene::new();
    let first = scene.end_epoch();
    scene.at(9);
    assert_eq!(scene.kept(), None);
    scene.learn(first + 1);
    scene.at(10);
    assert_eq!(scene.kept(), Some(first + 1));
    scene.learn(first + 2);
    scene.at(40);
    assert_eq!(scene.kept(), Some(first + 1), "in the middle of an epoch");
    let second = scene.end_epoch();
    scene.at(41);
    assert_eq!(scene.kept(), Some(second));
}

#[test]
fn nothing_is_written_while_nothing_changes() {
    let mut scene = Scene::new();
    scene.at(3_600);
    assert_eq!(scene.kept(), None, "nothing has been learnt");
    scene.learn(1);
    scene.at(3_700);
    assert_eq!(scene.kept(), Some(1));
    let times = |scene: &Scene| scene.file().unwrap().metadata().unwrap().modified().unwrap();
    let before = times(&scene);
    for seconds in [3_800, 9_000, 90_000] {
        scene.at(seconds);
        scene.finish();
    }
    assert_eq!(times(&scene), before);
}

#[test]
fn a_change_that_is_no_step_is_kept_too() {
    let mut scene = Scene::new();
    scene.learn(1);
    scene.at(60);
    let wait = |scene: &mut Scene, named: &str| {
        crate::support::wait_for(|| {
            scene.window.harness.step();
            let about = scene.file().and_then(|file| cover(File::open(file).ok()?).ok());
            about.filter(|(about, _)| about.names[0] == named)
        })
    };
    wait(&mut scene, "AE");
    let run = scene.window.run_id(0);
    scene.window.act(Action::Rename { run, name: "mine".to_owned() });
    scene.at(120);
    wait(&mut scene, "mine");
}
