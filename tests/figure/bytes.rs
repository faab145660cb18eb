//! Figures, animations, strips and pictures as bytes, and what file names say of them.

use std::path::Path;

use latent_explorer::config::ModelKind;
use latent_explorer::explore::{Interpolation, Picture, decode_strip, path};
use latent_explorer::figure::{
    AnimationKind, Chart, FigureKind, FigureOptions, PictureKind, Series, Strip, StripKind, chart, encode_animation,
    encode_figure, encode_picture, encode_strips,
};
use latent_explorer::progress::Progress;

use crate::support::model;

fn figure(dark: bool) -> String {
    let series = vec![Series { points: vec![[0.0, 1.0], [1.0, 2.0]], color: [200, 40, 40], ..Series::default() }];
    let options = FigureOptions { width: 320, height: 240, dark, caption: "β = 4".to_owned() };
    chart(&Chart { series, ..Chart::default() }, &options).unwrap()
}

fn gif_frames(bytes: &[u8]) -> (u16, u16, usize) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    let mut decoder = options.read_info(bytes).unwrap();
    let (width, height) = (decoder.width(), decoder.height());
    let frames = std::iter::from_fn(|| decoder.read_next_frame().unwrap().map(|_| ())).count();
    (width, height, frames)
}

fn apng_frames(bytes: &[u8]) -> u32 {
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    reader.info().animation_control().unwrap().num_frames
}

#[test]
fn the_ending_of_a_name_says_what_is_encoded() {
    assert_eq!(FigureKind::of(Path::new("a/b.SVG")).unwrap(), FigureKind::Svg);
    assert_eq!(FigureKind::of(Path::new("b.png")).unwrap(), FigureKind::Png);
    assert_eq!(AnimationKind::of(Path::new("b.gif")).unwrap(), AnimationKind::Gif);
    assert_eq!(StripKind::of(Path::new("b.csv")).unwrap(), StripKind::Csv);
    assert_eq!(PictureKind::of(Path::new("b.png")).unwrap(), PictureKind::Png);
}

#[test]
fn an_ending_that_is_not_known_is_refused_with_those_that_are() {
    let errors = [
        (FigureKind::of(Path::new("out/f.jpg")).unwrap_err(), ".svg or .png"),
        (AnimationKind::of(Path::new("out/f.jpg")).unwrap_err(), ".gif or .apng"),
        (StripKind::of(Path::new("out/f.jpg")).unwrap_err(), ".png, .svg, .gif, .apng or .csv"),
        (PictureKind::of(Path::new("out/f.jpg")).unwrap_err(), ".png"),
    ];
    for (error, allowed) in errors {
        let error = error.to_string();
        assert!(error.starts_with("out/f.jpg") && error.ends_with(allowed), "{error}");
    }
    assert!(FigureKind::of(Path::new("figure")).is_err(), "no ending at all");
}

#[test]
fn a_figure_is_its_svg_or_a_png_that_says_what_it_shows() {
    let svg = figure(false);
    assert_eq!(encode_figure(&svg, "β = 4", FigureKind::Svg).unwrap(), svg.as_bytes());
    let png = encode_figure(&svg, "β = 4", FigureKind::Png).unwrap();
    let picture = image::load_from_memory(&png).unwrap().into_rgba8();
    assert_eq!(picture.dimensions(), (320, 240));
    assert_eq!(picture.get_pixel(0, 0).0, [255; 4], "paper");
    let dark = picture.pixels().filter(|pixel| pixel.0[..3].iter().all(|&v| v < 180)).count();
    assert!(dark > 50, "numbers are drawn: {dark}");
    assert!(String::from_utf8_lossy(&png).contains("β = 4"));
}

#[test]
fn an_animation_has_a_frame_a_figure() {
    let figures = [figure(false), figure(true), figure(false)];
    let gif = encode_animation(&figures, "about", AnimationKind::Gif).unwrap();
    assert_eq!(gif_frames(&gif), (320, 240, 3));
    assert_eq!(apng_frames(&encode_animation(&figures, "about", AnimationKind::Apng).unwrap()), 3);
    assert!(encode_animation(&[], "about", AnimationKind::Gif).is_err());
}

#[test]
fn a_picture_has_blocks_of_the_scale() {
    let picture = Picture::grey(2, 1, vec![10, 200]);
    let png = encode_picture(&picture, 3, "a strip", PictureKind::Png).unwrap();
    let grey = image::load_from_memory(&png).unwrap().into_luma8();
    assert_eq!(grey.dimensions(), (6, 3));
    assert_eq!((grey.get_pixel(2, 2).0[0], grey.get_pixel(3, 0).0[0]), (10, 200));
    let error = encode_picture(&Picture::default(), 3, "", PictureKind::Png).unwrap_err().to_string();
    assert!(error.contains("0 x 0 pixels"), "{error}");
}

fn two_strips() -> Vec<Strip> {
    let codes = path([0.0, 0.0], [1.0, 1.0], 5, Interpolation::Linear);
    let picture = decode_strip(&model(ModelKind::Vae), &codes, &Progress::silent()).unwrap();
    ["AE", "VAE <2>"]
        .map(|name| Strip { name: name.to_owned(), codes: codes.clone(), picture: picture.clone() })
        .to_vec()
}

fn strips(kind: StripKind) -> Vec<u8> {
    encode_strips(&two_strips(), 3, "β = 4, \"a\" & b", kind).unwrap()
}

#[test]
fn strips_are_pictures_that_say_what_they_show() {
    let png = strips(StripKind::Png);
    let picture = image::load_from_memory(&png).unwrap();
    assert_eq!((picture.width(), picture.height()), (5 * 8 * 3, (8 + 2 + 8) * 3));
    let gif = strips(StripKind::Gif);
    assert_eq!(gif_frames(&gif), (2 * 8 * 3, 8 * 3, 5 + 3), "there and back");
    assert_eq!(apng_frames(&strips(StripKind::Apng)), 8);
    for bytes in [png, gif] {
        assert!(String::from_utf8_lossy(&bytes).contains("β = 4"));
    }
}

#[test]
fn strips_are_drawings_with_their_names_as_text() {
    let svg = String::from_utf8(strips(StripKind::Svg)).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<_> = document.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
    assert_eq!(texts, ["AE", "VAE <2>"]);
    assert_eq!(document.descendants().filter(|n| n.has_tag_name("image")).count(), 2);
    let about = document.descendants().find(|n| n.has_tag_name("metadata")).unwrap();
    assert_eq!(about.text(), Some("β = 4, \"a\" & b"));
}

#[test]
fn strips_are_tables_of_their_codes() {
    let csv = String::from_utf8(strips(StripKind::Csv)).unwrap();
    assert_eq!(csv.lines().count(), 2 + 10);
    assert!(csv.contains("\nAE,2,0.5,0.5\n"), "{csv}");
}
