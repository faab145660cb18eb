//! Images in colour and of other shapes than squares, from learning to files.

use std::sync::Arc;

use image::{AnimationDecoder, ImageDecoder};
use latent_explorer::config::{Arch, ImageShape, ModelConfig, ModelKind, ModelSpec, PriorKind, TrainConfig};
use latent_explorer::data::Split;
use latent_explorer::explore::{
    Cells, FieldKind, Line, Picture, Source, Summary, decode_grid, decode_strip, drawn, ground_of, nearest_image,
    nearest_images, sketch, stack, tile,
};
use latent_explorer::figure::{
    Channels, Cloud, FigureKind, FigureOptions, Panel, PictureKind, Plane, Raster, Show, Strip, StripKind, WordsLayer,
    class_colors, encode_figure, encode_picture, encode_strips, planes,
};
use latent_explorer::model::{Autoencoder, Compute, Frozen, evaluate, initial_parameters};
use latent_explorer::progress::Progress;
use latent_explorer::train::{LockStep, RunSettings};

use crate::support::{colour_dataset, colour_split};

const SHAPE: ImageShape = ImageShape::rgb(6, 5);

fn silent() -> Progress<'static> {
    Progress::silent()
}

fn spec(kind: ModelKind, change: impl FnOnce(&mut ModelSpec)) -> ModelSpec {
    let mut spec = crate::support::spec(kind);
    change(&mut spec);
    spec
}

/// Models of every kind and layer.
fn specs() -> Vec<ModelSpec> {
    vec![
        spec(ModelKind::Ae, |_| ()),
        spec(ModelKind::Vae, |_| ()),
        spec(ModelKind::Vae, |spec| spec.arch = Arch::Conv),
        spec(ModelKind::Vae, |spec| spec.prior = PriorKind::Mixture { components: 3 }),
        spec(ModelKind::Pca, |_| ()),
        spec(ModelKind::VqVae, |spec| spec.codebook.words = 8),
    ]
}

fn trained(spec: &ModelSpec, steps: usize) -> Autoencoder {
    let train = TrainConfig { batch: 32, learning_rate: 5e-3, beta: 0.05.into(), ..TrainConfig::default() };
    let settings = RunSettings { model: spec.clone(), train };
    let mut lockstep = LockStep::new(Arc::new(colour_dataset()), &[settings], Compute::cpu(2)).unwrap();
    (0..steps).for_each(|_| _ = lockstep.step());
    lockstep.checkpoint().unwrap();
    lockstep.runs[0].last_good.restore(Compute::cpu(2)).unwrap()
}

fn model() -> Autoencoder {
    let config = ModelConfig { shape: SHAPE, spec: crate::support::spec(ModelKind::Vae) };
    let parameters: Vec<f32> = initial_parameters(&config, 3).into_iter().map(|v| 4.0 * v).collect();
    Autoencoder::new(&config, &parameters, Compute::cpu(2)).unwrap()
}

/// The colour of a pixel of a picture.
fn at(picture: &Picture, x: usize, y: usize) -> [u8; 3] {
    let i = (y * picture.width + x) * 3;
    [0, 1, 2].map(|c| picture.pixels[i + c])
}

#[test]
fn every_kind_of_model_learns_the_colours() {
    for spec in specs() {
        let model = trained(&spec, 600);
        let test = colour_split(9);
        let images = test.gather(0..9);
        let codes = model.codes_of(&images, &silent()).unwrap();
        let decoded = model.decoded(&codes.mu, &silent()).unwrap();
        let picture = tile(&decoded, SHAPE, 9);
        for i in 0..9 {
            let class = usize::from(test.labels[i]);
            let bar = at(&picture, 5 * i + class + 1, 3);
            let others = (0..3).filter(|&c| c != class).map(|c| bar[c]).max().unwrap();
            assert!(bar[class] > others + 40, "{}, {}: {bar:?}, class {class}", spec.describe(), spec.arch);
        }
        let evaluation = evaluate(&model, &colour_dataset().test, 0, &silent()).unwrap();
        assert!(evaluation.recon.is_finite(), "{}", spec.describe());
        let samples = drawn(&model, Source::Prior, 4, 0, 0).unwrap();
        assert_eq!(model.decoded(&samples, &silent()).unwrap().len(), 4 * SHAPE.len());
    }
}

