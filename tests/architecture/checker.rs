//! The checker finds what it looks for, in small sets of files.

use super::graph::Graph;
use super::{foreign, through_walls_of_ui, upward};

/// What `check` says of files of which all but the first two are empty.
fn found(check: fn(&Graph) -> Vec<String>, files: &[(&str, &str)]) -> Vec<String> {
    check(&Graph::new(files.iter().copied()))
}

/// Whether an import that is written so in `from` is found to point up to `to`.
fn points_up(from: &str, text: &str, to: &str) -> bool {
    let found = found(upward, &[(from, text), (to, ""), ("lib.rs", ""), ("explore/mod.rs", "")]);
    found == [format!("{from} imports {to}: an import points down only")]
}

#[test]
fn an_upward_import_is_found_however_it_is_written() {
    for text in [
        "use crate::ui::theme::Color;",
        "use crate::ui::{theme};",
        "use crate::{config, ui::{app::App, theme::{Color as C, *}}};",
        "use super::super::ui::theme;",
        "pub use crate::ui::theme::Color;",
        "fn f() { use crate::ui::theme::Color; }",
        "fn f() -> u8 { crate::ui::theme::dark() }",
        "fn f(color: Option<crate::ui::theme::Color>) {}",
        "impl crate::ui::theme::Look for u8 {}",
        "mod inner { use super::super::super::ui::theme::Color; }",
        "fn f() { println!(\"{}\", [crate::ui::theme::dark()]); }",
        "#[serde(default = crate::ui::theme::dark)] struct S;",
        "macro_rules! m { () => { $crate::ui::theme::dark() } }",
    ] {
        assert!(points_up("explore/path.rs", text, "ui/theme.rs"), "{text}");
    }
}

#[test]
fn a_name_in_a_comment_or_in_a_text_is_no_import() {
    for text in
        ["// use crate::ui::theme;", "/// [`crate::ui::theme`]\nfn f() {}", "const A: &str = \"crate::ui::theme\";"]
    {
        assert!(found(upward, &[("explore/path.rs", text), ("ui/theme.rs", "")]).is_empty(), "{text}");
    }
}

#[test]
fn a_name_taken_from_a_folder_is_an_import_of_its_mod() {
    assert!(points_up("model/loss.rs", "use crate::train::History;", "train/mod.rs"));
    assert!(
        points_up("files.rs", "use crate::config::Code;", "config.rs"),
        "rooms on one floor do not know each other"
    );
    let down = [
        ("train/mod.rs", "use crate::model::loss; use crate::config::Code;"),
        ("model/loss.rs", ""),
        ("config.rs", ""),
    ];
    assert!(found(upward, &down).is_empty());
}

fn circles<'a>(files: &[(&'a str, &'a str)]) -> Vec<String> {
    Graph::new(files.iter().copied()).circles().iter().map(|circle| circle.join(" -> ")).collect()
}

#[test]
fn a_circle_is_found_with_the_names_of_its_files() {
    let files = [
        ("explore/mod.rs", "mod a; mod b; mod c; pub use a::A;"),
        ("explore/a.rs", "use super::b::B;"),
        ("explore/b.rs", "fn f() { super::c::c() }"),
        ("explore/c.rs", "use crate::explore::{a::A, d};"),
        ("explore/d.rs", "use super::a;"),
    ];
    assert_eq!(circles(&files), ["explore/a.rs -> explore/b.rs -> explore/c.rs"]);
}

#[test]
fn a_circle_through_the_mod_of_another_folder_is_found() {
    let files = [
        ("ui/mod.rs", "mod plane; mod tabs;"),
        ("ui/plane.rs", "use super::tabs::Tab;"),
        ("ui/tabs/mod.rs", "mod path; use path::Path; pub use path::Place;"),
        ("ui/tabs/path.rs", "use super::Tab; use crate::ui::plane;"),
    ];
    assert_eq!(circles(&files), ["ui/plane.rs -> ui/tabs/mod.rs -> ui/tabs/path.rs"]);
}

