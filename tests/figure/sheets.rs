//! Marks as SVG, and planes as figures.

use std::sync::Arc;

use latent_explorer::config::ModelKind;
use latent_explorer::data::Split;
use latent_explorer::explore::{FieldKind, Summary};
use latent_explorer::figure::{
    Channels, Cloud, Depth, Emphasis, Extent, FigureOptions, Gaussian, Ink, LegendEntry, Manifold, Marker, Panel, Path,
    Plane, Raster, Show, Svg, Theme, class_color, class_colors, class_legend, marks, planes, text, whole_view,
};
use latent_explorer::model::{Autoencoder, Codes, Frozen, Places, Plane as LatentPlane};
use latent_explorer::progress::Progress;

use super::{FRAME, assert_texts_whole, cloud, count, text_boxes};
use crate::support::model;

fn drawn(plane: &Plane, dark: bool) -> String {
    let mut svg = Svg::new(880, 660, Theme { dark }, "about <this>");
    svg.paint(&marks(plane, &FRAME), &FRAME);
    svg.finish().unwrap()
}

#[test]
fn marks_become_elements_where_they_are() {
    let gaussian = Gaussian { mu: [1.0, 1.0], sigma: [0.5, 0.25], ink: Ink::Accent, width: 2.0 };
    let plane = Plane {
        points: Some(cloud(vec![[0.0, 0.0], [1.0, -1.0], [90.0, 0.0]], vec![0, 1, 1])),
        posteriors: vec![gaussian],
        path: Some(Path { codes: vec![[0.0, 0.0], [1.0, 0.0]], waypoints: Vec::new() }),
        ..Plane::default()
    };
    let svg = drawn(&plane, true);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let find = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    let ellipse = find("ellipse").nth(1).unwrap();
    for (attribute, expected) in
        [("cx", "540"), ("cy", "230"), ("rx", "50"), ("ry", "25"), ("stroke", "#3d8bfd"), ("stroke-width", "2")]
    {
        assert_eq!(ellipse.attribute(attribute), Some(expected), "{attribute}");
    }
    let circles: Vec<_> = find("circle").map(|c| (c.attribute("cx").unwrap(), c.attribute("fill").unwrap())).collect();
    assert_eq!(circles[..2], [("440", "#3f90da"), ("540", "#ffa90e")]);
    assert_eq!(circles.len(), 2 + 2, "a code out of view is left out, a path has two dots");
    let line = find("polyline").find(|line| line.attribute("stroke") == Some("#dde0e6")).unwrap();
    assert_eq!(line.attribute("points"), Some("440,330 540,330"));
    assert_eq!(find("metadata").next().unwrap().text(), Some("about <this>"));
    assert_eq!(find("rect").next().unwrap().attribute("fill"), Some("#101114"));
}

#[test]
fn a_manifold_is_light_on_dark_or_ink_on_paper() {
    let image = Arc::new(Raster { width: 1, height: 1, channels: Channels::Grey, pixels: vec![200] });
    let plane = Plane { manifold: Some(Manifold { image, min: [-1.0; 2], max: [1.0; 2] }), ..Plane::default() };
    for (dark, expected) in [(true, 200), (false, 55)] {
        let svg = drawn(&plane, dark);
        let document = roxmltree::Document::parse(&svg).unwrap();
        let image = document.descendants().find(|node| node.has_tag_name("image")).unwrap();
        assert_eq!([image.attribute("x"), image.attribute("width")], [Some("340"), Some("200")]);
        assert!(image.attribute("style").unwrap().contains("pixelated"));
        let data = image.attribute("href").unwrap().strip_prefix("data:image/png;base64,").unwrap();
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).unwrap();
        assert_eq!(image::load_from_memory(&bytes).unwrap().into_luma8().into_raw(), [expected]);
    }
}

#[test]
fn many_codes_are_one_picture() {
    let many = cloud(vec![[0.0, 0.0]; 20_001], vec![0; 20_001]);
    let svg = drawn(&Plane { points: Some(many), ..Plane::default() }, true);
    assert_eq!((count(&svg, "image"), count(&svg, "circle")), (1, 0));
}

