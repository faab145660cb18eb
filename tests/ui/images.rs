//! Samples, drawings and selections.

use std::path::Path;

use egui::vec2;
use egui_kittest::kittest::Queryable;
use latent_explorer::model::Compute;
use latent_explorer::ui::{Action, Tab};
use tempfile::TempDir;

use super::{count, trained};
use crate::support::SIDE;
use crate::support::window::Window;

#[test]
fn samples_come_from_the_same_noise_and_an_aes_from_where_it_is_told() {
    let mut window = trained();
    window.click("Samples");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.pictures.samples().is_some()).then_some(()));
    let codes = |window: &Window, pane: usize| window.harness.state().session.sampled_codes(pane);
    assert_eq!(codes(&window, 0), codes(&window, 1));
    let before = codes(&window, 1);
    window.click("fitted Gaussian");
    assert_ne!(codes(&window, 0), codes(&window, 1));
    window.harness.get_by_label_contains("Gaussian fitted to its codes");
    window.click("New draw");
    assert_ne!(codes(&window, 1), before);
}

#[test]
fn the_training_image_nearest_a_sample_is_shown_where_one_points() {
    let mut window = trained();
    window.click("Samples");
    window.wait(|app| app.session.panes[1].pictures.samples().map(|_| ()));
    let gallery = window.harness.get_by_label("VAE samples").rect();
    window.harness.hover_at(gallery.left_top() + vec2(5.0, 5.0));
    window.wait(|app| app.session.nearest.as_ref().and_then(|(_, nearest)| *nearest));
    window.harness.run_steps(40);
    window.harness.get_by_label_contains("differs by");
}

#[test]
fn a_drawing_goes_through_every_model_as_its_own_encoder_and_decoder_say() {
    let mut window = trained();
    window.click("Draw");
    let pad = window.harness.get_by_label("sketchpad").rect();
    window.drag(pad.center_top() + vec2(0.0, 20.0), pad.center_bottom() - vec2(0.0, 20.0));
    let session = &window.harness.state().session;
    let (image, eps) = (session.drawing.image.clone().unwrap(), session.drawing.eps());
    let model = window.run(1).checkpoint.restore(Compute::cpu(1)).unwrap();
    let codes = model.encode_images(&image).unwrap();
    window.wait(|app| {
        let passed = |pane: usize| app.session.panes[pane].journey.passed.as_ref();
        (passed(0).is_some() && passed(1)?.mu == codes.mu[0]).then_some(())
    });
    window.harness.run_steps(3);
    let session = &window.harness.state().session;
    let passed = session.panes[1].journey.passed.as_ref().unwrap();
    let sigma = passed.sigma.unwrap();
    assert_eq!(passed.z, [0, 1].map(|d| passed.mu[d] + sigma[d] * eps[d]));
    assert!(session.panes[0].journey.passed.as_ref().unwrap().sigma.is_none());
    window.harness.get_by_label("VAE reconstruction");
    window.click("Resample ε");
    window.wait(|app| app.session.panes[1].journey.passed.as_ref().filter(|p| p.mu == codes.mu[0]).map(|_| ()));
    assert_ne!(window.harness.state().session.drawing.eps(), eps);
    window.click("Clear");
    assert!(window.harness.state().session.drawing.image.is_none());
}