#[test]
fn a_manifold_has_each_decoded_image_where_its_code_is_in_its_colours() {
    let model = model();
    let cells = Cells { min: [-2.0, -1.0], max: [2.0, 1.0], across: 4, down: 2 };
    let picture = decode_grid(&model, &cells, &silent()).unwrap();
    assert_eq!((picture.width, picture.height, picture.channels), (20, 12, 3));
    for (i, code) in cells.centres().into_iter().enumerate() {
        let one = tile(&model.decode_places(&[code]).unwrap(), SHAPE, 1);
        assert_eq!(picture.cut([i % 4 * 5, i / 4 * 6], [5, 6]), one, "cell {i}");
    }
    assert!(picture.pixels.as_chunks::<3>().0.iter().any(|[r, g, b]| r != g || g != b), "there are colours");
}

fn strips() -> Vec<Strip> {
    let codes = vec![[-1.0, 0.0], [0.0, 0.5], [1.0, 1.0]];
    let picture = decode_strip(&model(), &codes, &silent()).unwrap();
    vec![Strip { name: "VAE".to_owned(), codes, picture }]
}

#[test]
fn a_strip_as_png_has_every_colour_as_it_was_decoded() {
    let strips = strips();
    let picture = &strips[0].picture;
    let png = encode_strips(&strips, 2, "", StripKind::Png).unwrap();
    let read = image::load_from_memory(&png).unwrap().to_rgb8();
    assert_eq!(read.dimensions(), (30, 12));
    for (x, y, pixel) in read.enumerate_pixels() {
        assert_eq!(pixel.0, at(picture, x as usize / 2, y as usize / 2), "{x}, {y}");
    }
}

#[test]
fn a_strip_as_animation_and_as_drawing_has_its_colours() {
    let strips = strips();
    let first = strips[0].picture.column(0, 3);
    let gif = encode_strips(&strips, 1, "", StripKind::Gif).unwrap();
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&gif)).unwrap();
    assert_eq!(decoder.dimensions(), (5, 6));
    let frames = decoder.into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 4, "there and back");
    for (x, y, pixel) in frames[0].buffer().enumerate_pixels() {
        let expected = at(&first, x as usize, y as usize);
        let near = (0..3).all(|c| pixel.0[c].abs_diff(expected[c]) < 12);
        assert!(near, "{x}, {y}: {:?} instead of {expected:?}", pixel.0);
    }
    let svg = String::from_utf8(encode_strips(&strips, 1, "", StripKind::Svg).unwrap()).unwrap();
    let rendered = encode_figure(&svg, "", FigureKind::Png).unwrap();
    let rendered = image::load_from_memory(&rendered).unwrap().to_rgb8();
    assert_eq!(rendered.get_pixel(90, 0).0, at(&first, 0, 0));
    assert_eq!(rendered.get_pixel(94, 5).0, at(&first, 4, 5));
}

#[test]
fn pictures_in_colour_are_stacked_and_written_whole() {
    let (wide, narrow) = (tile(&[0.5; 180], SHAPE, 2), tile(&[1.0; 90], SHAPE, 1));
    let both = stack(&[&wide, &narrow]);
    assert_eq!((both.width, both.height, both.channels), (10, 14, 3));
    assert_eq!((at(&both, 9, 0), at(&both, 0, 8), at(&both, 9, 8)), ([128; 3], [255; 3], [0; 3]));
    let bytes = encode_picture(&both, 1, "", PictureKind::Png).unwrap();
    assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8().into_raw(), both.pixels);
}

#[test]
fn colours_become_an_opaque_raster_whatever_the_theme() {
    let raster = Raster::from(Picture { width: 1, height: 1, channels: 3, pixels: vec![10, 200, 30] });
    assert_eq!((raster.channels, raster.pixels), (Channels::Rgba, vec![10, 200, 30, 255]));
}

#[test]
fn neighbours_by_pixels_count_every_colour() {
    let split = colour_split(30);
    // The image of the same class and shade comes first; a bar in another colour is farther than one in another shade.
    let found = nearest_images(&split, split.image(4), 5, &silent()).unwrap();
    assert_eq!(found[0], 4);
    assert!(found.iter().all(|&i| split.labels[i] == split.labels[4]), "{found:?}");
    let mut other = split.image(7).to_vec();
    other[2] += 3;
    let (nearest, difference) = nearest_image(&other, &split, &silent()).unwrap().unwrap();
    assert_eq!(nearest, 7);
    assert!((difference - 3.0 / (90f32.sqrt() * 255.0)).abs() < 1e-6, "{difference}");
}

