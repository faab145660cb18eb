//! Images of one's own in the window: opened, looked at, learned from; in colour, without classes and with many.

use egui_kittest::kittest::Queryable;
use latent_explorer::config::SHAPES;
use latent_explorer::explore::FieldKind;
use latent_explorer::figure::{PLAIN, Scale, class_color};
use latent_explorer::session::{Action, Preferences, Start};
use latent_explorer::ui::tabs::Draw;
use tempfile::TempDir;

use crate::support::colour_split;
use crate::support::folders::image_folder;
use crate::support::window::{Opening, Window, on_tab, settings};

const NAMES: [&str; 3] = ["red", "green", "blue"];

fn on(folder: TempDir, preferences: Preferences) -> Window {
    let start = Start::Fresh { data: Some(folder.path().display().to_string().into()) };
    Opening::new(preferences, start, Some(folder)).open()
}

#[test]
fn a_folder_that_is_dropped_is_looked_at_and_then_learned_from() {
    let mut window = Window::open(settings());
    let before = window.session().settings().data.clone();
    let folder = image_folder(&colour_split(60), &NAMES);
    std::fs::write(folder.path().join("red").join("broken.png"), b"no image").unwrap();
    window.drop_on(folder.path());
    let contents = window.wait(|app| app.images().preview().map(|preview| preview.contents.clone()));
    assert_eq!((contents.kept(), contents.left_out.count, contents.classes.len()), (60, 1, 3));
    window.harness.run_steps(3);
    window.harness.get_by_label("some of the images");
    window.harness.get_by_label_contains("broken.png");
    assert_eq!(window.session().settings().data, before, "nothing has begun yet");
    window.click("Train on these");
    window.wait(|app| (app.session().stage()?.probe.shape.channels == 3).then_some(()));
    window.wait(|app| (!app.session().panes().is_empty() && app.session().live().is_some()).then_some(()));
    let session = window.session();
    let stage = session.stage().unwrap();
    assert!(stage.dataset.train.shape.channels == 3 && !window.app().images().is_open());
    assert_eq!(session.screen().recent[0], stage.dataset.source);
    // Decoded at the cursor in colour.
    let pane = window.pane(0);
    let picture = window.wait(|app| app.panes().image(pane).filter(|picture| picture.channels == 3).cloned());
    assert_eq!((picture.width, picture.height), (5, 6));
}

#[test]
fn what_is_wrong_with_images_is_said_and_closing_changes_nothing() {
    let mut window = Window::open(settings());
    let before = window.session().settings().data.clone();
    let empty = TempDir::new().unwrap();
    window.drop_on(empty.path());
    wait_for_text(&mut window, "no images");
    window.click("Cancel");
    assert!(!window.app().images().is_open());
    assert_eq!(window.session().settings().data, before);
}

fn wait_for_text(window: &mut Window, text: &str) {
    crate::support::wait_for(|| {
        window.harness.step();
        window.harness.query_by_label_contains(text).map(|_| ())
    });
}

#[test]
fn images_without_classes_have_no_legend_no_means_and_one_colour() {
    let window = on(image_folder(&colour_split(40), &[]), settings());
    let session = window.session();
    assert!(!session.has_classes() && session.colors().iter().all(|&color| color == PLAIN));
    for absent in ["Classes", "class means", "trails"] {
        assert!(window.harness.query_by_label(absent).is_none(), "{absent}");
    }
    let mut window = window;
    window.act(Action::ShowField { pane: None, field: Some(FieldKind::Class) });
    assert_eq!(window.session().field(window.pane(0)), None);
    window.act(Action::Select(Some(vec![0, 1])));
    let csv = window.session().selection_csv().unwrap();
    assert!(csv.lines().nth(1).unwrap().starts_with("0,,"), "{csv}");
}

#[test]
fn of_many_classes_the_legend_is_searched_and_one_is_shown_alone() {
    let mut split = colour_split(60);
    split.labels = (0..60).map(|i| i % 30).collect();
    let names: Vec<String> = (0..30).map(|class| format!("kind {class:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut window = on(image_folder(&split, &names), settings());
    assert_eq!(window.session().stage().unwrap().dataset.class_names.len(), 30);
    let colors = window.session().colors().clone();
    let label = window.session().stage().unwrap().probe.labels[0];
    assert_eq!(colors[0], class_color(usize::from(label)));
    window.type_into("find a class", "kind 29");
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label("kind 28").is_none());
    window.click("kind 29");
    assert_eq!(window.session().document().selection.hidden, [29]);
    window.click("All");
    assert!(window.session().document().selection.hidden.is_empty());
}

#[test]
fn a_drawing_and_a_dropped_image_are_in_colour_where_the_images_are() {
    let mut window = on(image_folder(&colour_split(40), &NAMES), on_tab("draw"));
    window.harness.get_by_label("ground");
    let folder = TempDir::new().unwrap();
    let wide = folder.path().join("wide.png");
    image::RgbImage::from_pixel(20, 4, image::Rgb([250, 10, 20])).save(&wide).unwrap();
    window.drop_on(&wide);
    let image = window.wait(|app| app.session().document().drawing.image.clone());
    let pixel = |row: usize| [0, 1, 2].map(|c| (255.0 * image[(row * 5 + 2) * 3 + c]).round() as u8);
    assert_eq!(pixel(2), [250, 10, 20], "in the middle, in its proportions");
    assert_eq!(pixel(0), window.session().ground(), "and the ground above it");
    window.act(Action::ClearDrawing);
    let pad = window.harness.get_by_label("sketchpad").rect();
    assert!((pad.width() / pad.height() - 5.0 / 6.0).abs() < 0.01, "{pad:?}");
    window.drag(pad.center(), pad.center() + egui::vec2(0.0, 10.0));
    let run = window.run_id(1);
    window.wait(|app| app.tabs().get::<Draw>()?.pass(run).filter(|pass| pass.x_hat.channels == 3).map(|_| ()));
}

#[test]
fn points_of_shapes_have_the_colours_of_the_factor_that_is_chosen() {
    let start = Start::Fresh { data: Some(SHAPES.into()) };
    let mut window = Opening::new(settings(), start, None).open();
    let stage = window.session().stage().unwrap().clone();
    let factors = stage.dataset.probe_factors(stage.probe.len()).unwrap();
    let of = |k: usize| {
        let scale = Scale::of(&stage.dataset, k).unwrap();
        factors.iter().map(|factors| scale.color(factors[k])).collect::<Vec<_>>()
    };
    assert_eq!(**window.session().colors(), of(0));
    window.click(stage.dataset.factors.as_ref().unwrap().about.names[1]);
    assert_eq!(**window.session().colors(), of(1));
    window.click("none");
    assert!(window.session().scale().is_none() && window.session().colors().iter().all(|&color| color == PLAIN));
    window.act(Action::Undo);
    assert_eq!(**window.session().colors(), of(1), "undo takes the colours with it");
}