#[test]
fn a_folder_may_show_what_it_has_and_what_it_has_may_use_the_folder() {
    let files = [
        ("explore/mod.rs", "mod a; pub use a::A; pub struct Code;"),
        ("explore/a.rs", "use super::Code; use crate::explore::Code as C;"),
    ];
    assert!(circles(&files).is_empty());
}

#[test]
fn a_breach_of_a_wall_within_the_window_is_found() {
    let others = [
        "ui/app.rs",
        "ui/look/theme.rs",
        "ui/mod.rs",
        "ui/pane/head.rs",
        "ui/plane/camera.rs",
        "ui/shell/toolbar.rs",
        "ui/tabs/draw.rs",
        "ui/tabs/mod.rs",
        "ui/tabs/path/view.rs",
    ];
    let breaches = |from: &str, to: &str| {
        let to = to.trim_end_matches("/mod.rs").trim_end_matches(".rs").replace('/', "::");
        let text = format!("use crate::{to}::Name;");
        let files = others.iter().map(|&other| (other, if other == from { text.as_str() } else { "" }));
        !through_walls_of_ui(&Graph::new(files)).is_empty()
    };
    let found: Vec<String> = others
        .iter()
        .flat_map(|from| others.iter().filter(|to| breaches(from, to)).map(move |to| format!("{from} {to}")))
        .collect();
    let of = |from: &str, all: &[&str]| all.iter().map(|to| format!("{from} {to}")).collect::<Vec<_>>();
    let expected = [
        of(
            "ui/look/theme.rs",
            &[
                "ui/app.rs",
                "ui/mod.rs",
                "ui/pane/head.rs",
                "ui/plane/camera.rs",
                "ui/shell/toolbar.rs",
                "ui/tabs/draw.rs",
                "ui/tabs/mod.rs",
                "ui/tabs/path/view.rs",
            ],
        ),
        of(
            "ui/pane/head.rs",
            &["ui/app.rs", "ui/mod.rs", "ui/shell/toolbar.rs", "ui/tabs/draw.rs", "ui/tabs/path/view.rs"],
        ),
        of(
            "ui/plane/camera.rs",
            &[
                "ui/app.rs",
                "ui/mod.rs",
                "ui/pane/head.rs",
                "ui/shell/toolbar.rs",
                "ui/tabs/draw.rs",
                "ui/tabs/mod.rs",
                "ui/tabs/path/view.rs",
            ],
        ),
        of("ui/shell/toolbar.rs", &["ui/app.rs", "ui/tabs/draw.rs", "ui/tabs/path/view.rs"]),
        of("ui/tabs/draw.rs", &["ui/app.rs", "ui/shell/toolbar.rs", "ui/tabs/path/view.rs"]),
        of("ui/tabs/mod.rs", &["ui/app.rs"]),
        of("ui/tabs/path/view.rs", &["ui/app.rs", "ui/shell/toolbar.rs", "ui/tabs/draw.rs"]),
    ];
    assert_eq!(found, expected.concat());
}

#[test]
fn another_crate_in_the_wrong_room_is_found() {
    for (file, text) in [
        ("session/mod.rs", "use egui::Color32;"),
        ("engine/mod.rs", "fn f(x: candle_core::Tensor) {}"),
        ("cli/train.rs", "use {eframe::App, std::fs};"),
        ("ui/app.rs", "#[derive(clap::Args)] struct A;"),
        ("explore/path.rs", "use std::{fs, io};"),
        ("figure/svg.rs", "fn f() { assert!(std::thread::park() == ()); }"),
        ("session/apply.rs", "use std::fs::File;"),
    ] {
        assert_eq!(found(foreign, &[(file, text)]).len(), 1, "{text}");
    }
    for (file, text) in
        [("ui/app.rs", "use egui::Ui; use rfd;"), ("explore/path.rs", "use std::fmt; use egui_like::A;")]
    {
        assert!(found(foreign, &[(file, text)]).is_empty(), "{text}");
    }
}
