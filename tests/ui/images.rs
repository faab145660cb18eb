//! Samples, drawings and selections.

use std::sync::Arc;

use egui::vec2;
use egui_kittest::kittest::Queryable;
use latent_explorer::config::{ImageShape, PLANE, Place};
use latent_explorer::engine::LiveRun;
use latent_explorer::explore::{Gaussian, tile};
use latent_explorer::model::{Compute, Frozen};
use latent_explorer::random::{Purpose, standard_normal, stream};
use latent_explorer::session::{Action, SampleSettings};
use latent_explorer::ui::tabs::{Draw, Samples};
use tempfile::TempDir;

use super::{count, trained};
use crate::support::SIDE;
use crate::support::gates::Gates;
use crate::support::window::{Opening, Window, on_tab};

/// What a run's samples must be: its decoder's images of the same draws, as `gaussian` has them.
fn expected(settings: &SampleSettings, run: &LiveRun, gaussian: &Gaussian) -> Vec<u8> {
    let normal = standard_normal(&mut stream(settings.draw, Purpose::Samples, 0), PLANE * settings.count);
    let codes: Vec<Place> = normal.as_chunks::<PLANE>().0.iter().map(|eps| gaussian.code(*eps)).collect();
    let images = run.checkpoint.restore(Compute::cpu(1)).unwrap().decode_places(&codes).unwrap();
    tile(&images, ImageShape::grey(SIDE, SIDE), across(settings.count)).pixels
}

/// Images to a row of the samples.
fn across(count: usize) -> usize {
    (5.0 * count as f32).sqrt().ceil() as usize
}

/// Waits until the samples of the pane at a place are decoded from the prior, or from a Gaussian fitted to its codes.
fn wait_for_samples(window: &mut Window, place: usize, fitted: bool) {
    let run = window.run(place).clone();
    let gaussian = if fitted { Gaussian::fitted(&run.codes.mu) } else { Gaussian::PRIOR };
    let expected = expected(&window.session().settings().samples, &run, &gaussian);
    window.wait(|app| app.tabs().get::<Samples>()?.of(run.id).filter(|picture| picture.pixels == expected).map(|_| ()));
}

#[test]
fn samples_come_from_the_same_noise_and_an_aes_from_where_it_is_told() {
    let mut window = trained();
    window.click("Samples");
    wait_for_samples(&mut window, 0, false);
    wait_for_samples(&mut window, 1, false);
    let before = window.session().settings().samples.draw;
    window.click("fitted Gaussian");
    wait_for_samples(&mut window, 0, true);
    wait_for_samples(&mut window, 1, false);
    window.harness.get_by_label_contains("Gaussian fitted to its codes");
    window.click("New draw");
    assert_ne!(window.session().settings().samples.draw, before);
    wait_for_samples(&mut window, 1, false);
}

#[test]
fn the_training_image_nearest_a_sample_is_shown_where_one_points() {
    let mut window = trained();
    window.click("Samples");
    let gallery = window.wait_for_label("VAE samples");
    window.harness.hover_at(gallery.left_top() + vec2(5.0, 5.0));
    window.wait(|app| app.tabs().get::<Samples>()?.nearest());
    window.harness.run_steps(40);
    window.harness.get_by_label_contains("differs by");
}

#[test]
fn an_empty_cell_of_the_samples_is_no_sample() {
    let gates = Gates::default();
    let mut window = Opening::on_bars(on_tab("samples")).gated(&gates).open();
    let gallery = window.wait_for_label("VAE samples");
    let samples = window.session().settings().samples.count;
    let (columns, rows) = (across(samples), samples.div_ceil(across(samples)));
    assert!(samples < columns * rows, "the last cell is empty");
    let cell = gallery.size() / vec2(columns as f32, rows as f32);
    window.harness.hover_at(gallery.right_bottom() - 0.5 * cell);
    window.harness.run_steps(40);
    assert_eq!(gates.count("nearest image"), 0);
    assert!(window.harness.query_all_by_label_contains("differs by").next().is_none());
    window.harness.hover_at(gallery.left_top() + 0.5 * cell);
    window.wait(|_| (gates.count("nearest image") > 0).then_some(()));
}

#[test]
fn a_drawing_goes_through_every_model_as_its_own_encoder_and_decoder_say() {
    let mut window = trained();
    window.click("Draw");
    let pad = window.harness.get_by_label("sketchpad").rect();
    window.drag(pad.center_top() + vec2(0.0, 20.0), pad.center_bottom() - vec2(0.0, 20.0));
    let drawing = window.session().document().drawing.clone();
    let (image, eps) = (drawing.image.clone().unwrap(), drawing.eps(2));
    let model = window.run(1).checkpoint.restore(Compute::cpu(1)).unwrap();
    let codes = model.encode_places(&image).unwrap();
    let [ae, vae] = [0, 1].map(|place| window.run_id(place));
    window.wait(|app| {
        let draw = app.tabs().get::<Draw>()?;
        (draw.pass(ae).is_some() && draw.pass(vae)?.mu == codes.mu[0]).then_some(())
    });
    window.harness.run_steps(3);
    let pass = window.tab::<Draw>().pass(vae).unwrap();
    let sigma = pass.sigma.unwrap();
    assert_eq!(pass.z, [0, 1].map(|d| pass.mu[d] + sigma[d] * eps[d]));
    let decoded = tile(&model.decode_places(&[pass.z]).unwrap(), ImageShape::grey(SIDE, SIDE), 1);
    assert_eq!(*pass.x_hat, decoded);
    assert!(window.tab::<Draw>().pass(ae).unwrap().sigma.is_none());
    window.harness.get_by_label("VAE reconstruction");
}

