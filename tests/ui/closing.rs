//! Closing the window ends its threads within a second, whatever they are at. These are the only tests of the window that
//! look at a clock: what they test is a time.

use std::path::Path;
use std::time::{Duration, Instant};

use latent_explorer::session::{Action, Export, Setting};
use latent_explorer::ui;
use tempfile::TempDir;

use super::learn;
use crate::support::gates::Gates;
use crate::support::window::{Opening, Window, on_tab};

const SECOND: Duration = Duration::from_secs(1);

/// A window whose runs have learned a little, and which holds these jobs.
fn window(tab: &str, jobs: &[&str]) -> (Window, Gates) {
    let gates = Gates::closed(jobs.iter().copied());
    let mut window = Opening::on_bars(on_tab(tab)).gated(&gates).open();
    learn(&mut window);
    (window, gates)
}

/// Closes the window; jobs that were held begin at that moment, so that they are under way.
fn close(window: Window, gates: &Gates) -> Duration {
    let Window { keeper, harness, data } = window;
    gates.open();
    let start = Instant::now();
    drop(harness);
    let elapsed = start.elapsed();
    drop((keeper, data));
    elapsed
}

fn export(window: &mut Window, file: &Path) {
    window.act(Action::Export(Export { what: ui::PLANES, to: Some(file.to_owned()) }));
}

#[test]
fn while_runs_are_trained() {
    let (mut window, gates) = window("losses", &[]);
    window.act(Action::Train(true));
    let step = window.step();
    window.wait_for_step(step + 3);
    let elapsed = close(window, &gates);
    assert!(elapsed < SECOND, "{elapsed:?}");
}

#[test]
fn while_measures_are_taken() {
    let (mut window, gates) = window("measures", &["measures"]);
    window.click("Measure");
    window.wait_for_held(&gates, "measures");
    let elapsed = close(window, &gates);
    assert!(elapsed < SECOND, "{elapsed:?}");
}

#[test]
fn while_samples_are_decoded() {
    let (mut window, gates) = window("samples", &["samples"]);
    window.act(Action::Set(Setting::SampleCount(1_024)));
    window.wait_for_held(&gates, "samples");
    let elapsed = close(window, &gates);
    assert!(elapsed < SECOND, "{elapsed:?}");
}

#[test]
fn while_estimates_are_drawn_from_samples() {
    let (mut window, gates) = window("inference", &["inference"]);
    window.wait_for_held(&gates, "inference");
    let elapsed = close(window, &gates);
    assert!(elapsed < SECOND, "{elapsed:?}");
}

#[test]
fn while_an_export_is_written_which_is_finished() {
    let (mut window, gates) = window("losses", &["export"]);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("planes.svg");
    export(&mut window, &file);
    window.wait_for_held(&gates, "export");
    let elapsed = close(window, &gates);
    assert!(elapsed < SECOND, "{elapsed:?}");
    roxmltree::Document::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
}

#[test]
fn while_everything_is_under_way() {
    let (mut window, gates) = window("measures", &["measures", "export"]);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("planes.svg");
    window.act(Action::Train(true));
    window.click("Measure");
    window.wait_for_held(&gates, "measures");
    export(&mut window, &file);
    window.harness.run_steps(2);
    let elapsed = close(window, &gates);
    assert!(elapsed < SECOND, "{elapsed:?}");
    // Whole, or not there: its loss is said then.
    if let Ok(svg) = std::fs::read_to_string(&file) {
        roxmltree::Document::parse(&svg).unwrap();
    }
}

#[test]
fn while_a_data_set_is_loaded() {
    let (mut window, gates) = window("losses", &[]);
    let other = crate::support::dataset_folder();
    window.act(Action::Reset);
    window.act(Action::Confirm(true));
    window.act(Action::Set(Setting::Data(other.path().display().to_string().into())));
    let elapsed = close(window, &gates);
    assert!(elapsed < SECOND, "{elapsed:?}");
}
