//! The walls of the house: what each module must not know.

use std::fs;
use std::path::{Path, PathBuf};

/// All source files below `src/<module>`, or the one file of that name.
fn sources(module: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let file = root.join(format!("{module}.rs"));
    if file.is_file() {
        return vec![file];
    }
    let mut folders = vec![root.join(module)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources").map(|e| e.expect("an entry").path()) {
            if entry.is_dir() { folders.push(entry) } else { files.push(entry) }
        }
    }
    assert!(!files.is_empty(), "no sources in {module}");
    files
}

/// Fails when a line of code of one of `modules` names one of `forbidden`.
fn forbid(modules: &[&str], forbidden: &[&str]) {
    for module in modules {
        for file in sources(module) {
            let text = fs::read_to_string(&file).expect("a source file");
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                for name in forbidden {
                    assert!(!line.contains(name), "{}:{}: must not know {name}", file.display(), number + 1);
                }
            }
        }
    }
}

const ALL: [&str; 10] = ["config", "random", "files", "data", "model", "train", "explore", "figure", "engine", "cli"];

#[test]
fn only_the_window_knows_egui() {
    forbid(&ALL, &["egui", "eframe", "rfd::"]);
}

#[test]
fn only_model_and_train_know_candle() {
    forbid(&["config", "random", "files", "data", "explore", "figure", "engine", "cli", "ui"], &["candle"]);
}

#[test]
fn only_the_command_line_knows_clap() {
    forbid(
        &["config", "random", "files", "data", "model", "train", "explore", "figure", "engine", "ui"],
        &["clap", "indicatif"],
    );
}

#[test]
fn imports_point_down() {
    let order = ["data", "model", "train", "explore", "figure", "engine", "ui", "cli"];
    for (i, module) in order.iter().enumerate() {
        let above: Vec<String> = order[i + 1..].iter().map(|m| format!("crate::{m}")).collect();
        let above: Vec<&str> = above.iter().map(String::as_str).collect();
        forbid(&[module], &above);
    }
    forbid(&["config", "random", "files"], &["crate::data", "crate::model", "crate::train", "crate::explore"]);
}

#[test]
fn training_starts_no_thread_and_knows_no_screen() {
    forbid(&["train", "explore"], &["thread::", "crossbeam"]);
}

#[test]
fn figures_and_explorations_are_bytes_that_others_write() {
    forbid(&["figure"], &["thread::", "crossbeam"]);
    forbid(&["explore", "figure"], &["crate::files", "std::fs"]);
}