const EXTENT: Extent = Extent { view: ([-1.0, -1.0], [1.0, 1.0]), size: [41, 41], density: 2.0 };

#[test]
fn a_code_is_a_disc_of_its_class_in_the_middle_of_which_it_lies() {
    let raster = cloud(vec![[0.0, 0.0]], vec![1]).raster(&EXTENT);
    let pixel = |x: usize, y: usize| &raster.pixels[4 * (41 * y + x)..][..4];
    assert_eq!(pixel(20, 20), [255, 169, 14, 204], "four fifths opaque");
    assert_eq!(pixel(20, 26), [0; 4], "beyond its radius of 3.8 pixels");
    let covered: f32 = raster.pixels.chunks(4).map(|p| f32::from(p[3]) / 204.0).sum();
    assert!((covered - std::f32::consts::PI * 3.8 * 3.8).abs() < 4.0, "{covered}");
}

#[test]
fn hidden_codes_are_not_drawn_and_muted_ones_are_faint_and_grey() {
    let all = |emphasis| Cloud { emphasis: Some(Arc::new(vec![emphasis])), ..cloud(vec![[0.0, 0.0]], vec![1]) };
    assert!(all(Emphasis::Hidden).raster(&EXTENT).pixels.iter().all(|&byte| byte == 0));
    assert_eq!(all(Emphasis::Hidden).points().count(), 0);
    let muted = all(Emphasis::Muted).raster(&EXTENT);
    let middle = &muted.pixels[4 * (41 * 20 + 20)..][..4];
    assert!(middle[..3] == [128; 3] && middle[3] < 60, "{middle:?}");
    let (_, color, opacity) = all(Emphasis::Muted).points().next().unwrap();
    assert!(color == [128; 3] && (opacity - f32::from(middle[3]) / 255.0).abs() < 0.01, "as in the picture: {opacity}");
}

#[test]
fn for_screens_colours_are_multiplied_with_their_opacity() {
    let cloud = cloud(vec![[0.0, 0.0]], vec![1]);
    assert_eq!(cloud.premultiplied(&EXTENT)[41 * 20 + 20], [204, 135, 11, 204]);
}

struct Planes {
    model: Autoencoder,
    cloud: Cloud,
    summary: Summary,
    names: Vec<String>,
    known: Split,
}

fn example(names: &[&str]) -> Planes {
    let (model, images) = (model(ModelKind::Vae), crate::support::split(60));
    let codes: Places = model.encode_places(&images.gather(0..60)).unwrap();
    let summary = Summary::new(&codes, &images.labels, names.len());
    let cloud = Cloud {
        codes: Arc::new(codes),
        colors: Arc::new(class_colors(&images.labels, true)),
        emphasis: None,
        depth: None,
    };
    Planes { model, cloud, summary, names: names.iter().map(|&name| name.to_owned()).collect(), known: images }
}

impl Planes {
    fn panel(&self, show: &[Show], field: Option<FieldKind>) -> Panel<'_> {
        Panel {
            title: "VAE, β = 1".to_owned(),
            plane: Plane::of(show, &self.cloud, &self.summary, &self.names),
            view: None,
            field,
            manifold: show.contains(&Show::Manifold),
            model: &self.model,
            codes: &self.cloud.codes,
            known: &self.known,
        }
    }
}

fn options(width: usize, height: usize) -> FigureOptions {
    let caption = "mnist, 10000 images. vae mlp:784-512-256-2 β 1, step 4690, batch 128, learning rate 0.001, seed 0.";
    FigureOptions { width, height, dark: false, caption: caption.to_owned() }
}

