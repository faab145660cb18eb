//! Controls of numbers change nothing by being drawn, or by being clicked and left; views that cannot be drawn are not looked at.

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, ViewportId};
use egui_kittest::kittest::{AccessKitNode, Queryable};
use latent_explorer::config::{Beta, Likelihood, ModelKind};
use latent_explorer::session::{Action, Draft, Preferences, Preset, Setting};
use latent_explorer::train::RunSettings;

use crate::support::window::{Opening, Window, settings};

/// Values that a run can have and a control cannot be set to: too large, too small, or between two of its steps.
fn unusual(tab: &str, beta: f64) -> Preferences {
    let mut preferences = settings();
    preferences.screen.tab = tab.to_owned();
    let settings = &mut preferences.settings;
    settings.train.beta = Beta { mean: beta, variance: beta / 3.0 };
    settings.is_chained = false;
    settings.train.learning_rate = if beta > 1.0 { 0.5 } else { 1.2345e-4 };
    settings.train.batch = 6_000;
    settings.train.seed = (1 << 60) + 1;
    settings.likelihood = Likelihood::Gaussian { c: if beta > 1.0 { 5.0 } else { 0.012_345 }, learned: false };
    settings.probe = 7;
    settings.path.steps = 60;
    settings.samples.count = 700;
    preferences
}

/// Every number in the window that can be typed, with those beside sliders, is chosen and left as it is; how many there are.
fn choose_numbers(window: &mut Window) -> usize {
    let is_number = |node: &AccessKitNode<'_>| node.role() == Role::SpinButton;
    let count = window.harness.query_all_by(is_number).count();
    for i in 0..count {
        window.harness.query_all_by(is_number).nth(i).expect("a number").focus();
        window.harness.run_steps(2);
        window.press(Key::Enter);
    }
    count
}

#[test]
fn numbers_that_no_control_can_be_set_to_stay_as_they_are_when_they_are_drawn_chosen_and_left() {
    let mut chosen = 0;
    for beta in [1_000.0, 1.23456e-4] {
        for tab in ["losses", "path", "samples", "draw"] {
            let preferences = unusual(tab, beta);
            let mut window = Opening::on_bars(preferences.clone()).open();
            let expected = |window: &Window| {
                let mut settings = preferences.settings.clone();
                settings.data = window.session().settings().data.clone();
                settings.roster = window.session().settings().roster.clone();
                settings
            };
            assert_eq!(window.session().settings(), &expected(&window), "drawn, {tab}");
            window.click("Model and session");
            window.harness.run_steps(30);
            chosen += choose_numbers(&mut window);
            assert_eq!(window.session().settings(), &expected(&window), "chosen, {tab}");
        }
    }
    assert!(chosen > 60, "{chosen} numbers");
}

#[test]
fn a_run_of_its_own_keeps_what_no_control_can_be_set_to() {
    let mut window = Window::open(settings());
    let own = window.session().settings().run(ModelKind::Vae).unwrap();
    let mut train = own.train.clone();
    (train.beta, train.learning_rate) = (Beta { mean: 1_234.5, variance: 1e5 }, 0.5);
    window.act(Action::Start(Box::new(RunSettings { train: train.clone(), ..own })));
    window.wait_for_panes(3);
    window.harness.run_steps(5);
    let kept = window.session().document().own.values().next().cloned().unwrap();
    assert_eq!((kept.beta, kept.learning_rate), (train.beta, 0.5));
}

#[test]
fn a_run_that_is_described_keeps_what_no_control_can_be_set_to() {
    let mut window = Window::open(settings());
    for preset in Preset::ALL {
        let mut draft = Draft::new(preset, window.session().settings());
        (draft.train.beta, draft.train.learning_rate) = (Beta::both(1_234.5), 0.5);
        draft.train.seed = (1 << 60) + 1;
        window.act(Action::Describe(Some(Box::new(draft.clone()))));
        window.harness.run_steps(5);
        assert_eq!(window.session().draft(), Some(&draft));
        window.act(Action::Describe(None));
    }
}

#[test]
fn what_is_typed_beyond_a_range_becomes_its_end() {
    let mut window = Window::open(settings());
    window.click("Model and session");
    window.harness.run_steps(30);
    for (typed, expected) in [("9999", 4_096), ("0", 1), ("64", 64)] {
        window.type_into("batch", typed);
        window.press(Key::Enter);
        assert_eq!(window.session().settings().train.batch, expected, "{typed}");
    }
}

#[test]
fn codes_that_are_too_far_to_be_drawn_leave_a_view_that_can_be_and_a_window_that_rests() {
    let mut window = Window::open(settings());
    window.settle();
    for far in [f32::INFINITY, 3e38, 1e12, f32::NAN] {
        let mut live = window.session().live().unwrap().clone();
        live.runs.iter_mut().for_each(|run| run.summary.bounds = Some(([-far; 2], [far; 2])));
        window.harness.state_mut().receive(Some(live), Vec::new());
        let pane = window.pane(0);
        window.act(Action::FitView(pane));
        window.harness.run_steps(2);
        window.settle();
        window.harness.run_steps(5);
        let frame = window.frame(0);
        assert!(frame.min.iter().chain(&frame.max).all(|v| v.is_finite()), "{far}: {frame:?}");
        let delay = window.harness.output().viewport_output[&ViewportId::ROOT].repaint_delay;
        assert!(delay > Duration::ZERO, "{far}");
        assert!(window.session().document().screen.views.values().all(|view| view.is_sound()), "{far}");
    }
}

#[test]
fn a_zoom_of_the_interface_that_cannot_be_drawn_is_not_kept() {
    let mut window = Window::open(settings());
    for zoom in [f32::NAN, f32::INFINITY, 0.0] {
        window.act(Action::Set(Setting::Zoom(zoom)));
        window.harness.run_steps(3);
        assert_eq!(window.session().preferences().screen.zoom, 1.0);
    }
}
