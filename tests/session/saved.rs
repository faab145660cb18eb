//! What is saved: the document as a whole, and what a file that holds anything is made of.

use latent_explorer::config::{Axes, Beta, Codebook, Likelihood, ModelSpec, PlaneChoice, TrainConfig};
use latent_explorer::explore::{FieldKind, Interpolation, Line, Spacing, Waypoint};
use latent_explorer::figure::Quantity;
use latent_explorer::session::{
    Coloring, Cursor, Document, Drawing, DrawingStage, FigureSettings, KlHalves, Link, LossSettings, Member, Overlays,
    Own, OwnSettings, Pane, PathSettings, Recipe, SampleSettings, Screen, Selection, StripFormat, Theme, Tool, View,
    WordSettings,
};
use latent_explorer::train::RunSettings;

use super::*;

fn unusual_roster() -> Vec<Member> {
    let train = TrainConfig { batch: 9, learning_rate: 0.25, beta: Beta { mean: 2.0, variance: 0.5 }, seed: 4 };
    let codebook = Codebook { words: 12, tokens: 2, gamma: 0.5, decay: None };
    let model = ModelSpec { latent: 4, codebook, ..ModelSpec::new(ModelKind::VqVae) };
    vec![Recipe::Own(RunSettings { model, train }).into(), Recipe::AsSet(ModelKind::Vae).into()]
}

/// Settings none of which is the default.
fn unusual_settings() -> Settings {
    Settings {
        data: "a folder".into(),
        roster: unusual_roster(),
        conv: true,
        hidden: "8,4".to_owned(),
        likelihood: Likelihood::Gaussian { c: 0.25, learned: true },
        train: TrainConfig { batch: 7, learning_rate: 0.5, beta: 3.0.into(), seed: 9 },
        kl: KlHalves::Off,
        is_chained: false,
        train_at_start: false,
        probe: 12,
        budget: 99,
        overlays: Overlays { manifold: true, trails: true, field: Some(FieldKind::Flow), ..Overlays::NONE },
        coloring: Coloring::Classes,
        link: Link::SameImage,
        tool: Tool::Lasso,
        path: PathSettings {
            points: vec![Waypoint::Code([0.5, -1.5]), Waypoint::Image(7)],
            steps: 9,
            interpolation: Interpolation::Geodesic,
            spacing: Spacing::Image,
            format: StripFormat::Apng,
            scale: 3,
        },
        samples: SampleSettings { count: 5, draw: 6, fitted: true },
        words: WordSettings { by_usage: true, posterior: true, drawn: 3, learned: true },
        traverse_from_zero: true,
        stage: DrawingStage::Posterior,
        infer_drawing: true,
    }
}

fn unusual_screen() -> Screen {
    let view = View { min: [-1.0, -2.0], max: [0.5, 4.0], follows: false };
    Screen {
        tab: "path".to_owned(),
        theme: Theme::Dark,
        zoom: 1.25,
        frame_rate: true,
        hint: false,
        losses: LossSettings { quantity: Quantity::Kl, logarithmic: true },
        figure: FigureSettings { width: 900, height: 700, dark: true, png: true },
        sessions: vec!["a.latent".into()],
        recent: vec!["/data/birds".into()],
        views: [(PaneId(3), view)].into(),
    }
}

pub fn unusual_document() -> Document {
    let own = Own { cursor: [0.25, 0.5], overlays: Overlays { points: true, ..Overlays::NONE } };
    let line = Line { points: vec![[0.25, 0.5], [0.75, 0.5]], radius: 0.125, erases: true, color: [255, 128, 0] };
    Document {
        settings: unusual_settings(),
        panes: vec![
            Pane { id: PaneId(5), run: RunId(2), own: Some(own) },
            Pane { id: PaneId(3), run: RunId(8), own: None },
        ],
        next_pane: 6,
        active: Some(PaneId(3)),
        names: [(RunId(8), "calm".to_owned())].into(),
        own: [(RunId(8), OwnSettings { beta: 20.0.into(), learning_rate: 0.25 })].into(),
        planes: [(RunId(2), PlaneChoice { axes: Axes::Dimensions([6, 2]), anchor: Some(7) })].into(),
        cursor: Cursor { code: [1.5, -0.5], image: Some(4) },
        selection: Selection { hidden: vec![1, 2], images: Some(Arc::new(vec![3, 6])) },
        drawing: Drawing {
            lines: Arc::new(vec![line]),
            image: Some(Arc::new(vec![0.0, 0.5, 1.0])),
            draw: 4,
            ground: Some([9, 8, 7]),
        },
        screen: unusual_screen(),
    }
}

#[test]
fn a_document_is_the_same_after_it_was_saved() {
    let document = unusual_document();
    let json = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
}

#[test]
fn a_file_that_says_nothing_is_the_default_document() {
    assert_eq!(serde_json::from_str::<Document>("{}").unwrap(), Document::default());
    assert_eq!(serde_json::from_str::<Preferences>("{}").unwrap(), Preferences::default());
}