#[test]
fn resampling_the_noise_moves_the_code_and_not_its_mean() {
    let mut window = trained();
    window.click("Draw");
    window.act(Action::PutImage(Arc::new(vec![0.5; SIDE * SIDE])));
    let vae = window.run_id(1);
    let (mu, z) = window.wait(|app| app.tabs().get::<Draw>()?.pass(vae).map(|pass| (pass.mu, pass.z)));
    let eps = window.session().document().drawing.eps(2);
    window.click("Resample ε");
    assert_ne!(window.session().document().drawing.eps(2), eps);
    let moved = window.wait(|app| app.tabs().get::<Draw>()?.pass(vae).filter(|pass| pass.z != z).map(|pass| pass.mu));
    assert_eq!(moved, mu);
    window.click("Clear");
    assert!(window.session().document().drawing.image.is_none());
}

#[test]
fn the_image_at_the_cursor_can_be_followed_too() {
    let mut window = trained();
    window.click("Draw");
    window.click("Image at the cursor");
    let session = window.session();
    let (nearest, _) = session.image_at_cursor(window.pane(0)).unwrap();
    let expected = session.stage().unwrap().probe.gather([nearest]);
    assert_eq!(**session.document().drawing.image.as_ref().unwrap(), expected);
}

fn choose(window: &mut Window, tool: &str) {
    window.harness.get_by_label(tool).click();
    window.harness.run_steps(2);
}

#[test]
fn a_rectangle_selects_the_same_images_in_every_pane() {
    let mut window = trained();
    choose(&mut window, "rectangle");
    let plane = window.plane("AE");
    window.drag(plane.left_top() + vec2(5.0, 5.0), plane.right_bottom() - vec2(5.0, 5.0));
    let session = window.session();
    let all = session.stage().unwrap().probe.len();
    assert_eq!(session.document().selection.images.as_ref().map(|images| images.len()), Some(all));
    window.click("Selection");
    window.harness.get_by_label(&format!("{all} images"));
    window.harness.get_by_label(&format!("0: {}", all / 3));
    let csv = window.session().selection_csv().unwrap();
    assert_eq!(csv.lines().count(), all + 1);
    let first: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(csv.lines().next(), Some("index,label,AE mu_0,AE mu_1,VAE mu_0,VAE mu_1,VAE logvar_0,VAE logvar_1"));
    assert_eq!(first[2], window.run(0).codes.mu[0][0].to_string());
    window.click("Clear selection");
    assert!(window.session().document().selection.images.is_none());
}

#[test]
fn a_lasso_selects_what_is_within_it_and_mutes_the_rest() {
    let mut window = trained();
    for overlay in ["class means", "posteriors q(z|x)", "prior rings"] {
        window.click(overlay);
    }
    let plane = window.plane("VAE");
    window.settle();
    let orange = [0xff, 0xa9, 0x0e];
    let before = count(&window.picture(), plane, orange);
    choose(&mut window, "lasso");
    // An outline in a corner, around nothing, selects nothing.
    let corner = plane.left_top() + vec2(4.0, 4.0);
    window.drag(corner, corner + vec2(9.0, 1.0));
    assert!(window.session().document().selection.images.is_none());
    window.act(Action::Select(Some(vec![0])));
    window.settle();
    let after = count(&window.picture(), plane, orange);
    assert!(before > 20 && after < before / 3, "{before} before, {after} after");
}

#[test]
fn classes_are_hidden_and_shown_alone_from_the_legend() {
    let mut window = trained();
    window.click("1");
    assert_eq!(window.session().document().selection.hidden, [1]);
    window.act(Action::ShowClass { class: 2, only: true });
    assert_eq!(window.session().document().selection.hidden, [0, 1]);
    window.act(Action::ShowClass { class: 2, only: true });
    assert!(window.session().document().selection.hidden.is_empty());
}

#[test]
fn an_image_that_is_clicked_is_found_in_every_pane() {
    let mut window = trained();
    window.click("Selection");
    window.act(Action::Select(Some(vec![7, 30])));
    let gallery = window.wait_for_label("selected images");
    let second = gallery.left_top() + vec2(51.0, 17.0);
    window.drag(second, second);
    assert_eq!(window.session().document().cursor.image, Some(30));
    for place in [0, 1] {
        assert_eq!(window.session().cursor_in(window.pane(place)), window.run(place).codes.mu[30]);
    }
    window.wait_for_label("nearest images");
}

#[test]
fn a_file_dropped_on_the_window_is_followed_or_refused() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let (picture, text) = (folder.path().join("dark_on_light.png"), folder.path().join("notes.txt"));
    let ink = |x: u32, _| image::Luma([if x == 5 { 0u8 } else { 255 }]);
    image::GrayImage::from_fn(SIDE as u32, SIDE as u32, ink).save(&picture).unwrap();
    std::fs::write(&text, "no image").unwrap();
    window.drop_on(&picture);
    let image = window.wait(|app| app.session().document().drawing.image.clone());
    assert_eq!((window.session().screen().tab.as_str(), image[5], image[4]), ("draw", 1.0, 0.0), "light on dark");
    window.drop_on(&text);
    window.wait_for_notice("notes.txt is not an image that can be read");
    window.wait_for_label("OK");
    window.harness.get_by_label_contains("notes.txt is not an image that can be read");
}
