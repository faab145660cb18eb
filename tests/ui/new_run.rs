//! The dialog that describes a new run, by its labels.

use egui::{Key, Rect, Role};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use latent_explorer::config::{Beta, ModelKind, PriorKind};
use latent_explorer::session::{Action, Draft, MOST_PANES, Preset, Setting};

use super::trained;
use crate::support::window::{Opening, SMALLEST, USUAL, Window, settings};

fn opened() -> Window {
    let mut window = Window::open(settings());
    window.click("+ New run");
    window.harness.run_steps(3);
    window
}

/// The control of the dialog that has this label: others of the window may have it too, but lie to the left.
fn control<'a>(window: &'a Window, label: &'a str) -> Node<'a> {
    let is_inside = |node: &Node| node.rect().left() > 250.0 && node.rect().top() > 46.0;
    window.harness.query_all_by_label(label).find(is_inside).expect(label)
}

fn has(window: &Window, label: &str) -> bool {
    window.harness.query_all_by_label(label).any(|node| node.rect().left() > 250.0 && node.rect().top() > 46.0)
}

fn choose(window: &mut Window, label: &str) {
    control(window, label).click();
    window.harness.run_steps(3);
}

fn draft(window: &Window) -> &Draft {
    window.session().draft().expect("a draft")
}

fn start(window: &Window) -> Node<'_> {
    window.harness.get_by_role_and_label(Role::Button, "Start")
}

fn is_off(node: Node) -> bool {
    node.accesskit_node().is_disabled()
}

#[test]
fn a_preset_fills_the_fields() {
    let mut window = opened();
    choose(&mut window, "VampPrior");
    assert_eq!(draft(&window).model.prior, PriorKind::Vamp { components: 100 });
    assert_eq!(control(&window, "pseudo-inputs").value().as_deref(), Some("100"));
    window.harness.get_by_role_and_label(Role::Button, "β-VAE").click();
    window.harness.run_steps(3);
    assert_eq!(draft(&window).train.beta, 4.0);
}

#[test]
fn only_what_a_model_has_is_offered() {
    let mut window = opened();
    let fields = ["prior p(z)", "words", "hidden layers", "β of means", "learning rate"];
    for (preset, expected) in [
        (Preset::Pca, [false, false, false, true, false]),
        (Preset::Ae, [false, false, true, false, true]),
        (Preset::Vae, [true, false, true, true, true]),
        (Preset::VqVae, [false, true, true, false, true]),
    ] {
        let described = Draft::new(preset, window.session().settings());
        window.act(Action::Describe(Some(Box::new(described))));
        window.harness.run_steps(3);
        assert_eq!(fields.map(|field| has(&window, field)), expected, "{preset:?}");
    }
}

#[test]
fn a_choice_that_cannot_be_started_explains_itself_and_start_is_off() {
    let mut window = opened();
    assert!(!is_off(start(&window)));
    let mut described = Draft::new(Preset::VqVae, window.session().settings());
    described.model.codebook.tokens = 3;
    window.act(Action::Describe(Some(Box::new(described))));
    window.harness.run_steps(3);
    window.harness.get_by_label_contains("3 tokens of 2 latent dimensions");
    assert!(is_off(start(&window)));
}

#[test]
fn start_adds_a_pane_with_the_model_that_was_chosen() {
    for (preset, kind, name) in
        [("PCA", ModelKind::Pca, "PCA"), ("Mixture", ModelKind::Vae, "VAE 2"), ("VQ-VAE", ModelKind::VqVae, "VQ-VAE")]
    {
        let mut window = opened();
        let button = window.harness.query_all_by_label(preset).filter(|node| node.rect().left() > 250.0);
        button.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top())).expect(preset).click();
        window.harness.run_steps(3);
        let expected = draft(&window).run().unwrap();
        start(&window).click();
        window.harness.run_steps(3);
        assert!(window.session().draft().is_none());
        window.wait_for_panes(3);
        let run = window.run(2);
        assert_eq!(run.checkpoint.model.kind, kind);
        assert_eq!(run.checkpoint.model.prior, expected.model.prior);
        assert_eq!(run.checkpoint.model.arch, expected.model.arch);
        window.plane(name);
        window.click("⏭ Step");
        window.wait_for_step(1);
    }
}

