//! The tab Words.

use std::fs;

use egui_kittest::kittest::Queryable;
use latent_explorer::config::{ImageShape, ModelKind, TrainConfig};
use latent_explorer::explore::{draw_words, tile};
use latent_explorer::figure::FigureKind;
use latent_explorer::model::{Autoencoder, Checkpoint, Compute, Frozen, Progress};
use latent_explorer::progress::Progress as Told;
use latent_explorer::session::{Action, ExportId, Link, Setting, Start};
use latent_explorer::train::Opened;
use latent_explorer::ui::tabs::WordsTab;
use tempfile::TempDir;

use crate::support::window::{Opening, Window, on_tab, settings};
use crate::support::{SIDE, dataset_folder};
use crate::words::parameters;

/// A window on a VQ-VAE of 6 words whose tab is open.
fn open(tokens: usize) -> Window {
    let data = dataset_folder();
    let vectors = [-2.0, 0.0, 2.0, 0.0, 0.0, 1.5, 0.0, -1.5, 30.0, 30.0, 0.2, 0.1];
    let (model, parameters) = parameters(&vectors, 2, tokens);
    let name = data.path().display().to_string();
    let progress = Progress { step: 100, epoch: 1, data: name.clone().into(), train: TrainConfig::default() };
    let plane = latent_explorer::model::Plane::of(model.latent).into();
    let checkpoint = Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane };
    let start = Start::Trained { runs: vec![Opened::from(checkpoint)], data: Some(name.into()) };
    let mut window = Opening::new(on_tab("words"), start, Some(data)).open();
    let run = window.run_id(0);
    window.wait(|app| app.tabs().get::<WordsTab>()?.of(run).map(|_| ()));
    window.harness.run_steps(3);
    window
}

fn model(window: &Window) -> Autoencoder {
    window.run(0).checkpoint.restore(Compute::cpu(1)).unwrap()
}

fn image(model: &Autoencoder, code: &[f32]) -> Vec<u8> {
    tile(&model.decoded(code, &Told::silent()).unwrap(), ImageShape::grey(SIDE, SIDE), 1).pixels
}

#[test]
fn clicking_a_number_puts_the_cursor_on_its_word_and_shows_its_image() {
    let mut window = open(1);
    let (pane, model) = (window.pane(0), model(&window));
    window.click("word 3");
    assert_eq!(window.session().cursor_in(pane), [0.0, -1.5]);
    let expected = image(&model, &[0.0, -1.5]);
    window.wait(|app| app.panes().image(pane).filter(|picture| picture.pixels == expected).map(|_| ()));
}

#[test]
fn a_cursor_that_holds_on_to_images_lets_go_of_them_for_a_word() {
    let mut window = open(1);
    window.act(Action::Set(Setting::Link(Link::SameImage)));
    window.harness.run_steps(2);
    window.click("word 4");
    assert_eq!(window.session().cursor_in(window.pane(0)), [30.0, 30.0]);
}

#[test]
fn an_integer_that_is_drawn_shows_the_image_of_its_word() {
    let mut window = open(1);
    let (run, model) = (window.run_id(0), model(&window));
    assert!(window.tab::<WordsTab>().drawn(run).is_none());
    for count in 1..=3 {
        window.click("Draw an integer");
        window
            .wait(|app| app.tabs().get::<WordsTab>()?.drawn(run).filter(|(drawn, _)| drawn.len() == count).map(|_| ()));
    }
    let tab = window.tab::<WordsTab>();
    let (drawn, picture) = tab.drawn(run).unwrap();
    let words = &tab.of(run).unwrap().layer.words;
    for (i, tuple) in drawn.iter().enumerate() {
        assert_eq!(*tuple, draw_words(&[1.0 / 6.0; 6], 1, 3 - i as u64));
        assert_eq!(picture.column(i, 3).pixels, image(&model, words.vector(tuple[0])));
    }
    let name = format!("image of the integer {}", drawn[0][0]);
    window.harness.run_steps(2);
    window.harness.get_by_label(&name);
}

#[test]
fn with_two_tokens_a_draw_is_a_pair() {
    let mut window = open(2);
    let (run, model) = (window.run_id(0), model(&window));
    window.click("Draw an integer");
    let tuple = window.wait(|app| app.tabs().get::<WordsTab>()?.drawn(run).map(|(drawn, _)| drawn[0].clone()));
    assert_eq!(tuple, draw_words(&[1.0 / 6.0; 6], 2, 1));
    let tab = window.tab::<WordsTab>();
    let code = tab.of(run).unwrap().layer.words.spell(&tuple);
    assert_eq!(tab.drawn(run).unwrap().1.pixels, image(&model, &code));
    window.harness.run_steps(2);
    window.harness.get_by_label(&format!("({}, {})", tuple[0], tuple[1]));
}

