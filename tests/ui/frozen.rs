//! The network of another program in the window: it explores like any other, and does not train.

use egui_kittest::kittest::Queryable;
use latent_explorer::config::ModelKind;
use latent_explorer::explore::FieldKind;
use latent_explorer::session::{Action, Start};

use crate::models::onnx::own_pair;
use crate::support::dataset_folder;
use crate::support::window::{Opening, Window, settings};

fn window() -> Window {
    let data = dataset_folder();
    let start = Start::Trained { runs: vec![own_pair().into()], data: Some(data.path().display().to_string().into()) };
    Opening::new(settings(), start, Some(data)).open()
}

#[test]
fn a_pair_of_onnx_files_has_its_codes_its_manifold_its_image_and_its_fields() {
    let mut window = window();
    window.harness.get_by_label_contains("ONNX, does not train");
    let pane = window.pane(0);
    window.wait(|app| app.panes().image(pane).map(|_| ()));
    assert!(!window.run(0).summary.class_means.is_empty());
    window.act(Action::ShowField { pane: None, field: Some(FieldKind::Magnification) });
    window.settle();
    assert_eq!(window.session().field(pane), Some(FieldKind::Magnification));
    assert!(window.session().notice().is_none(), "{:?}", window.session().notice());
}

#[test]
fn training_a_pair_alone_is_refused_in_a_sentence_and_beside_another_run_it_stays_as_it_is() {
    let mut window = window();
    let before = window.run(0).checkpoint.parameters.clone();
    window.act(Action::Train(true));
    window.wait_for_notice("cannot be trained");
    window.wait(|app| (!app.session().is_training()).then_some(()));
    window.act(Action::NewRun(ModelKind::Vae));
    window.wait_for_panes(2);
    window.act(Action::Train(true));
    window.wait(|app| app.session().runs().any(|run| run.checkpoint.progress.step >= 5).then_some(()));
    window.act(Action::Train(false));
    window.settle();
    assert_eq!(window.run(0).checkpoint.parameters, before);
    assert_eq!(window.run(0).checkpoint.progress.step, own_pair().progress.step);
}