#[test]
fn a_file_that_knows_a_part_of_the_settings_has_the_defaults_for_the_rest() {
    let json = r#"{"settings": {"probe": 12, "path": {"steps": 9}}}"#;
    let Settings { path, .. } = Settings::default();
    let expected = Settings { probe: 12, path: PathSettings { steps: 9, ..path }, ..Settings::default() };
    assert_eq!(serde_json::from_str::<Document>(json).unwrap().settings, expected);
}

#[test]
fn what_can_be_used_is_left_as_it_is() {
    assert_eq!(unusual_settings().sanitised(), unusual_settings());
    assert_eq!(unusual_screen().sanitised(), unusual_screen());
}

#[test]
fn a_zoom_that_is_no_number_is_none() {
    for zoom in [f32::NAN, f32::INFINITY] {
        assert_eq!(Screen { zoom, ..Screen::default() }.sanitised(), Screen::default());
    }
}

#[test]
fn a_zoom_that_leaves_nothing_to_see_is_the_usual_one() {
    assert_eq!(Screen { zoom: 0.0, ..Screen::default() }.sanitised().zoom, 1.0);
}

#[test]
fn a_zoom_that_is_chosen_has_the_same_limits() {
    let mut session = started();
    set(&mut session, Setting::Zoom(f32::NAN));
    assert_eq!(session.screen().zoom, 1.0);
    set(&mut session, Setting::Zoom(99.0));
    assert!(session.screen().zoom < 3.0);
}

#[test]
fn a_figure_of_no_size_is_given_one() {
    let figure = FigureSettings { width: 0, height: usize::MAX, ..FigureSettings::default() };
    let figure = Screen { figure, ..Screen::default() }.sanitised().figure;
    assert!(figure.width >= 100 && figure.height < 100_000, "{figure:?}");
}

#[test]
fn views_that_cannot_be_drawn_are_taken_away() {
    let sound = View { min: [-1.0, -1.0], max: [1.0, 1.0], follows: false };
    let unsound = [
        View { min: [f32::NAN, -1.0], ..sound },
        View { max: [f32::INFINITY, 1.0], ..sound },
        View { min: [1.0, 1.0], max: [1.0, 1.0], ..sound },
        View { min: [1.0, 1.0], max: [-1.0, -1.0], ..sound },
        View { min: [1e6, 1e6], max: [1e6 + 1.0, 1e6 + 1.0], ..sound },
    ];
    let views = unsound.into_iter().chain([sound]).enumerate().map(|(i, view)| (PaneId(i as u64), view)).collect();
    let views = Screen { views, ..Screen::default() }.sanitised().views;
    assert!(views.iter().eq([(&PaneId(5), &sound)]), "{views:?}");
}

#[test]
fn settings_that_no_run_can_be_started_with_become_the_defaults() {
    let train = TrainConfig { beta: f64::NAN.into(), ..TrainConfig::default() };
    let likelihood = Likelihood::Gaussian { c: 0.0, learned: false };
    for hidden in ["", "16;8", "0", "16,-8"] {
        let settings = Settings { hidden: hidden.to_owned(), train: train.clone(), likelihood, ..Settings::default() };
        assert!(settings.runs().is_err());
        assert_eq!(settings.sanitised(), Settings::default(), "{hidden:?}");
    }
}

#[test]
fn a_path_without_two_waypoints_is_given_those_of_the_default() {
    for points in [Vec::new(), vec![Waypoint::Image(3)]] {
        let path = PathSettings { points, ..PathSettings::default() };
        assert_eq!(Settings { path, ..Settings::default() }.sanitised(), Settings::default());
    }
}

#[test]
fn numbers_of_nothing_become_numbers_of_something() {
    let path = PathSettings { steps: 0, scale: 0, ..PathSettings::default() };
    let samples = SampleSettings { count: 0, ..SampleSettings::default() };
    let settings = Settings { probe: 0, budget: 0, path, samples, ..Settings::default() }.sanitised();
    let numbers = [settings.probe, settings.budget, settings.path.steps, settings.path.scale, settings.samples.count];
    assert!(numbers.iter().all(|&number| number > 0), "{numbers:?}");
}

#[test]
fn numbers_beyond_all_measure_are_limited() {
    let path = PathSettings { steps: usize::MAX, scale: usize::MAX, ..PathSettings::default() };
    let samples = SampleSettings { count: usize::MAX, ..SampleSettings::default() };
    let settings = Settings { probe: usize::MAX, budget: usize::MAX, path, samples, ..Settings::default() };
    let settings = settings.sanitised();
    let bytes = settings.budget.checked_mul(1 << 20);
    assert!(bytes.is_some() && settings.path.steps < 1_000 && settings.path.scale < 1_000, "{settings:?}");
}

#[test]
fn a_session_repairs_the_preferences_that_it_is_given() {
    let settings = Settings { hidden: "16;8".to_owned(), ..Settings::default() };
    let screen = Screen { zoom: f32::NAN, ..Screen::default() };
    let (session, _) = Session::new(Preferences { settings, screen }, Start::Fresh { data: None });
    assert_eq!((session.settings(), session.screen()), (&Settings::default(), &Screen::default()));
}
