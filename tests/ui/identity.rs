//! Slow answers. Whatever has become of its pane meanwhile, each turns up at its own run or nowhere. The runs are told apart
//! by what they answer: see `support::contrast`.

use std::sync::Arc;

use egui_kittest::kittest::{NodeT, Queryable};
use latent_explorer::catalogue;
use latent_explorer::config::ModelKind;
use latent_explorer::engine::SessionId;
use latent_explorer::explore::FieldKind;
use latent_explorer::figure::Frame;
use latent_explorer::session::{Action, Overlays, Setting, Start};
use latent_explorer::ui::tabs::{Draw, Inference, PathTab, Samples};
use tempfile::TempDir;

use crate::support::contrast::{Of, checkpoint};
use crate::support::gates::Gates;
use crate::support::window::{Opening, Window, on_tab};
use crate::support::{dataset_folder, wait_for};

/// A kind of answer that is slow for the left pane, which shows the AE at first.
struct Slow {
    /// What the workers call the job for it.
    held: &'static str,
    tab: &'static str,
    overlays: Overlays,
    /// Has the window ask for it, where that it is open is not enough.
    ask: fn(&mut Window),
    /// Which run the answer that the pane at a place shows is of, if it shows one.
    shown: fn(&mut Window, usize) -> Option<Of>,
}

const NOTHING: fn(&mut Window) = |_| ();

const MEASURES: Slow = Slow {
    held: "measures RunId(0)",
    tab: "measures",
    overlays: Overlays::NONE,
    ask: |window| window.act(Action::Measure(true)),
    shown: |window, place| {
        let measured = window.session().findings().measures.get(&window.run_id(place))?;
        Some(Of::distortion(measured.measures["recon"].value))
    },
};

const PATH: Slow = Slow {
    held: "path RunId(0)",
    tab: "path",
    overlays: Overlays::NONE,
    ask: NOTHING,
    shown: |window, place| {
        let (path, strip) = window.tab::<PathTab>().of(window.run_id(place))?;
        Some(one(Of::place(path.codes[0][0]), Of::picture(strip)))
    },
};

const SAMPLES: Slow = Slow {
    held: "samples RunId(0)",
    tab: "samples",
    overlays: Overlays::NONE,
    ask: NOTHING,
    shown: |window, place| Some(Of::picture(window.tab::<Samples>().of(window.run_id(place))?)),
};

const INFERENCE: Slow = Slow {
    held: "inference RunId(0)",
    tab: "inference",
    overlays: Overlays::NONE,
    ask: NOTHING,
    shown: |window, place| {
        let answer = window.tab::<Inference>().of(window.run_id(place))?;
        Some(Of::distortion(-answer.inference.evidence.log))
    },
};

const DRAWING: Slow = Slow {
    held: "drawing RunId(0)",
    tab: "draw",
    overlays: Overlays::NONE,
    ask: |window| window.act(Action::PutImage(Arc::new(vec![0.5; 64]))),
    shown: |window, place| {
        let pass = window.tab::<Draw>().pass(window.run_id(place))?;
        Some(one(Of::place(pass.mu[0]), Of::picture(&pass.x_hat)))
    },
};

const IMAGE: Slow = Slow {
    held: "image at the cursor PaneId(0)",
    tab: "losses",
    overlays: Overlays::NONE,
    ask: NOTHING,
    shown: |window, place| Some(Of::picture(window.app().panes().image(window.pane(place))?)),
};

const MANIFOLD: Slow = Slow {
    held: "manifold PaneId(0)",
    tab: "losses",
    overlays: Overlays { manifold: true, ..Overlays::NONE },
    ask: NOTHING,
    shown: |window, place| {
        let frame = frame(window, place)?;
        Of::manifold(&window.harness.render().unwrap(), &frame)
    },
};

