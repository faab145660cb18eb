//! A window is killed while it saves its session. It is a process of its own: this one again, told to run one test.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use latent_explorer::random::{Purpose, stream};
use latent_explorer::session::archive::Archive;
use latent_explorer::session::{Action, Start};
use rand::RngExt;

use super::kills::kills;
use super::{Scene, names};
use crate::support::window::{Window, settings};

const FILE: &str = "LATENT_EXPLORER_TEST_SESSION";
const DATA: &str = "LATENT_EXPLORER_TEST_DATA";
const SAVED: &str = "saved step ";

fn open(file: &PathBuf) -> Archive {
    Archive::from_bytes(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
#[ignore = "it is the window that another test kills"]
fn a_window_that_saves_without_end() {
    let (Ok(file), Ok(data)) = (std::env::var(FILE), std::env::var(DATA)) else { return };
    let file = PathBuf::from(file);
    let start = match file.exists() {
        true => Start::Saved { file: file.clone(), archive: Box::new(open(&file)) },
        false => Start::Fresh { data: Some(data.into()) },
    };
    let mut window = Window::start(settings(), start, None);
    window.wait(|app| app.session().live().is_some().then_some(()));
    window.act(Action::Train(true));
    loop {
        let step = window.step();
        window.act(Action::Save { to: Some(file.clone()), replace: true });
        window.wait_for_notice("Saved");
        window.act(Action::DismissNotice);
        println!("\n{SAVED}{step}");
    }
}

#[test]
fn a_window_that_is_killed_while_it_saves_leaves_a_whole_session_and_goes_on_from_it() {
    let scene = Scene::new();
    let file = scene.path("session.latent");
    let mut rng = stream(3, Purpose::Samples, 0);
    let (mut step, kills) = (0, kills());
    for _ in 0..kills {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--ignored", "--nocapture", "faults::sessions::a_window_that_saves_without_end"]);
        command.env(FILE, &file).env(DATA, scene.data.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let said = |line: String| line.strip_prefix(SAVED).map(|step| step.parse::<u64>().unwrap());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).filter_map(said);
        let first = lines.next().expect("the window saves");
        assert!(first >= step, "it went on at step {first}, and not from {step}");
        std::thread::sleep(Duration::from_micros(rng.random_range(0..150_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let last = lines.last().unwrap_or(first);
        let kept = open(&file).kept;
        assert!(kept.step() >= last, "said {last}, kept {}", kept.step());
        assert!(kept.runs.iter().all(|run| run.newest.checkpoint.progress.step == kept.step()));
        step = kept.step();
    }
    // What the last one left beside it at most: each save takes away what those before it left.
    assert!(names(scene.folder.path()).len() <= 2, "{:?}", names(scene.folder.path()));
}
