//! What is seen in a plane and what is exported of it are one picture: the window's pixels beside those of the exported PNG,
//! in a frame of the same size, each overlay by itself.
//!
//! What differs by nature: how edges of lines and letters are smoothed (so both pictures are blurred a little), the cursor
//! (it is moved out of sight), the cells of a field (those of a figure are
//! smaller), and codes of several classes on one place (the window mixes their colours, a figure has one over the other).

use std::path::Path;

use image::{RgbaImage, imageops};
use latent_explorer::explore::FieldKind;
use latent_explorer::session::{Action, ExportId, FigureSettings, Overlay, Overlays, Setting, Start, View};
use latent_explorer::ui;
use latent_explorer::ui::tabs::{Draw, Inference, PathTab};
use roxmltree::Document;
use tempfile::TempDir;

use crate::support::window::{Opening, Window, settings};
use crate::support::{dataset_folder, fixed_checkpoint};

/// How far two colours may be apart in each of red, green and blue.
const NEAR: f32 = 60.0;
/// The same where something thin is drawn, of which a blur leaves little.
const NEARER: f32 = 48.0;

/// A plane in the window and as a file, both blurred.
struct Pair {
    seen: Blurred,
    exported: Blurred,
}

struct Blurred {
    width: usize,
    pixels: Vec<[f32; 3]>,
}

/// The mean of the 5 x 5 pixels around each, those at the edge left out: the two frames may lie half a pixel apart.
fn blurred(picture: &RgbaImage) -> Blurred {
    let (width, height) = (picture.width() - 4, picture.height() - 4);
    let mean = |x: u32, y: u32| {
        let around = (0..25).map(|i| picture.get_pixel(x + i % 5, y + i / 5).0);
        let sum = around.fold([0.0; 3], |sum: [f32; 3], rgba| [0, 1, 2].map(|c| sum[c] + f32::from(rgba[c])));
        sum.map(|v| v / 25.0)
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).collect();
    Blurred { width: width as usize, pixels }
}

/// A window on a VAE of fixed weights that shows what `change` has it show and nothing else, in a view that a figure shows
/// exactly: as wide as its frame, and no higher than any frame of that width.
fn window(change: impl FnOnce(&mut Window)) -> Window {
    let data = dataset_folder();
    let runs = vec![fixed_checkpoint(&data.path().display().to_string()).into()];
    let mut preferences = settings();
    preferences.settings.overlays = Overlays::NONE;
    let mut window = Opening::new(preferences, Start::Trained { runs, data: None }, Some(data)).open();
    window.harness.set_render_cursor(false);
    change(&mut window);
    let pane = window.pane(0);
    window.act(Action::Point { pane, at: [1e3, 1e3] });
    window.settle();
    let frame = window.frame(0);
    let middle = 0.5 * (frame.min[1] + frame.max[1]);
    let view = View { min: [frame.min[0], middle - 0.1], max: [frame.max[0], middle + 0.1], follows: false };
    window.act(Action::Look { pane, view });
    window.settle();
    window.harness.run_steps(2);
    window
}

/// The frame of the plane in an exported drawing: left, top, width and height.
fn exported_frame(file: &Path) -> [f32; 4] {
    let svg = std::fs::read_to_string(file).unwrap();
    let document = Document::parse(&svg).unwrap();
    let clips = document.descendants().filter(|node| node.has_tag_name("clipPath"));
    let rects = clips.filter_map(|node| node.first_element_child());
    let mut rects =
        rects.map(|rect| ["x", "y", "width", "height"].map(|side| rect.attribute(side).unwrap().parse().unwrap()));
    // The last is that of the plane; those before it are of the sheet.
    rects.next_back().unwrap()
}

fn figure(window: &mut Window, width: usize, height: usize, file: &Path) {
    let what = ExportId { pane: Some(window.pane(0)), ..ui::PLANE };
    let settings = FigureSettings { width, height, dark: true, ..FigureSettings::default() };
    window.act(Action::Set(Setting::Figure(settings)));
    window.export(what, file);
}

/// The plane as it is seen and as it is exported.
fn pair(window: &mut Window) -> Pair {
    let folder = TempDir::new().unwrap();
    let (svg, png) = (folder.path().join("plane.svg"), folder.path().join("plane.png"));
    let frame = window.frame(0);
    // What a figure has around its frame is found out by a first one.
    let (width, height) = (frame.width as usize + 100, frame.height as usize + 200);
    figure(window, width, height, &svg);
    let [_, _, across, down] = exported_frame(&svg);
    let width = (width as f32 + frame.width - across).round() as usize;
    let more = (frame.height - down).ceil();
    let height = (height as f32 + more) as usize;
    figure(window, width, height, &png);
    let svg = folder.path().join("plane of that size.svg");
    figure(window, width, height, &svg);
    // It may still be higher by a part of a pixel on either side.
    let [left, top, across, down] = exported_frame(&svg);
    let (left, top) = (left + 0.5 * (across - frame.width), top + 0.5 * (down - frame.height));
    let crop = |picture: &RgbaImage, left: f32, top: f32| {
        let [left, top, width, height] = [left, top, frame.width, frame.height].map(|v| v.round() as u32);
        blurred(&imageops::crop_imm(picture, left, top, width, height).to_image())
    };
    let seen = crop(&window.picture(), frame.left, frame.top);
    let exported = crop(&image::open(&png).unwrap().to_rgba8(), left, top);
    Pair { seen, exported }
}

fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    [0, 1, 2].map(|c| (a[c] - b[c]).abs()).into_iter().fold(0.0, f32::max)
}

/// The share of all pixels that are alike in both.
fn alike(Pair { seen, exported }: &Pair) -> f64 {
    assert_eq!((seen.width, seen.pixels.len()), (exported.width, exported.pixels.len()));
    let near = seen.pixels.iter().zip(&exported.pixels).filter(|(a, b)| apart(**a, **b) < NEAR).count();
    near as f64 / seen.pixels.len() as f64
}

/// Of the pixels that either picture has changed against an empty plane the share that are alike, and how many there are.
fn alike_where_drawn(drawn: &Pair, empty: &Pair) -> (f64, usize) {
    let (mut near, mut all) = (0usize, 0usize);
    for i in 0..drawn.seen.pixels.len() {
        let (seen, exported) = (drawn.seen.pixels[i], drawn.exported.pixels[i]);
        let is_drawn = apart(seen, empty.seen.pixels[i]) > NEARER || apart(exported, empty.exported.pixels[i]) > NEARER;
        all += usize::from(is_drawn);
        near += usize::from(is_drawn && apart(seen, exported) < NEARER);
    }
    (near as f64 / all.max(1) as f64, all)
}

/// Compares an overlay as a whole and where it is drawn.
fn compare(least: f64, change: impl FnOnce(&mut Window)) {
    let empty = pair(&mut window(|_| ()));
    let drawn = pair(&mut window(change));
    let (whole, (marked, count)) = (alike(&drawn), alike_where_drawn(&drawn, &empty));
    assert!(whole > 0.98, "{whole:.4} of all pixels are alike");
    assert!(count > 200, "only {count} pixels are drawn");
    assert!(marked > least, "{marked:.3} of the {count} pixels that are drawn are alike");
}

fn show(overlay: Overlay) -> impl FnOnce(&mut Window) {
    move |window: &mut Window| window.act(Action::ShowOverlay { pane: None, overlay, on: true })
}

#[test]
fn an_empty_plane() {
    let whole = alike(&pair(&mut window(|_| ())));
    assert!(whole > 0.98, "{whole:.4} of all pixels are alike");
}

#[test]
fn the_priors_rings() {
    compare(0.85, show(Overlay::Rings));
}

#[test]
fn the_means_of_the_classes() {
    compare(0.85, show(Overlay::Means));
}

#[test]
fn the_posteriors() {
    // Less, for the posterior of the image at the cursor is seen and not exported.
    compare(0.55, show(Overlay::Posteriors));
}

#[test]
fn the_codes_of_one_class() {
    compare(0.85, |window| {
        window.act(Action::ShowOverlay { pane: None, overlay: Overlay::Points, on: true });
        window.act(Action::ShowClass { class: 1, only: true });
    });
}

#[test]
fn the_codes_of_all_classes() {
    let whole = alike(&pair(&mut window(show(Overlay::Points))));
    assert!(whole > 0.98, "{whole:.4} of all pixels are alike");
}

#[test]
fn the_codes_with_a_selection() {
    compare(0.7, |window| {
        window.act(Action::ShowOverlay { pane: None, overlay: Overlay::Points, on: true });
        window.act(Action::Select(Some((0..40).collect())));
    });
}

#[test]
fn the_trails_of_the_means() {
    compare(0.85, |window| {
        window.act(Action::Train(true));
        window.wait_for_step(300);
        window.pause();
        window.act(Action::ShowOverlay { pane: None, overlay: Overlay::Trails, on: true });
    });
}

#[test]
fn the_manifold() {
    // The window's images and those of the figure lie up to half a pixel apart, and their pixels are sharp.
    let whole = alike(&pair(&mut window(show(Overlay::Manifold))));
    assert!(whole > 0.85, "{whole:.4} of all pixels are alike");
}

#[test]
fn every_field() {
    // Classes change from one cell to the next; the cells of a figure are smaller than those of the window.
    for (kind, least) in FieldKind::ALL.into_iter().zip([0.98, 0.98, 0.98, 0.93, 0.98]) {
        let field = |window: &mut Window| window.act(Action::ShowField { pane: None, field: Some(kind) });
        let whole = alike(&pair(&mut window(field)));
        assert!(whole > least, "{kind:?}: {whole:.4} of all pixels are alike");
    }
}

#[test]
fn a_path_with_its_waypoints() {
    compare(0.85, |window| {
        window.click("Path");
        let run = window.run_id(0);
        window.wait(|app| app.tabs().get::<PathTab>()?.of(run).map(|_| ()));
    });
}

#[test]
fn a_drawing_and_its_true_posterior() {
    compare(0.85, |window| {
        window.click("Draw");
        window.click("Image at the cursor");
        let run = window.run_id(0);
        window.wait(|app| {
            let (draw, inference) = (app.tabs().get::<Draw>()?, app.tabs().get::<Inference>()?);
            draw.pass(run).and(inference.of(run)).map(|_| ())
        });
    });
}

#[test]
fn what_is_not_exported_would_be_noticed() {
    let empty = pair(&mut window(|_| ()));
    let seen = pair(&mut window(show(Overlay::Rings))).seen;
    let exported = Blurred { width: empty.exported.width, pixels: empty.exported.pixels.clone() };
    let (marked, _) = alike_where_drawn(&Pair { seen, exported }, &empty);
    assert!(marked < 0.2, "{marked:.3}");
}