const FIELD: Slow = Slow {
    held: "field PaneId(0)",
    tab: "losses",
    overlays: Overlays { field: Some(FieldKind::Density), ..Overlays::NONE },
    ask: NOTHING,
    // Yellow is the high end of its colours.
    shown: |window, place| {
        let frame = frame(window, place)?;
        Of::pixels(&window.harness.render().unwrap(), &frame, |[r, g, b]| r > 220 && g > 200 && b < 90)
    },
};

const CODES: Slow = Slow {
    held: "codes PaneId(0)",
    tab: "losses",
    overlays: Overlays { points: true, ..Overlays::NONE },
    ask: NOTHING,
    // Two of the classes are orange and red; the cursor is neither.
    shown: |window, place| {
        let frame = frame(window, place)?;
        Of::pixels(&window.harness.render().unwrap(), &frame, |[r, _, b]| r > 110 && r > b.saturating_add(40))
    },
};

fn frame(window: &Window, place: usize) -> Option<Frame> {
    window.app().panes().frame(window.pane(place)).copied()
}

/// What two parts of one answer say.
fn one(a: Of, b: Of) -> Of {
    assert_eq!(a, b, "two parts of one answer");
    a
}

/// What is done while the answer is under way; what must be kept for it.
type Change = fn(&mut Window) -> Option<TempDir>;

const CHANGES: [(&str, Change); 5] = [
    ("moved", |window| act(window, |window| Action::Move { pane: window.pane(0), to: 1 })),
    ("closed", |window| act(window, |window| Action::Close(window.pane(0)))),
    ("duplicated", |window| act(window, |window| Action::Duplicate(window.pane(0)))),
    ("shows the other run", |window| act(window, to_the_other_run)),
    ("other data", |window| {
        let data = dataset_folder();
        window.act(Action::Set(Setting::Data(data.path().display().to_string().into())));
        window.wait(|app| app.session().live().filter(|live| live.session == SessionId(2)).map(|_| ()));
        Some(data)
    }),
];

fn act(window: &mut Window, action: fn(&Window) -> Action) -> Option<TempDir> {
    let action = action(window);
    window.act(action);
    None
}

fn to_the_other_run(window: &Window) -> Action {
    Action::Show { pane: window.pane(0), run: window.run_id(1) }
}

fn opened(slow: &Slow, gates: &Gates) -> Window {
    let data = dataset_folder();
    let name = data.path().display().to_string();
    let runs = [ModelKind::Ae, ModelKind::Vae].into_iter().map(|kind| checkpoint(kind, &name).into()).collect();
    let mut preferences = on_tab(slow.tab);
    preferences.settings.overlays = slow.overlays.clone();
    Opening::new(preferences, Start::Trained { runs, data: None }, Some(data)).gated(gates).open()
}

/// Whether every pane shows the answer that is its run's. None shows another's, and what has been found is kept with its run.
fn is_complete(window: &mut Window, slow: &Slow, what: &str) -> bool {
    let mut complete = true;
    for place in 0..window.session().panes().len() {
        let (own, shown) = (Of::run(window.run(place)), (slow.shown)(window, place));
        assert!(shown.is_none_or(|of| of == own), "{what}: {own:?} in pane {place} shows what is of {shown:?}");
        complete &= shown.is_some();
    }
    let session = window.session();
    let measures = session.findings().measures.iter().map(|(run, found)| (run, found.measures["recon"].value));
    let measures = measures.map(|(run, recon)| (run, Of::distortion(recon)));
    let paths = session.findings().paths.iter().map(|(run, found)| (run, Of::place(found.codes[0][0])));
    for (run, of) in measures.chain(paths) {
        assert!(session.state_of(*run).is_none_or(|run| Of::run(run) == of), "{what}: {of:?} kept with {run}");
    }
    complete
}

fn stays_with_its_run(slow: &Slow) {
    for (what, change) in CHANGES {
        let gates = Gates::closed([slow.held]);
        let mut window = opened(slow, &gates);
        (slow.ask)(&mut window);
        window.wait_for_held(&gates, slow.held);
        let kept = change(&mut window);
        if kept.is_some() {
            // What was asked for went with the data.
            (slow.ask)(&mut window);
        }
        for _ in 0..4 {
            window.harness.step();
            is_complete(&mut window, slow, what);
        }
        gates.open();
        wait_for(|| {
            window.harness.step();
            is_complete(&mut window, slow, what).then_some(())
        });
        for _ in 0..8 {
            window.harness.step();
            is_complete(&mut window, slow, what);
        }
    }
}