#[test]
fn the_image_at_the_cursor_can_be_followed_too() {
    let mut window = trained();
    window.click("Draw");
    window.click("Image at the cursor");
    let session = &window.harness.state().session;
    let (nearest, _) = session.image_at_cursor(0).unwrap();
    let expected = session.stage.as_ref().unwrap().probe.gather([nearest]);
    assert_eq!(**session.drawing.image.as_ref().unwrap(), expected);
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
    let session = &window.harness.state().session;
    let all = session.stage.as_ref().unwrap().probe.len();
    assert_eq!(session.selection.images.as_ref().map(|images| images.len()), Some(all));
    window.click("Selection");
    window.harness.get_by_label(&format!("{all} images"));
    window.harness.get_by_label(&format!("0: {}", all / 3));
    let csv = window.harness.state().session.selection_csv();
    assert_eq!(csv.lines().count(), all + 1);
    let first: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(csv.lines().next(), Some("index,label,AE mu_0,AE mu_1,VAE mu_0,VAE mu_1,VAE logvar_0,VAE logvar_1"));
    assert_eq!(first[2], window.run(0).codes.mu[0][0].to_string());
    window.click("Clear selection");
    assert!(window.harness.state().session.selection.images.is_none());
}

#[test]
fn a_lasso_selects_what_is_within_it_and_mutes_the_rest() {
    let mut window = trained();
    for overlay in ["class means", "posteriors q(z|x)", "prior rings"] {
        window.click(overlay);
    }
    let plane = window.plane("VAE");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.cloud.is_current()).then_some(()));
    let orange = [0xff, 0xa9, 0x0e];
    let before = count(&window.picture(), plane, orange);
    choose(&mut window, "lasso");
    // An outline in a corner, around nothing, selects nothing.
    let corner = plane.left_top() + vec2(4.0, 4.0);
    window.drag(corner, corner + vec2(9.0, 1.0));
    assert!(window.harness.state().session.selection.images.is_none());
    window.harness.state_mut().session.apply(Action::Select(Some(vec![0])));
    window.harness.run_steps(2);
    window.wait(|app| app.session.panes.iter().all(|pane| pane.cloud.is_current()).then_some(()));
    let after = count(&window.picture(), plane, orange);
    assert!(before > 20 && after < before / 3, "{before} before, {after} after");
}

#[test]
fn classes_are_hidden_and_shown_alone_from_the_legend() {
    let mut window = trained();
    window.click("1");
    assert_eq!(window.harness.state().session.selection.hidden, [1]);
    window.harness.state_mut().session.apply(Action::ShowClass { class: 2, only: true });
    assert_eq!(window.harness.state().session.selection.hidden, [0, 1]);
    window.harness.state_mut().session.apply(Action::ShowClass { class: 2, only: true });
    assert!(window.harness.state().session.selection.hidden.is_empty());
}

#[test]
fn an_image_that_is_clicked_is_found_in_every_pane() {
    let mut window = trained();
    window.click("Selection");
    window.harness.state_mut().session.apply(Action::Select(Some(vec![7, 30])));
    window.harness.run_steps(3);
    let gallery = window.harness.get_by_label("selected images").rect();
    let second = gallery.left_top() + vec2(51.0, 17.0);
    window.drag(second, second);
    let session = &window.harness.state().session;
    assert_eq!(session.image, Some(30));
    for pane in [0, 1] {
        assert_eq!(session.cursor_in(pane), window.run(pane).codes.mu[30]);
    }
    window.harness.get_by_label("nearest images");
}

#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_file_dropped_on_the_window_is_followed_or_refused() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let (picture, text) = (folder.path().join("dark_on_light.png"), folder.path().join("notes.txt"));
    let ink = |x: u32, _| image::Luma([if x == 5 { 0u8 } else { 255 }]);
    image::GrayImage::from_fn(SIDE as u32, SIDE as u32, ink).save(&picture).unwrap();
    std::fs::write(&text, "no image").unwrap();
    let drop_file = |window: &mut Window, file: &Path| {
        window.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(file.to_owned())));
        window.harness.run_steps(3);
    };
    drop_file(&mut window, &picture);
    let session = &window.harness.state().session;
    let image = session.drawing.image.clone().unwrap();
    assert_eq!((session.settings.tab, image[5], image[4]), (Tab::Draw, 1.0, 0.0), "light on dark");
    drop_file(&mut window, &text);
    window.harness.get_by_label_contains("notes.txt is not an image that can be read");
}