#[test]
fn the_learned_prior_draws_no_word_that_explains_nothing() {
    let mut window = open(1);
    let run = window.run_id(0);
    window.click("Draw an integer");
    window.click("learned");
    let shares = window.wait(|app| app.tabs().get::<WordsTab>()?.weights(run).map(|weights| weights.shares.clone()));
    let expected = draw_words(&shares, 1, 1);
    window.wait(|app| app.tabs().get::<WordsTab>()?.drawn(run).filter(|(drawn, _)| drawn[0] == expected).map(|_| ()));
    // How often words are chosen, and what the prior was fitted to.
    assert_eq!(window.harness.query_all_by_label_contains("over 390").count(), 2);
}

#[test]
fn the_tab_says_how_many_words_are_used_and_sorts_them() {
    let mut window = open(1);
    let run = window.run_id(0);
    let words = window.tab::<WordsTab>().of(run).unwrap().layer.words.clone();
    assert!(words.is_dead(4), "no code is near it");
    window.harness.get_by_label_contains(&format!("{} of 6 words used, perplexity", words.used()));
    window.click("usage");
    let order = words.order(true);
    let place = |word: usize| {
        let rect = window.harness.get_by_label(&format!("word {word}")).rect();
        (rect.top(), rect.left())
    };
    let places: Vec<(f32, f32)> = order.iter().map(|&word| place(word)).collect();
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
}

#[test]
fn the_list_is_written_as_a_table_and_as_a_picture() {
    let (mut window, folder) = (open(1), TempDir::new().unwrap());
    let (table, picture) = (folder.path().join("words.csv"), folder.path().join("words.png"));
    window.export(ExportId::new("words", "list"), &table);
    window.export(ExportId::new("words", "images"), &picture);
    let csv = fs::read_to_string(table).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines.len(), lines[1]), (8, "word,e_0,e_1,chosen,share"));
    assert_eq!(lines[6], "4,30,30,0,0");
    let chosen: u64 = lines[2..].iter().map(|line| line.split(',').nth(3).unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(chosen, 390, "the probe is all test images and as many training images as there are");
    let image = image::open(picture).unwrap();
    let scale = window.session().settings().path.scale as u32;
    assert_eq!((image.width(), image.height()), (3 * SIDE as u32 * scale, 2 * SIDE as u32 * scale));
}

#[test]
fn a_figure_of_the_plane_has_the_words_unless_they_are_hidden() {
    let (mut window, folder) = (open(1), TempDir::new().unwrap());
    let file = folder.path().join("planes.svg");
    assert_eq!(FigureKind::of(&file).unwrap(), FigureKind::Svg);
    window.act(Action::Set(Setting::Tab("losses".to_owned())));
    let images = |window: &mut Window, name: &str| {
        let file = folder.path().join(name);
        window.export(ExportId::new("figure", "planes"), &file);
        let svg = fs::read_to_string(file).unwrap();
        (crate::figure::count(&svg, "image"), crate::figure::count(&svg, "polygon"))
    };
    let (shown, cells) = images(&mut window, "shown.svg");
    assert!(shown >= 4 && cells >= 5, "{shown} images and {cells} cells");
    window.press(egui::Key::V);
    assert!(!window.session().settings().overlays.words);
    assert_eq!(images(&mut window, "hidden.svg").1, 0);
}

#[test]
fn a_session_without_words_says_what_they_are_and_starts_a_vq_vae() {
    let mut window = Window::open(on_tab("words"));
    window.harness.get_by_label_contains("each a number with its vector");
    window.click("New VQ-VAE");
    window.wait_for_panes(3);
    assert_eq!(window.run(2).checkpoint.model.kind, ModelKind::VqVae);
    let run = window.run_id(2);
    window.wait(|app| app.tabs().get::<WordsTab>()?.of(run).map(|_| ()));
    window.harness.run_steps(2);
    window.harness.get_by_label("word 0");
}

#[test]
fn the_prior_rings_are_not_drawn_for_words() {
    let mut window = Window::open(settings());
    window.act(Action::NewRun(ModelKind::VqVae));
    window.wait_for_panes(3);
    let folder = TempDir::new().unwrap();
    let ellipses = |window: &mut Window, pane| {
        let file = folder.path().join(format!("{pane:?}.svg"));
        window.export(ExportId { pane: Some(pane), ..ExportId::new("figure", "plane") }, &file);
        crate::figure::count(&fs::read_to_string(file).unwrap(), "ellipse")
    };
    window.press(egui::Key::Q);
    let (vae, words) = (window.pane(1), window.pane(2));
    assert_eq!((ellipses(&mut window, vae), ellipses(&mut window, words)), (6, 0));
}
