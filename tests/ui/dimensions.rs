//! Runs of sixteen dimensions, of three and of one in the window.

use std::sync::Arc;

use egui_kittest::kittest::Queryable;
use latent_explorer::config::{Axes, ImageShape, ModelKind, PlaneChoice, TrainConfig};
use latent_explorer::explore::dimensions::usage;
use latent_explorer::explore::{FieldKind, tile};
use latent_explorer::model::{Checkpoint, Compute, Frozen, Plane, Progress, initial_parameters};
use latent_explorer::progress;
use latent_explorer::session::{Action, ExportId, Setting, Start};
use latent_explorer::ui::tabs::{DimensionsTab, Draw};
use tempfile::TempDir;

use crate::support::window::{Opening, SMALLEST, Window, on_tab};
use crate::support::{SIDE, dataset_folder, model_config};

fn checkpoint(kind: ModelKind, latent: usize, data: &str) -> Checkpoint {
    let mut model = model_config(kind);
    model.spec.latent = latent;
    let parameters: Vec<f32> = initial_parameters(&model, 5).into_iter().map(|v| 3.0 * v).collect();
    let progress = Progress { step: 100, epoch: 1, data: data.into(), train: TrainConfig::default() };
    Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane: Plane::of(latent).into() }
}

fn opening(tab: &str, runs: &[(ModelKind, usize)]) -> Opening {
    let data = dataset_folder();
    let name = data.path().display().to_string();
    let runs = runs.iter().map(|&(kind, latent)| checkpoint(kind, latent, &name).into()).collect();
    Opening::new(on_tab(tab), Start::Trained { runs, data: Some(name.into()) }, Some(data))
}

const THREE: [(ModelKind, usize); 3] = [(ModelKind::Vae, 16), (ModelKind::Ae, 3), (ModelKind::Vae, 2)];

fn wait_for_strips(window: &mut Window, place: usize) {
    let run = window.run_id(place);
    window.wait(|app| app.tabs().get::<DimensionsTab>()?.of(run).map(|_| ()));
    window.harness.run_steps(3);
}

#[test]
fn the_tab_has_a_strip_for_each_dimension_of_each_run() {
    let mut window = opening("dimensions", &THREE).open();
    for (place, (_, latent)) in THREE.into_iter().enumerate() {
        wait_for_strips(&mut window, place);
        let run = window.run(place).clone();
        let found = window.tab::<DimensionsTab>().of(run.id).unwrap();
        assert_eq!(found.usage, usage(&run.full, &run.checkpoint.model));
        assert_eq!((found.strips.width, found.strips.height), (11 * SIDE, latent * SIDE));
        let name = window.session().name(&run);
        window.harness.get_by_label(&format!("{name} z₁"));
    }
}

#[test]
fn the_strips_are_what_the_decoder_makes_of_the_code_at_the_cursor() {
    let mut window = opening("dimensions", &[(ModelKind::Vae, 4)]).open();
    window.act(Action::Set(Setting::TraverseFromZero(true)));
    let run = window.run(0).clone();
    let model = run.checkpoint.restore(Compute::cpu(1)).unwrap();
    let expected = |through: &[f32]| {
        let mut codes = Vec::new();
        for dimension in 0..4 {
            for step in 0..11 {
                let mut code = through.to_vec();
                code[dimension] = -3.0 + 0.6 * step as f32;
                codes.extend(code);
            }
        }
        tile(&model.decoded(&codes, &progress::Progress::silent()).unwrap(), ImageShape::grey(SIDE, SIDE), 11).pixels
    };
    // Steps of 0.6 are not exact in single precision: a grey value may be the next.
    let is_near = |pixels: &[u8], expected: &[u8]| pixels.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) < 2);
    let zero = expected(&[0.0; 4]);
    window.wait(|app| {
        let found = app.tabs().get::<DimensionsTab>()?.of(run.id)?;
        is_near(&found.strips.pixels, &zero).then_some(())
    });
    window.act(Action::Set(Setting::TraverseFromZero(false)));
    window.act(Action::Find(7));
    let image = window.session().image_at_cursor(window.pane(0)).unwrap().0;
    let through = expected(run.full.of(image));
    assert!(!is_near(&zero, &through));
    window.wait(|app| {
        let found = app.tabs().get::<DimensionsTab>()?.of(run.id)?;
        is_near(&found.strips.pixels, &through).then_some(())
    });
}

#[test]
fn a_click_on_a_dimension_makes_it_an_axis_by_turns() {
    let mut window = opening("dimensions", &[(ModelKind::Vae, 4), (ModelKind::Vae, 2)]).open();
    wait_for_strips(&mut window, 0);
    let run = window.run_id(0);
    let axes = |window: &Window| window.session().document().plane(run).axes;
    window.click("VAE z₄");
    assert_eq!(axes(&window), Axes::Dimensions([3, 1]));
    window.wait(|app| (app.session().runs().next()?.checkpoint.plane.names == ["z₄", "z₂"]).then_some(()));
    window.harness.run_steps(3);
    window.click("VAE z₃");
    assert_eq!(axes(&window), Axes::Dimensions([3, 2]));
    let names = ["z₄", "z₃"];
    window.wait(|app| (app.session().runs().next()?.checkpoint.plane.names == names).then_some(()));
    window.act(Action::Undo);
    window.wait(|app| (app.session().runs().next()?.checkpoint.plane.names == ["z₄", "z₂"]).then_some(()));
    let run = window.run(0);
    let expected = [run.full.of(5)[3], run.full.of(5)[1]];
    assert_eq!(run.codes.mu[5], expected, "the codes are laid out anew");
}