#[test]
fn a_figure_shows_what_it_is_asked_for_with_names_of_axes() {
    let example = example(&["0", "1", "2"]);
    let show = [Show::Manifold, Show::Rings, Show::Points, Show::Posteriors, Show::Means];
    let legend = class_legend(&example.names, &example.known.labels);
    let panels = [example.panel(&show, Some(FieldKind::Density)), example.panel(&show[..2], None)];
    let svg = planes(&panels, &legend, &options(1200, 700), &Progress::silent()).unwrap();
    let circles = |radius: &str| {
        let document = roxmltree::Document::parse(&svg).unwrap();
        document.descendants().filter(|n| n.has_tag_name("circle") && n.attribute("r") == Some(radius)).count()
    };
    assert_eq!((circles("1.9"), circles("4.5")), (60, 3), "codes and the legend");
    assert_eq!(count(&svg, "ellipse"), 2 * 6 + 3 * 4, "rings with halos twice, two posteriors for each class");
    assert_eq!(count(&svg, "image"), 4, "two manifolds, a field and the colours of its legend");
    let texts: Vec<String> = text_boxes(&svg).into_iter().map(|(text, _)| text).collect();
    for text in ["VAE, β = 1", "z₁", "z₂", "density q(z)", "per unit area", "3σ", "2", "−2"] {
        assert!(texts.iter().any(|other| other == text), "{text}: {texts:?}");
    }
}

#[test]
fn no_text_of_a_small_figure_is_cut_and_its_legend_is_whole() {
    let names = ["T-shirt/top", "Trouser", "Pullover"];
    let example = example(&names);
    let legend = class_legend(&example.names, &example.known.labels);
    for (width, height) in [(200, 200), (260, 400), (420, 460), (900, 300)] {
        for count in [1, 2] {
            let panels: Vec<Panel> =
                (0..count).map(|_| example.panel(&[Show::Points], Some(FieldKind::Density))).collect();
            let svg = planes(&panels, &legend, &options(width, height), &Progress::silent()).unwrap();
            assert_texts_whole(&svg, [width, height], &names);
        }
    }
}

#[test]
fn a_caption_that_is_too_long_is_cut_and_whole_in_the_metadata() {
    let example = example(&["0", "1", "2"]);
    let long = FigureOptions { caption: "a word or two ".repeat(60), ..options(300, 300) };
    let svg = planes(&[example.panel(&[], None)], &[], &long, &Progress::silent()).unwrap();
    assert!(text_boxes(&svg).iter().any(|(text, _)| text.ends_with('…')));
    let document = roxmltree::Document::parse(&svg).unwrap();
    let about = document.descendants().find(|node| node.has_tag_name("metadata")).unwrap();
    assert_eq!(about.text(), Some(long.caption.as_str()));
}

#[test]
fn entries_of_a_legend_do_not_lie_on_one_another() {
    let example = example(&["0", "1", "2"]);
    let legend: Vec<LegendEntry> = ["sandal", "shirt", "sneaker", "bag", "ankle boot", "dress", "coat"]
        .into_iter()
        .enumerate()
        .map(|(i, name)| LegendEntry { name: name.to_owned(), color: class_color(i), marker: Some(Marker::Dot) })
        .collect();
    let svg = planes(&[example.panel(&[], None)], &legend, &options(240, 500), &Progress::silent()).unwrap();
    let boxes = text_boxes(&svg);
    for (i, (a, [left, top, right, bottom])) in boxes.iter().enumerate() {
        for (b, other) in &boxes[..i] {
            let apart = *left >= other[2] || *right <= other[0] || *top >= other[3] || *bottom <= other[1];
            assert!(apart, "{a} lies on {b}");
        }
    }
}