#[test]
fn a_figure_of_a_plane_has_its_manifold_and_its_words_in_colour() {
    let spec = spec(ModelKind::VqVae, |spec| spec.codebook.words = 8);
    let model = trained(&spec, 100);
    let test = colour_split(60);
    let all = model.codes_of(&test.gather(0..60), &silent()).unwrap();
    let places = model.encode_places(&test.gather(0..60)).unwrap();
    let summary = Summary::new(&places, &test.labels, 3);
    let names = colour_dataset().class_names;
    let colors = Arc::new(class_colors(&test.labels, true));
    let cloud = Cloud { codes: Arc::new(places), colors, emphasis: None, depth: None };
    let in_plane = latent_explorer::model::InPlane::new(model, Default::default());
    let words = WordsLayer::of(&in_plane, &all, &silent()).unwrap();
    assert!(words.as_ref().unwrap().images.iter().all(|image| image.channels == Channels::Rgba));
    let panel = Panel {
        title: "VQ-VAE".to_owned(),
        plane: Plane { words, ..Plane::of(&[Show::Points, Show::Means], &cloud, &summary, &names) },
        view: None,
        field: Some(FieldKind::Class),
        manifold: true,
        model: &in_plane,
        codes: &cloud.codes,
        known: &test,
    };
    let options = FigureOptions { width: 500, height: 460, dark: false, caption: "coloured bars".to_owned() };
    let svg = planes(&[panel], &[], &options, &silent()).unwrap();
    let page = image::load_from_memory(&encode_figure(&svg, "", FigureKind::Png).unwrap()).unwrap().to_rgb8();
    assert_eq!(page.dimensions(), (500, 460));
    let decoded =
        decode_grid(&in_plane, &Cells { min: [0.0; 2], max: [0.1; 2], across: 1, down: 1 }, &silent()).unwrap();
    assert_eq!(decoded.channels, 3);
}

fn line(color: [u8; 3], points: Vec<[f32; 2]>) -> Line {
    Line { points, radius: 0.1, erases: false, color }
}

#[test]
fn a_drawing_in_colour_is_as_it_was_drawn_on_its_ground() {
    let (shape, ground) = (ImageShape::rgb(20, 10), [51, 102, 153]);
    let red = line([255, 0, 0], vec![[0.5, 0.25], [0.5, 0.75]]);
    let green = line([0, 255, 0], vec![[0.5, 0.5]]);
    let image = sketch(&[red.clone(), green], shape, ground);
    let pixel = |image: &[f32], row: usize, col: usize| {
        [0, 1, 2].map(|c| (255.0 * image[(row * 10 + col) * 3 + c]).round() as u8)
    };
    assert_eq!(image.len(), shape.len());
    assert_eq!(pixel(&image, 0, 0), ground);
    assert_eq!((pixel(&image, 5, 5), pixel(&image, 14, 4)), ([255, 0, 0], [255, 0, 0]), "two pixels about the line");
    assert_eq!(pixel(&image, 10, 5), [0, 255, 0], "the later line lies above");
    let gone = Line { erases: true, radius: 0.3, ..red.clone() };
    assert_eq!(pixel(&sketch(&[red, gone], shape, ground), 5, 5), ground);
    assert_eq!(sketch(&[], shape, [255; 3]), vec![1.0; shape.len()]);
}

#[test]
fn a_line_without_a_colour_is_white_and_says_nothing_of_it_in_a_file() {
    let json = r#"{"points":[[0.5,0.5]],"radius":0.25,"erases":false}"#;
    let read: Line = serde_json::from_str(json).unwrap();
    assert_eq!(read.color, [255; 3]);
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}

#[test]
fn the_ground_of_drawings_is_the_mean_colour_along_the_borders() {
    let shape = ImageShape::rgb(3, 3);
    let mut images = [10, 20, 40].repeat(18);
    images[12..15].fill(255);
    images[27..54].fill(30);
    let split = Split { shape, images, labels: vec![0; 2] };
    assert_eq!(ground_of(&split), [20, 25, 35]);
    assert_eq!(ground_of(&crate::support::split(3)), [0; 3], "grey data are drawn on black");
}
