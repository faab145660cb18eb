//! Figures and animations.

use latent_explorer::explore::FieldKind;
use latent_explorer::ui::{Action, Export, FigureOf, FigureSettings, View};
use tempfile::TempDir;

use super::trained;

#[test]
fn all_planes_become_one_figure_with_their_names() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    for name in ["figure.svg", "figure.png"] {
        let file = folder.path().join(name);
        let action = Action::Export { what: Export::Figure(FigureOf::Panes), file: Some(file.clone()) };
        window.harness.state_mut().session.apply(action);
        window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains(name)));
        let bytes = std::fs::read(&file).unwrap();
        if name.ends_with("png") {
            assert_eq!(image::image_dimensions(&file).unwrap(), (1600, 800));
            continue;
        }
        let svg = String::from_utf8(bytes).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
        assert!(texts.contains(&"AE") && texts.contains(&"VAE, β = 1"), "{texts:?}");
        let circles = |radius: &str| {
            let is_one = |n: &roxmltree::Node| n.has_tag_name("circle") && n.attribute("r") == Some(radius);
            document.descendants().filter(is_one).count()
        };
        let points = window.harness.state().session.stage.as_ref().unwrap().probe.len();
        assert_eq!((circles("1.9"), circles("4.5")), (2 * points, 3), "codes, and a legend of three classes");
    }
}

#[test]
fn a_figure_has_the_chosen_size_field_path_and_view() {
    let mut window = trained();
    window.click("Path");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.way.way.is_some()).then_some(()));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plane.svg");
    let mut settings = window.harness.state().session.settings.clone();
    settings.figure = FigureSettings { width: 640, height: 500, file: file.clone(), ..FigureSettings::default() };
    settings.overlays.field = Some(FieldKind::Density);
    window.harness.state_mut().session.change(settings);
    let view = View { min: [-1.0, -1.0], max: [1.0, 1.0], follows: false };
    window.harness.state_mut().session.apply(Action::Look { pane: 1, view });
    window.click("Figure…");
    window.click("The plane of VAE");
    window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains("plane.svg")));
    let svg = std::fs::read_to_string(&file).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(document.root_element().attribute("width"), Some("640"));
    let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
    assert!(texts.contains(&"VAE, β = 1") && texts.contains(&"density q(z)") && !texts.contains(&"AE"), "{texts:?}");
    assert!(texts.contains(&"1") && !texts.contains(&"3"), "ticks of the view: {texts:?}");
    assert!(document.descendants().any(|node| node.has_tag_name("image")), "the field");
    let steps = window.harness.state().session.settings.path.steps;
    let path = document.descendants().filter(|node| node.has_tag_name("polyline"));
    let lengths: Vec<_> = path.map(|node| node.attribute("points").unwrap().split(' ').count()).collect();
    assert!(lengths.contains(&steps), "the path: {lengths:?}");
}

#[test]
fn the_losses_become_a_figure_with_a_curve_for_each_run() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("losses.svg");
    let what = Export::Figure(FigureOf::Losses);
    window.harness.state_mut().session.apply(Action::Export { what, file: Some(file.clone()) });
    window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains("losses.svg")));
    let svg = std::fs::read_to_string(&file).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
    for text in ["recon, nats per image", "step", "AE", "VAE"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    let curves = document.descendants().filter(|node| node.has_tag_name("polyline"));
    let drawn = curves.filter(|node| node.attribute("points").unwrap().contains(' ')).count();
    assert!(drawn >= 2, "{drawn} curves");
}

#[test]
fn the_training_becomes_an_animation_with_a_frame_a_state() {
    let mut window = trained();
    let states = window.harness.state().session.kept_steps().len();
    let folder = TempDir::new().unwrap();
    for name in ["training.gif", "training.apng"] {
        let file = folder.path().join(name);
        let action = Action::Export { what: Export::Training, file: Some(file.clone()) };
        window.harness.state_mut().session.apply(action);
        let notice = window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains(name)));
        assert!(!notice.is_error, "{notice:?}");
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
