//! Ctrl+C, a terminal that reads nothing, and runs that are in the way.

use std::fs;
use std::fs::OpenOptions;
use std::io::Read;
use std::time::Duration;

use super::{Scene, failed, signal, well, whole_run};

#[test]
fn train_that_is_interrupted_saves_what_it_learnt_and_goes_on_to_the_same_bits() {
    let scene = Scene::new();
    let (mut epochs, mut is_cut) = (2, false);
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut command =
            if is_cut { scene.resume("cut", 1_000_000) } else { scene.train("cut", 1_000_000, &["--batch", "1"]) };
        let mut child = command.spawn().unwrap();
        // The first line comes after an epoch.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        std::thread::sleep(Duration::from_millis(3));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("go on with: latent-explorer train --resume"), "{said}");
        let (checkpoint, _) = whole_run(&scene.path("cut")).unwrap();
        assert!(checkpoint.progress.epoch >= 1);
        (epochs, is_cut) = (checkpoint.progress.epoch + 1, true);
    }
    well(&mut scene.resume("cut", epochs));
    well(&mut scene.train("whole", epochs, &["--batch", "1"]));
    assert!(scene.model("cut") == scene.model("whole"));
    let metrics = |name: &str| {
        let text = fs::read_to_string(scene.path(name).join("metrics.jsonl")).unwrap();
        let lines = text.lines().map(|line| line.split(",\"images_per_second\"").next().unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(metrics("cut"), metrics("whole"));
}

#[test]
fn epochs_are_counted_from_the_start_and_a_run_that_has_them_is_left_alone() {
    let scene = Scene::new();
    well(&mut scene.train("run", 3, &[]));
    let before = scene.model("run");
    well(&mut scene.resume("run", 3));
    assert!(scene.model("run") == before);
    assert!(failed(&mut scene.resume("run", 2)).contains("has seen 3 epochs already"));
    well(&mut scene.resume("run", 5));
    assert_eq!(whole_run(&scene.path("run")).unwrap().0.progress.epoch, 5);
}

#[test]
fn a_run_that_is_there_is_replaced_only_by_force() {
    let scene = Scene::new();
    well(&mut scene.train("run", 1, &[]));
    let before = scene.model("run");
    let said = failed(&mut scene.train("run", 1, &["--seed", "2"]));
    assert!(said.contains("--resume") && said.contains("--force"), "{said}");
    assert!(scene.model("run") == before);
    well(&mut scene.train("run", 1, &["--seed", "2", "--force"]));
    assert!(scene.model("run") != before);
}

#[test]
fn a_run_finds_its_images_from_elsewhere_and_takes_no_others() {
    let scene = Scene::new();
    let name = scene.data.path().file_name().unwrap().to_str().unwrap();
    let mut command = super::program(&["train", "--model", "vae", "--hidden", "8", "--epochs", "1", "--data", name]);
    command.arg("--out").arg(scene.path("run")).current_dir(scene.data.path().parent().unwrap());
    well(&mut command);
    fs::rename(scene.path("run"), scene.path("moved")).unwrap();
    well(super::program(&["eval"]).arg(scene.path("moved")).current_dir("/"));
    well(scene.resume("moved", 2).current_dir("/"));
    let images = scene.data.path().join("t10k-images-idx3-ubyte");
    let mut bytes = fs::read(&images).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&images, bytes).unwrap();
    assert!(failed(&mut scene.resume("moved", 3)).contains("are not those that the run learns"));
}

#[test]
fn a_reader_that_takes_nothing_ends_no_training() {
    let scene = Scene::new();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = scene.train("run", 4, &[]).stdout(full()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("cannot print").count(), 1, "{said}");
    assert_eq!(whole_run(&scene.path("run")).unwrap().0.progress.epoch, 4);
    // And where no one can be told either.
    assert!(scene.train("other", 2, &[]).stdout(full()).stderr(full()).output().unwrap().status.success());
}
