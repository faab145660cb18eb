//! kill -9 at any instant.

use std::fs;
use std::io::Read;
use std::process::Child;
use std::time::Duration;

use latent_explorer::random::{Purpose, stream};
use rand::RngExt;

use super::{Scene, names, program, well, whole_run};

/// How often each test kills.
pub fn kills() -> usize {
    std::env::var("LATENT_EXPLORER_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(15)
}

/// Kills after up to so many milliseconds; what the process had printed until then.
fn kill(mut child: Child, rng: &mut impl RngExt, most: u64) -> String {
    std::thread::sleep(Duration::from_micros(rng.random_range(0..1_000 * most)));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut printed = String::new();
    child.stdout.unwrap().read_to_string(&mut printed).unwrap();
    printed
}

#[test]
fn train_that_is_killed_loses_nothing_that_it_said_and_goes_on_to_the_same_bits() {
    let scene = Scene::new();
    let mut rng = stream(1, Purpose::Samples, 0);
    let (mut epoch, mut started) = (0, false);
    for _ in 0..kills() {
        let mut command =
            if started { scene.resume("killed", 1_000_000) } else { scene.train("killed", 1_000_000, &[]) };
        let printed = kill(command.arg("--json").spawn().unwrap(), &mut rng, 150);
        let said = printed.lines().last().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let said = said.map_or(0, |line| line["epoch"].as_u64().unwrap());
        let run = whole_run(&scene.path("killed"));
        let saved = run.as_ref().map_or(0, |(checkpoint, _)| checkpoint.progress.epoch);
        assert!(saved >= epoch.max(said), "said {said}, had {epoch}, kept {saved}");
        (epoch, started) = (saved, run.is_some());
    }
    let end = epoch + 2;
    well(&mut if started { scene.resume("killed", end) } else { scene.train("killed", end, &[]) });
    well(&mut scene.train("whole", end, &[]));
    assert!(scene.model("killed") == scene.model("whole"));
    assert_eq!(names(&scene.path("killed")), ["metrics.jsonl", "model.safetensors", "run.json"]);
    let metrics = fs::read_to_string(scene.path("killed").join("metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().count() as u64, end);
}

#[test]
fn a_sweep_that_is_killed_goes_on_to_the_same_table() {
    let scene = Scene::new();
    let sweep = |name: &str| {
        let mut command = program(&["sweep", "--beta", "0.5,4", "--epochs", "12", "--hidden", "8", "--batch", "16"]);
        command.arg("--data").arg(scene.data.path()).arg("--out").arg(scene.path(name));
        command
    };
    let mut rng = stream(2, Purpose::Samples, 0);
    for _ in 0..kills().div_ceil(3) {
        kill(sweep("killed").spawn().unwrap(), &mut rng, 400);
        for run in ["beta-0.5-seed-0", "beta-4-seed-0"] {
            whole_run(&scene.path("killed").join(run));
        }
    }
    for name in ["killed", "whole"] {
        well(&mut sweep(name));
    }
    let of = |name: &str, file: &str| fs::read(scene.path(name).join(file)).unwrap();
    for file in ["sweep.csv", "frontier.svg", "beta-0.5-seed-0/model.safetensors", "beta-4-seed-0/model.safetensors"] {
        assert!(of("killed", file) == of("whole", file), "{file}");
    }
    assert_eq!(names(&scene.path("killed")), names(&scene.path("whole")));
}

#[test]
fn the_same_command_goes_on_with_a_run_that_was_killed() {
    let scene = Scene::new();
    let mut rng = stream(3, Purpose::Samples, 0);
    let train = |name: &str| scene.train(name, 40, &["--go-on"]);
    for _ in 0..kills().div_ceil(3) {
        kill(train("killed").spawn().unwrap(), &mut rng, 150);
        whole_run(&scene.path("killed"));
    }
    for name in ["killed", "whole"] {
        well(&mut train(name));
    }
    let whole = scene.model("whole");
    assert!(scene.model("killed") == whole);
    well(&mut train("killed"));
    assert!(scene.model("killed") == whole, "a run that has its epochs is left alone");
}