#[test]
fn every_code_is_whole_in_the_view_of_all() {
    let example = example(&["0", "1", "2"]);
    let mut mu = example.cloud.codes.mu.clone();
    mu.extend([[9.0, 0.0], [0.0, -7.0]]);
    assert_eq!(whole_view(&mu), ([-3.3, -7.0], [9.0, 3.3]));
    let outer = cloud(mu, vec![0; 62]);
    let panel = Panel { codes: &outer.codes, ..example.panel(&[], None) };
    let panel = Panel { plane: Plane { points: Some(outer.clone()), ..Plane::default() }, ..panel };
    let svg = planes(&[panel], &[], &options(500, 500), &Progress::silent()).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let number = |node: roxmltree::Node, name: &str| node.attribute(name).unwrap().parse::<f32>().unwrap();
    let clip = document.descendants().rfind(|node| node.has_tag_name("clipPath")).unwrap();
    let frame = clip.first_element_child().unwrap();
    let (left, top) = (number(frame, "x"), number(frame, "y"));
    let (right, bottom) = (left + number(frame, "width"), top + number(frame, "height"));
    let mut circles = 0;
    for circle in document.descendants().filter(|node| node.has_tag_name("circle")) {
        let (x, y, r) = (number(circle, "cx"), number(circle, "cy"), number(circle, "r"));
        assert!(x - r >= left && x + r <= right && y - r >= top && y + r <= bottom, "{x} {y}");
        circles += 1;
    }
    assert_eq!(circles, 62);
}

#[test]
fn the_measure_of_a_text_is_that_of_the_font_it_is_drawn_in() {
    for sentence in ["recon, nats per image", "−0.25", "σ β μ z₁ √det JᵀJ", "AVATAR To"] {
        let mut svg = Svg::new(600, 100, Theme { dark: true }, "");
        let label = latent_explorer::figure::Mark::Label {
            at: latent_explorer::figure::Spot::plane([-4.0, 0.0]),
            align: [latent_explorer::figure::Align::Start; 2],
            size: 20.0,
            text: format!("{sentence}|"),
            paint: Ink::Text.full(),
            halo: None,
        };
        let marks = latent_explorer::figure::Marks { inside: vec![label], around: Vec::new() };
        svg.paint(&marks, &FRAME);
        let boxes = text_boxes(&svg.finish().unwrap());
        let (measured, drawn) = (text::width(&format!("{sentence}|"), 20.0), boxes[0].1[2] - boxes[0].1[0]);
        // Kerning makes the drawn one a little narrower.
        assert!((measured - drawn).abs() < 0.06 * measured + 3.0, "{sentence}: {measured}, drawn {drawn}");
    }
    assert_eq!(text::fitted("a long sentence", 12.0, 1000.0), "a long sentence");
    let short = text::fitted("a long sentence", 12.0, 50.0);
    assert!(short.ends_with('…') && text::width(&short, 12.0) <= 50.0, "{short}");
}

#[test]
fn codes_far_from_the_plane_are_faded_and_two_dimensions_look_as_they_did() {
    let (places, labels) = (vec![[-0.5, 0.0], [0.5, 0.0], [0.0, 0.5]], vec![0, 0, 0]);
    let plain = cloud(places.clone(), labels.clone());
    // At distances 0, 1 and 2 from the plane.
    let mu = places.iter().zip([0.0, 1.0, 2.0]).flat_map(|(&[x, y], far)| [x, y, far]).collect();
    let codes = Arc::new(Codes { latent: 3, mu, logvar: None });
    let faded = Cloud { depth: Depth::of(&Arc::new(LatentPlane::of(3)), &codes), ..plain.clone() };
    let opacity = plain.style().1;
    let mut seen: Vec<f32> = faded.points().map(|(.., opacity)| opacity).collect();
    seen.sort_by(|a, b| b.total_cmp(a));
    for (seen, weight) in seen.into_iter().zip([1.0, (-0.5f32).exp(), (-2.0f32).exp()]) {
        assert!((seen - (1.0 - (1.0 - opacity).powf(weight))).abs() < 1e-6, "{seen}");
    }
    let extent = Extent { view: ([-1.0; 2], [1.0; 2]), size: [60, 60], density: 1.0 };
    assert!(faded.premultiplied(&extent) != plain.premultiplied(&extent));
    let flat = Arc::new(Codes { latent: 2, mu: places.as_flattened().to_vec(), logvar: None });
    let whole = Cloud { depth: Depth::of(&Arc::default(), &flat), ..plain.clone() };
    assert!(whole.depth.is_none(), "it costs nothing");
    assert_eq!(whole.premultiplied(&extent), plain.premultiplied(&extent));
}