#[test]
fn it_is_opened_from_the_menu_of_a_pane_and_closed_by_escape() {
    let mut window = trained();
    window.click("AE pane");
    window.click("New run…");
    assert!(window.session().draft().is_some());
    window.press(Key::Escape);
    window.harness.run_steps(3);
    assert!(window.session().draft().is_none() && window.session().panes().len() == 2);
}

#[test]
fn where_there_is_no_room_for_a_pane_it_says_so() {
    let mut window = Window::open(settings());
    while window.session().panes().len() < MOST_PANES {
        window.act(Action::Duplicate(window.pane(0)));
    }
    window.click("+ New run");
    window.harness.run_steps(3);
    window.harness.get_by_label_contains("room for 4 panes");
    assert!(is_off(start(&window)));
}

#[test]
fn digits_typed_into_it_call_no_command() {
    let mut window = opened();
    window.press(Key::Num1);
    window.press(Key::Space);
    assert_eq!(window.session().settings().overlays.field, None);
    assert!(!window.session().is_training());
}

#[test]
fn nothing_of_it_lies_outside_of_the_smallest_window() {
    for size in [SMALLEST, USUAL] {
        let mut window = Opening::on_bars(settings()).sized(size).open();
        for preset in Preset::ALL {
            let described = Draft::new(preset, window.session().settings());
            window.act(Action::Describe(Some(Box::new(described))));
            window.harness.run_steps(4);
            let screen = Rect::from_min_size(egui::Pos2::ZERO, size);
            for label in ["New run", "seed", "Start", "Cancel"] {
                let rect = control(&window, label).rect();
                assert!(screen.contains_rect(rect), "{preset:?} at {size:?}: {label} at {rect:?}");
            }
        }
    }
}

#[test]
fn the_chain_gives_both_halves_one_weight_and_without_it_each_has_its_own() {
    let mut window = Window::open(settings());
    let slide = |window: &mut Window, half: &str, to: f64| {
        window.harness.get_by_role_and_label(Role::Slider, half).set_value_accesskit(to);
        window.harness.run_steps(2);
    };
    slide(&mut window, "β of variances", 2.5);
    assert_eq!(window.session().settings().beta(), Beta::both(2.5));
    window.click("one β for both halves");
    slide(&mut window, "β of variances", 0.5);
    assert_eq!(window.session().settings().beta(), Beta { mean: 2.5, variance: 0.5 });
    window.click("⏭ Step");
    window.wait_for_step(1);
    assert_eq!(window.beta(), Beta { mean: 2.5, variance: 0.5 });
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("β_μ 2.5, β_σ 0.5");
    window.click("only mean");
    assert_eq!(window.session().settings().beta(), Beta { mean: 2.5, variance: 0.0 });
}

#[test]
fn a_run_of_its_own_says_what_it_is_and_has_its_weights_in_its_head() {
    let mut window = Window::open(settings());
    let mut described = Draft::new(Preset::Mixture, window.session().settings());
    described.model.latent = 3;
    window.act(Action::Start(Box::new(described.run().unwrap())));
    window.wait_for_panes(3);
    window.harness.get_by_label_contains("mixture of 10, 3 dimensions");
    window.harness.get_by_role_and_label(Role::SpinButton, "β");
    assert_eq!(window.harness.query_all_by_label("trained as set at the left").count(), 2);
    window.act(Action::Set(Setting::Beta(9.0.into())));
    window.click("⏭ Step");
    window.wait_for_step(1);
    let beta = |place: usize| window.run(place).checkpoint.progress.train.beta;
    assert_eq!([beta(1), beta(2)], [Beta::both(9.0), Beta::both(1.0)]);
}
