//! The walls of the house: what each file must not know, found in what it imports.

mod checker;
mod graph;

use graph::{Graph, Import};

/// Rooms from the top of the house to its ground. A file knows its own room and those below; rooms on one floor do not know
/// each other. A room that does not exist yet has its place here already.
const FLOORS: [&[&str]; 11] = [
    &["cli"],
    &["bench"],
    &["ui"],
    &["session"],
    &["engine"],
    &["figure"],
    &["explore"],
    &["train"],
    &["model"],
    &["data"],
    &["catalogue", "config", "files", "format", "progress", "random"],
];

/// Folders of the window, and what each may know of the rest of it.
const WITHIN_UI: [(&str, &[&str]); 3] =
    [("ui/look", &[]), ("ui/plane", &["ui/look"]), ("ui/pane", &["ui/plane", "ui/look", "ui/tabs"])];

/// Crates, and the rooms that alone may know them.
const ONLY: [(&[&str], &[&str]); 4] = [
    // The bench drives the window without a display.
    (&["egui"], &["ui", "bench"]),
    (&["eframe", "egui_plot", "rfd"], &["ui"]),
    (&["candle_core", "candle_nn"], &["model", "train"]),
    (&["clap", "indicatif"], &["cli"]),
];

/// Rooms, and what they must not know of crates that others may.
const NEVER: [(&[&str], &[&str]); 3] = [
    (&["catalogue", "config", "random"], &["std::fs", "std::thread", "crossbeam_channel"]),
    (&["explore", "figure", "session"], &["std::fs", "std::thread", "crossbeam_channel"]),
    (&["model", "train"], &["crossbeam_channel"]),
];

/// The files that may know the app: what shows the window to the rest of the house, and what measures it.
const KNOW_THE_APP: [&str; 1] = ["ui/mod.rs"];

fn is_in(file: &str, folder: &str) -> bool {
    file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The top of the window: a file or a folder.
fn is_app(file: &str) -> bool {
    file == "ui/app.rs" || is_in(file, "ui/app")
}

/// The room that a file belongs to.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The imports that `is_wrong`, as sentences.
fn wrong(graph: &Graph, why: &str, is_wrong: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let imports = graph.imports();
    let wrong = imports.iter().filter(|Import { from, to, .. }| is_wrong(from, to));
    wrong.map(|Import { from, to, .. }| format!("{from} imports {to}: {why}")).collect()
}

/// Imports of a room that is not below.
fn upward(graph: &Graph) -> Vec<String> {
    wrong(graph, "an import points down only", |from, to| {
        from != "lib.rs" && room(from) != room(to) && floor(room(from)) >= floor(room(to))
    })
}

/// Imports through the walls within the window.
fn through_walls_of_ui(graph: &Graph) -> Vec<String> {
    let tab = |file: &str| {
        let name = file.strip_prefix("ui/tabs/").and_then(|below| below.split('/').next());
        name.map(|name| name.trim_end_matches(".rs").to_owned()).filter(|name| name != "mod")
    };
    let mut found = Vec::new();
    for (part, may) in WITHIN_UI {
        found.extend(wrong(graph, &format!("{part} may know of ui only {may:?}"), |from, to| {
            is_in(from, part) && room(to) == "ui" && !is_in(to, part) && !may.iter().any(|known| is_in(to, known))
        }));
    }
    found.extend(wrong(graph, "a tab knows no other tab", |from, to| {
        tab(from).zip(tab(to)).is_some_and(|(one, other)| one != other)
    }));
    found.extend(wrong(graph, "a tab knows neither the shell nor the app", |from, to| {
        tab(from).is_some() && (is_in(to, "ui/shell") || is_app(to))
    }));
    found.extend(wrong(graph, "shell and panes know tabs only as ui/tabs/mod.rs shows them", |from, to| {
        (is_in(from, "ui/shell") || is_in(from, "ui/pane")) && tab(to).is_some()
    }));
    found.extend(wrong(graph, "the app is at the top of ui", |from, to| {
        is_app(to) && !is_app(from) && !KNOW_THE_APP.contains(&from)
    }));
    found
}

/// Names of other crates where they do not belong.
fn foreign(graph: &Graph) -> Vec<String> {
    let names =
        |path: &str, name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    let mut found = Vec::new();
    for (file, path) in graph.externals() {
        let is_named = |all: &[&str]| all.iter().any(|name| names(&path, name));
        let alone = ONLY.iter().find(|(crates, rooms)| is_named(crates) && !rooms.contains(&room(file)));
        found.extend(alone.map(|(_, rooms)| format!("{file} names {path}, which only {rooms:?} may know")));
        if NEVER.iter().any(|(rooms, all)| rooms.contains(&room(file)) && is_named(all)) {
            found.push(format!("{file} names {path}, which {} must not know", room(file)));
        }
    }
    found
}

/// Fails with one sentence a line.
#[track_caller]
fn none(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = Graph::of_sources();
    none(&graph.circles().iter().map(|circle| circle.join(" -> ")).collect::<Vec<_>>());
}

#[test]
fn every_room_has_its_floor() {
    let graph = Graph::of_sources();
    none(
        &graph
            .files()
            .filter(|file| *file != "lib.rs" && floor(room(file)).is_none())
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    );
}

#[test]
fn imports_point_down() {
    none(&upward(&Graph::of_sources()));
}

#[test]
fn the_walls_within_the_window_hold() {
    none(&through_walls_of_ui(&Graph::of_sources()));
}

#[test]
fn other_crates_are_known_where_they_belong() {
    none(&foreign(&Graph::of_sources()));
}