#[test]
fn measures_stay_with_their_run() {
    stays_with_its_run(&MEASURES);
}

#[test]
fn a_path_stays_with_its_run() {
    stays_with_its_run(&PATH);
}

#[test]
fn samples_stay_with_their_run() {
    stays_with_its_run(&SAMPLES);
}

#[test]
fn inference_stays_with_its_run() {
    stays_with_its_run(&INFERENCE);
}

#[test]
fn what_became_of_a_drawing_stays_with_its_run() {
    stays_with_its_run(&DRAWING);
}

#[test]
fn the_image_at_the_cursor_stays_with_its_run() {
    stays_with_its_run(&IMAGE);
}

#[test]
fn a_manifold_stays_with_its_run() {
    stays_with_its_run(&MANIFOLD);
}

#[test]
fn a_field_stays_with_its_run() {
    stays_with_its_run(&FIELD);
}

#[test]
fn codes_stay_with_their_run() {
    stays_with_its_run(&CODES);
}

#[test]
fn a_pane_that_shows_another_run_shows_nothing_of_the_one_before() {
    for slow in [&IMAGE, &MANIFOLD, &FIELD, &CODES] {
        let gates = Gates::default();
        let mut window = opened(slow, &gates);
        wait_for(|| {
            window.harness.step();
            is_complete(&mut window, slow, "before").then_some(())
        });
        gates.close(slow.held);
        let action = to_the_other_run(&window);
        window.act(action);
        window.wait_for_held(&gates, slow.held);
        for _ in 0..4 {
            window.harness.step();
            is_complete(&mut window, slow, slow.held);
        }
        gates.open();
        wait_for(|| {
            window.harness.step();
            is_complete(&mut window, slow, "after").then_some(())
        });
    }
}

/// The numbers in the table of measures, in a row and in the column under a name.
fn cells(window: &Window, title: &str, name: &str) -> Vec<f64> {
    let tabs = window.harness.get_by_label("Losses").rect().bottom();
    let below = |label: &str| {
        let node = window.harness.query_all_by_label(label).find(|node| node.rect().top() > tabs);
        node.unwrap_or_else(|| panic!("{label} in the table")).rect()
    };
    let (row, column) = (below(title), below(name));
    let all =
        window.harness.root().children_recursive().filter(|node| node.accesskit_node().role() == egui::Role::Label);
    let cells = all.filter(|node| {
        let cell = node.rect();
        (cell.center().y - row.center().y).abs() < 6.0 && (column.left() - 30.0..column.right()).contains(&cell.left())
    });
    cells.filter_map(|node| node.value()?.replace('−', "-").parse().ok()).collect()
}

#[test]
fn aes_numbers_stand_under_aes_name_though_its_pane_was_moved_while_they_were_taken() {
    let gates = Gates::closed([MEASURES.held]);
    let mut window = opened(&MEASURES, &gates);
    window.click("Measure");
    window.wait_for_held(&gates, MEASURES.held);
    window.click("AE pane");
    window.click("Move right");
    assert_eq!(Of::run(window.run(0)), Of::Vae);
    gates.open();
    window.wait(|app| (app.session().findings().measures.len() == 2).then_some(()));
    window.harness.run_steps(3);
    let title = catalogue::about("mse").unwrap().title;
    for (place, name) in [(0, "VAE"), (1, "AE")] {
        let taken = window.session().findings().measures[&window.run_id(place)].measures["mse"].value;
        let cells = cells(&window, title, name);
        assert!(cells.iter().any(|cell| (cell - taken).abs() < 0.01 * taken), "{taken} under {name}: {cells:?}");
    }
}