#[test]
fn the_plane_is_chosen_in_the_head_and_goes_through_the_image_at_the_cursor() {
    let mut window = opening("losses", &THREE).open();
    window.settle();
    window.harness.get_all_by_label("PC 1, 2").next().unwrap().click();
    window.harness.run_steps(3);
    let run = window.run_id(0);
    assert_eq!(window.session().document().plane(run).axes, Axes::Components);
    window.wait(|app| (app.session().runs().next()?.checkpoint.plane.names == ["PC 1", "PC 2"]).then_some(()));
    window.act(Action::Find(5));
    let plane = PlaneChoice { axes: Axes::Dimensions([7, 3]), anchor: Some(5) };
    window.act(Action::SetPlane { run, plane });
    window.wait(|app| (app.session().runs().next()?.checkpoint.plane.names == ["z₈", "z₄"]).then_some(()));
    let state = window.run(0);
    assert!(state.checkpoint.plane.distance(state.full.of(5)) < 1e-5);
    let states = window.session().states(run);
    assert!(!states.is_empty() && states.iter().all(|state| state.checkpoint.plane.names == ["z₈", "z₄"]));
    window.settle();
}

#[test]
fn a_drawing_goes_through_all_dimensions() {
    let mut window = opening("draw", &[(ModelKind::Vae, 6)]).open();
    let image = Arc::new(vec![0.5; SIDE * SIDE]);
    window.act(Action::PutImage(image.clone()));
    let run = window.run(0).clone();
    let model = run.checkpoint.restore(Compute::cpu(1)).unwrap();
    let codes = model.codes_of(&image, &progress::Progress::silent()).unwrap();
    let eps = window.session().document().drawing.eps(6);
    let logvar = codes.logvar.clone().unwrap();
    let z: Vec<f32> = (0..6).map(|d| codes.mu[d] + (0.5 * logvar[d]).exp() * eps[d]).collect();
    let expected = tile(&model.decoded(&z, &progress::Progress::silent()).unwrap(), ImageShape::grey(SIDE, SIDE), 1);
    let pass = window.wait(|app| app.tabs().get::<Draw>()?.pass(run.id).cloned());
    assert_eq!(*pass.x_hat, expected);
    assert_eq!((pass.mu, pass.z), ([codes.mu[0], codes.mu[1]], [z[0], z[1]]));
}

#[test]
fn one_dimension_opens_in_every_tab_and_has_no_field() {
    let mut window = opening("dimensions", &[(ModelKind::Vae, 1), (ModelKind::Ae, 1)]).open();
    wait_for_strips(&mut window, 0);
    for field in FieldKind::ALL {
        window.act(Action::ShowField { pane: None, field: Some(field) });
        window.harness.run_steps(3);
    }
    for tab in ["path", "samples", "draw", "selection"] {
        window.act(Action::Set(Setting::Tab(tab.to_owned())));
        window.harness.run_steps(5);
    }
    window.settle();
    assert!(window.session().notice().is_none_or(|notice| !notice.is_error));
}

#[test]
fn every_row_is_within_the_smallest_window() {
    let runs = [(ModelKind::Vae, 16), (ModelKind::Ae, 16), (ModelKind::Vae, 16), (ModelKind::Ae, 2)];
    let mut window = opening("dimensions", &runs).sized(SMALLEST).open();
    for place in 0..4 {
        wait_for_strips(&mut window, place);
    }
    let room = egui::Rect::from_min_size(egui::Pos2::ZERO, SMALLEST);
    for row in window.harness.get_all_by_label_contains("AE z₁") {
        let rect = row.rect();
        assert!(rect.left() >= 0.0 && rect.right() <= room.right(), "{rect:?}");
    }
    let name = window.session().name(window.run(0));
    let rect = window.harness.get_by_label(&format!("plane of {name}")).rect();
    assert!(rect.right() < window.plane_at(1).left(), "{rect:?}");
    window.click(&format!("plane of {name}"));
    window.click("PC 1, 2");
    let run = window.run_id(0);
    assert_eq!(window.session().document().plane(run).axes, Axes::Components);
}

#[test]
fn the_strips_and_the_table_are_exported() {
    let mut window = opening("dimensions", &THREE).open();
    (0..3).for_each(|place| wait_for_strips(&mut window, place));
    let folder = TempDir::new().unwrap();
    let (png, csv) = (folder.path().join("strips.png"), folder.path().join("table.csv"));
    window.export(ExportId::new("dimensions", "strips"), &png);
    window.export(ExportId::new("dimensions", "table"), &csv);
    let scale = window.session().settings().path.scale;
    let height = (16 + 3 + 2) * SIDE + 2 * 2;
    assert_eq!(image::image_dimensions(&png).unwrap(), ((11 * SIDE * scale) as u32, (height * scale) as u32));
    assert_eq!(std::fs::read_to_string(csv).unwrap().lines().count(), 1 + 16 + 3 + 2);
}
