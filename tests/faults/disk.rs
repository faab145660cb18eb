//! No room, and folders that are not to be written to.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Scene, failed, names, program, well};

/// The same command where no file may become longer than so many blocks of 512 bytes, as on a disk that is full.
fn without_room(command: &Command, blocks: u64) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"]);
    limited.arg(command.get_program()).args(command.get_args());
    limited
}

#[test]
fn train_without_room_goes_on_says_so_and_leaves_the_run_that_was_there() {
    let scene = Scene::new();
    well(&mut scene.train("run", 1, &[]));
    let run = scene.path("run");
    let before = names(&run).into_iter().map(|name| fs::read(run.join(name)).unwrap()).collect::<Vec<_>>();
    let said = failed(&mut without_room(&scene.train("run", 3, &["--seed", "1", "--force"]), 4));
    assert_eq!(said.matches("it is tried again after the next epoch").count(), 2, "{said}");
    assert_eq!(said.lines().count(), 3, "{said}");
    let after = names(&run).into_iter().map(|name| fs::read(run.join(name)).unwrap()).collect::<Vec<_>>();
    assert!(before == after);
}

#[test]
fn a_run_that_could_not_be_written_for_a_while_is_whole_at_the_end() {
    let scene = Scene::new();
    fs::create_dir_all(scene.path("run/metrics.jsonl")).unwrap();
    let mut child = scene.train("run", 3_000, &[]).spawn().unwrap();
    while names(&scene.path("run")).len() < 2 {
        std::thread::yield_now();
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    fs::remove_dir(scene.path("run/metrics.jsonl")).unwrap();
    while !scene.path("run/model.safetensors").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before anything was written");
        std::thread::yield_now();
    }
    super::signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let (checkpoint, record) = super::whole_run(&scene.path("run")).unwrap();
    assert_eq!(record.metrics[0].epoch, 1);
    assert!(checkpoint.progress.epoch > 1);
}

/// Every command that writes a file, onto this folder of runs.
fn writers(scene: &Scene, folder: &Path) -> Vec<Command> {
    let run = scene.path("run");
    let run = run.to_str().unwrap();
    let out = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    vec![
        program(&["strip", run, "--from", "0,0", "--to", "1,1", "--out", &out("strip.png")]),
        program(&["grid", run, "--cells", "3", "--out", &out("grid.png")]),
        program(&["figure", run, "--out", &out("figure.svg")]),
        program(&["figure", run, "--losses", "recon", "--out", &out("losses.svg")]),
        program(&["encode", run, "--out", &out("codes.csv")]),
        program(&["infer", run, "--image", "0", "--samples", "20", "--out", &out("estimates.svg")]),
    ]
}

#[test]
fn no_command_leaves_a_part_of_a_file_where_there_is_no_room() {
    let scene = Scene::new();
    well(&mut scene.train("run", 1, &[]));
    for command in writers(&scene, scene.folder.path()) {
        let said = failed(&mut without_room(&command, 0));
        assert!(said.contains("cannot write") && said.lines().count() == 1, "{said}");
        assert_eq!(names(scene.folder.path()), ["run"]);
    }
}

#[test]
fn infer_says_its_numbers_though_there_is_no_room_for_its_figure() {
    let scene = Scene::new();
    well(&mut scene.train("run", 1, &[]));
    let run = scene.path("run");
    let mut command = program(&["--json", "infer", run.to_str().unwrap(), "--image", "0", "--samples", "20", "--out"]);
    command.arg(scene.path("estimates.svg"));
    let mut command = without_room(&command, 0);
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(said["log_evidence"].as_f64().is_some_and(|log| log < 0.0), "{said}");
}

#[test]
fn no_command_computes_before_it_knows_that_it_can_write() {
    let scene = Scene::new();
    well(&mut scene.train("run", 1, &[]));
    // No one may write here, nor root.
    let folder = Path::new("/sys/kernel");
    for command in writers(&scene, folder) {
        // A run that is not there: were it read first, that would be said.
        let arguments: Vec<_> =
            command.get_args().map(|a| if a == scene.path("run") { "no run".as_ref() } else { a }).collect();
        let said = failed(Command::new(command.get_program()).args(arguments));
        assert!(said.contains("the folder /sys/kernel may not be written to"), "{said}");
    }
    let said = failed(&mut {
        let mut command = program(&["sweep", "--beta", "1", "--epochs", "1"]);
        command.arg("--data").arg(scene.data.path()).arg("--out").arg(folder.join("sweep"));
        command
    });
    assert!(said.contains("/sys/kernel may not be written to"), "{said}");
}
