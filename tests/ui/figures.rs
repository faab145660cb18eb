//! Figures and animations.

use std::path::Path;

use egui_kittest::kittest::Queryable;
use latent_explorer::explore::FieldKind;
use latent_explorer::figure::RUNS;
use latent_explorer::session::{Action, ExportId, FigureSettings, Overlay, Setting, View};
use latent_explorer::ui;
use latent_explorer::ui::tabs::PathTab;
use roxmltree::Document;
use tempfile::TempDir;

use super::trained;
use crate::support::window::Window;

const LOSSES: ExportId = ExportId::new("losses", "losses");

fn text_of(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

fn texts<'a>(document: &'a Document) -> Vec<&'a str> {
    document.descendants().filter_map(|node| node.text()).map(str::trim).collect()
}

fn count(document: &Document, tag: &str) -> usize {
    document.descendants().filter(|node| node.has_tag_name(tag)).count()
}

/// The figure of all planes as SVG.
fn planes(window: &mut Window) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("figure.svg");
    window.export(ui::PLANES, &file);
    text_of(&file)
}

#[test]
fn all_planes_become_one_figure_with_their_names_and_those_of_their_axes() {
    let svg = planes(&mut trained());
    let document = Document::parse(&svg).unwrap();
    let texts = texts(&document);
    for text in ["AE", "VAE, β = 1", "z₁", "z₂", "1σ"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
}

#[test]
fn a_figure_has_a_circle_for_each_code_and_each_class() {
    let mut window = trained();
    // The marks of the means have circles where they have been moved apart.
    window.act(Action::ShowOverlay { pane: None, overlay: Overlay::Means, on: false });
    let points = window.session().stage().unwrap().probe.len();
    let svg = planes(&mut window);
    let document = Document::parse(&svg).unwrap();
    assert_eq!(count(&document, "circle"), 2 * points + 3);
}

#[test]
fn a_figure_has_the_priors_rings_and_the_posteriors_each_with_a_halo() {
    let svg = planes(&mut trained());
    let document = Document::parse(&svg).unwrap();
    // Three rings in both planes; of each class of the VAE and of the image at its cursor an ellipse at 1 and at 2 σ.
    assert_eq!(count(&document, "ellipse"), 2 * (2 * 3 + 4 * 2));
}

#[test]
fn a_figure_marks_the_mean_of_each_class() {
    let mut window = trained();
    let rects = |window: &mut Window| {
        let svg = planes(window);
        let document = Document::parse(&svg).unwrap();
        count(&document, "rect")
    };
    let with = rects(&mut window);
    window.act(Action::ShowOverlay { pane: None, overlay: Overlay::Means, on: false });
    assert_eq!(with - rects(&mut window), 2 * 3);
}

#[test]
fn a_figure_as_pixels_has_the_size_that_is_set() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("figure.png");
    window.export(ui::PLANES, &file);
    assert_eq!(image::image_dimensions(&file).unwrap(), (1600, 800));
}

#[test]
fn a_figure_has_the_chosen_size_field_path_and_view() {
    let mut window = trained();
    window.click("Path");
    let runs = [0, 1].map(|place| window.run_id(place));
    let path = |run| move |app: &ui::App| app.tabs().get::<PathTab>()?.of(run).map(|_| ());
    runs.into_iter().for_each(|run| window.wait(path(run)));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plane.svg");
    let figure = FigureSettings { width: 640, height: 500, ..FigureSettings::default() };
    window.act(Action::Set(Setting::Figure(figure)));
    window.act(Action::ShowField { pane: None, field: Some(FieldKind::Density) });
    let view = View { min: [-1.0, -1.0], max: [1.0, 1.0], follows: false };
    window.act(Action::Look { pane: window.pane(1), view });
    window.click("Figure…");
    window.type_into("path", &file.display().to_string());
    window.click("The plane of VAE");
    window.wait_for_notice("plane.svg");
    let svg = text_of(&file);
    let document = Document::parse(&svg).unwrap();
    assert_eq!(document.root_element().attribute("width"), Some("640"));
    let texts = texts(&document);
    assert!(texts.contains(&"VAE, β = 1") && texts.contains(&"density q(z)") && !texts.contains(&"AE"), "{texts:?}");
    assert!(texts.contains(&"0.5") && !texts.contains(&"3"), "ticks of the view: {texts:?}");
    assert!(count(&document, "image") > 0, "the field");
    let steps = window.session().settings().path.steps;
    let lines = document.descendants().filter(|node| node.has_tag_name("polyline"));
    let lengths: Vec<_> = lines.map(|node| node.attribute("points").unwrap().split(' ').count()).collect();
    assert!(lengths.contains(&steps), "the path: {lengths:?}");
}

#[test]
fn the_path_typed_for_a_figure_is_not_that_of_the_next() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    window.click("Figure…");
    window.type_into("path", &folder.path().join("first.svg").display().to_string());
    window.click("All planes");
    window.wait_for_notice("first.svg");
    window.click("Figure…");
    let typed = window.harness.get_by_label("path").value().unwrap_or_default();
    assert_eq!(typed, "");
}

#[test]
fn the_losses_become_a_figure_with_a_curve_for_each_run() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("losses.svg");
    window.export(LOSSES, &file);
    let svg = text_of(&file);
    let document = Document::parse(&svg).unwrap();
    let texts = texts(&document);
    for text in ["recon, nats per image", "step", "AE", "VAE"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    for [r, g, b] in [RUNS[0], RUNS[1]] {
        let color = format!("#{r:02x}{g:02x}{b:02x}");
        let lines = document.descendants().filter(|node| node.has_tag_name("polyline"));
        let own = lines.filter(|node| node.attribute("stroke") == Some(color.as_str()));
        let drawn = own.filter(|node| node.attribute("points").unwrap().contains(' ')).count();
        assert!(drawn > 0, "no curve in {color}");
    }
}

#[test]
fn the_step_looked_back_at_is_marked_in_the_figure_of_the_losses() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("losses.svg");
    window.act(Action::LookAt(Some(16)));
    window.export(LOSSES, &file);
    let svg = text_of(&file);
    let document = Document::parse(&svg).unwrap();
    assert!(texts(&document).contains(&"step 16"), "{:?}", texts(&document));
}

#[test]
fn the_training_becomes_an_animation_with_a_frame_a_state() {
    let mut window = trained();
    let states = window.session().kept_steps().len();
    let folder = TempDir::new().unwrap();
    for name in ["training.gif", "training.apng"] {
        let file = folder.path().join(name);
        window.export(ui::TRAINING, &file);
        let bytes = std::fs::read(&file).unwrap();
        let frames = if name.ends_with("gif") {
            let mut decoder = gif::DecodeOptions::new().read_info(&bytes[..]).unwrap();
            assert_eq!((decoder.width(), decoder.height()), (840, 460));
            std::iter::from_fn(|| decoder.read_next_frame().unwrap().map(|_| ())).count()
        } else {
            let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            reader.info().animation_control().unwrap().num_frames as usize
        };
        assert_eq!(frames, states);
    }
}
