//! A folder of images: classes and splits by its folders, sizes brought to one, and what is left out.

use std::fs;
use std::path::Path;

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use latent_explorer::config::{Fit, ImageShape, Memory, Reading};
use latent_explorer::data::{DataError, Divided, Loaded};
use tempfile::TempDir;

use super::{load, load_as};

fn grey(rows: u32, cols: u32, value: u8) -> DynamicImage {
    GrayImage::from_pixel(cols, rows, Luma([value])).into()
}

fn colour(rows: u32, cols: u32, value: [u8; 3]) -> DynamicImage {
    RgbImage::from_pixel(cols, rows, Rgb(value)).into()
}

/// A folder with these images under these names.
fn folder(images: &[(&str, DynamicImage)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    images.iter().for_each(|(name, image)| put(folder.path(), name, image));
    folder
}

fn put(folder: &Path, name: &str, image: &DynamicImage) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // A GIF has colours whatever it shows.
    let image = if name.ends_with(".gif") { &image.to_rgba8().into() } else { image };
    image.save(path).unwrap();
}

/// Grey images of 4 x 4, each of the shade beside its name.
fn shades(names: &[(&str, u8)]) -> TempDir {
    let images: Vec<(&str, DynamicImage)> = names.iter().map(|&(name, shade)| (name, grey(4, 4, shade))).collect();
    folder(&images)
}

/// The first byte of each image.
fn first_bytes(split: &latent_explorer::data::Split) -> Vec<u8> {
    (0..split.len()).map(|i| split.image(i)[0]).collect()
}

fn all_bytes(loaded: &Loaded) -> Vec<u8> {
    let mut all = [first_bytes(&loaded.dataset.train), first_bytes(&loaded.dataset.test)].concat();
    all.sort_unstable();
    all
}

fn classes(loaded: &Loaded) -> Vec<(String, usize)> {
    loaded.contents.classes.iter().map(|class| (class.name.clone(), class.train + class.test)).collect()
}

fn reasons(loaded: &Loaded) -> String {
    loaded.contents.left_out.files.iter().map(|(file, why)| format!("{file}: {why}\n")).collect()
}

#[test]
fn images_are_those_of_the_files_in_every_format() {
    for ending in ["png", "bmp", "webp", "gif", "jpg", "jpeg"] {
        let images = folder(&[(&format!("a.{ending}"), grey(6, 5, 40)), (&format!("b.{ending}"), grey(6, 5, 200))]);
        let loaded = load(images.path()).unwrap();
        assert_eq!(loaded.contents.shape, ImageShape::grey(6, 5), "{ending}");
        assert_eq!(all_bytes(&loaded), [40, 200], "{ending}");
    }
}

#[test]
fn folders_name_the_classes_in_natural_order() {
    let images = shades(&[("class10/a.png", 1), ("class9/a.png", 2), ("class9/b.png", 3), ("class10/deeper/c.png", 4)]);
    let loaded = load(images.path()).unwrap();
    assert_eq!(classes(&loaded), [("class9".to_owned(), 2), ("class10".to_owned(), 2)]);
}

#[test]
fn train_and_test_folders_divide_the_set_whatever_their_names_look_like() {
    let images = shades(&[("Train/b/1.png", 1), ("Train/a/2.png", 2), ("Testing/a/3.png", 3), ("Train/a/10.png", 4)]);
    let loaded = load(images.path()).unwrap();
    assert_eq!(loaded.contents.divided, Divided::Given);
    assert_eq!((first_bytes(&loaded.dataset.train), first_bytes(&loaded.dataset.test)), (vec![2, 4, 1], vec![3]));
    assert_eq!((loaded.dataset.train.labels, loaded.dataset.test.labels), (vec![0, 0, 1], vec![0]));
}

#[test]
fn images_for_validation_are_held_out_where_there_are_none_for_tests_and_learned_from_otherwise() {
    let images = shades(&[("train/1.png", 1), ("val/2.png", 2)]);
    assert_eq!(first_bytes(&load(images.path()).unwrap().dataset.test), [2]);
    put(images.path(), "test/3.png", &grey(4, 4, 3));
    let loaded = load(images.path()).unwrap();
    assert_eq!((first_bytes(&loaded.dataset.train), first_bytes(&loaded.dataset.test)), (vec![1, 2], vec![3]));
    assert!(loaded.contents.notes[0].contains("validation"));
}

#[test]
fn images_without_class_folders_have_no_classes() {
    let images = shades(&[("1.png", 1), ("2.png", 2), ("sub/3.png", 3)]);
    let loaded = load(images.path()).unwrap();
    assert!(loaded.dataset.class_names.is_empty());
    assert_eq!(all_bytes(&loaded), [1, 2, 3]);
}

#[test]
fn a_folder_around_all_is_no_class() {
    let images = shades(&[("faces/a/1.png", 1), ("faces/b/2.png", 2)]);
    assert_eq!(load(images.path()).unwrap().dataset.class_names, ["a", "b"]);
}

#[test]
fn an_image_beside_the_class_folders_is_left_out_and_named() {
    let images = shades(&[("a/1.png", 1), ("b/2.png", 2), ("preview.png", 3)]);
    let loaded = load(images.path()).unwrap();
    assert_eq!(all_bytes(&loaded), [1, 2]);
    assert!(reasons(&loaded).contains("preview.png: lies in no class folder"), "{}", reasons(&loaded));
}

#[test]
fn files_are_in_natural_order() {
    let images = shades(&[("train/2.png", 2), ("train/10.png", 10), ("train/1.png", 1), ("test/1.png", 9)]);
    assert_eq!(first_bytes(&load(images.path()).unwrap().dataset.train), [1, 2, 10]);
}

#[test]
fn broken_files_are_listed_and_left_out() {
    let images = shades(&[("1.png", 1), ("2.png", 2)]);
    fs::write(images.path().join("empty.png"), []).unwrap();
    fs::write(images.path().join("text.jpg"), "no image").unwrap();
    let whole = fs::read(images.path().join("1.png")).unwrap();
    fs::write(images.path().join("cut.png"), &whole[..whole.len() - 20]).unwrap();
    let loaded = load(images.path()).unwrap();
    assert_eq!((loaded.contents.found, loaded.contents.kept()), (5, 2));
    for name in ["empty.png", "text.jpg", "cut.png"] {
        assert!(reasons(&loaded).contains(name), "{}", reasons(&loaded));
    }
}

#[test]
fn a_picture_that_says_it_has_billions_of_rows_is_left_out_before_there_is_memory_for_it() {
    let images = shades(&[("1.png", 1), ("2.png", 2), ("huge.png", 3)]);
    let path = images.path().join("huge.png");
    let mut bytes = fs::read(&path).unwrap();
    // The header: its length, its name, columns and rows, what they are, and its checksum.
    bytes[20..24].copy_from_slice(&0x7fff_fff0u32.to_be_bytes());
    let checksum = crc32fast::hash(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    fs::write(path, bytes).unwrap();
    let loaded = load(images.path()).unwrap();
    assert_eq!(loaded.contents.kept(), 2);
    assert!(reasons(&loaded).contains("2147483632 pixels"), "{}", reasons(&loaded));
}

#[test]
fn a_folder_of_nothing_but_broken_images_is_refused_with_the_reason() {
    let images = TempDir::new().unwrap();
    fs::write(images.path().join("a.png"), "no image").unwrap();
    let error = load(images.path()).unwrap_err();
    assert!(matches!(error, DataError::AllBroken { count: 1, .. }), "{error}");
    assert!(error.to_string().contains("a.png"), "{error}");
}

#[test]
fn an_empty_folder_is_refused() {
    let images = TempDir::new().unwrap();
    assert!(matches!(load(images.path()), Err(DataError::NoImages { .. })));
}

#[test]
fn one_image_is_too_few() {
    assert!(matches!(load(shades(&[("a.png", 1)]).path()), Err(DataError::Empty { count: 1, .. })));
}

#[test]
fn hidden_files_and_those_of_systems_are_not_seen() {
    let images = shades(&[("1.png", 1), ("2.png", 2), (".hidden.png", 3), (".git/4.png", 4), ("__MACOSX/5.png", 5)]);
    fs::write(images.path().join("Thumbs.db"), "x").unwrap();
    let loaded = load(images.path()).unwrap();
    assert_eq!((all_bytes(&loaded), loaded.contents.left_out.count), (vec![1, 2], 0));
}

#[cfg(unix)]
#[test]
fn a_link_in_a_circle_is_left_out() {
    let images = shades(&[("a/1.png", 1), ("b/2.png", 2)]);
    std::os::unix::fs::symlink(images.path(), images.path().join("a/again")).unwrap();
    let loaded = load(images.path()).unwrap();
    assert_eq!(all_bytes(&loaded), [1, 2]);
    assert!(reasons(&loaded).contains("a/again: a link to a folder that it lies in"), "{}", reasons(&loaded));
}

#[test]
fn an_image_of_another_format_is_named_as_left_out() {
    let images = shades(&[("1.png", 1), ("2.png", 2)]);
    fs::write(images.path().join("scan.tiff"), "II*").unwrap();
    assert!(reasons(&load(images.path()).unwrap()).contains("scan.tiff: images .tiff are not read"));
}

#[test]
fn one_coloured_image_makes_the_set_coloured() {
    let images = folder(&[("train/1.png", grey(2, 2, 7)), ("test/2.png", colour(2, 2, [1, 2, 3]))]);
    let loaded = load(images.path()).unwrap();
    assert_eq!(loaded.contents.shape, ImageShape::rgb(2, 2));
    assert_eq!((&loaded.dataset.train.images[..3], &loaded.dataset.test.images[..3]), (&[7, 7, 7][..], &[1, 2, 3][..]));
}

#[test]
fn coloured_files_without_a_colour_are_grey() {
    let images = folder(&[("1.png", colour(2, 2, [7, 7, 7])), ("2.png", colour(2, 2, [8, 8, 8]))]);
    let loaded = load(images.path()).unwrap();
    assert_eq!((loaded.contents.shape, all_bytes(&loaded)), (ImageShape::grey(2, 2), vec![7, 8]));
}

#[test]
fn colours_become_grey_where_that_is_asked_for() {
    let images = folder(&[("1.png", colour(2, 2, [0, 255, 0])), ("2.png", colour(2, 2, [0, 0, 255]))]);
    let loaded = load_as(images.path(), Reading { grey: true, ..Reading::default() }).unwrap();
    assert_eq!(loaded.contents.shape, ImageShape::grey(2, 2));
    // Rec. 709: green weighs 0.7152, blue 0.0722.
    assert_eq!(all_bytes(&loaded), [18, 182]);
}

#[test]
fn images_up_to_64_keep_their_size_and_larger_ones_get_64() {
    let keeps = load(folder(&[("1.png", grey(64, 48, 1)), ("2.png", grey(64, 48, 2))]).path()).unwrap();
    assert_eq!(keeps.contents.shape, ImageShape::grey(64, 48));
    let shrinks = load(folder(&[("1.png", grey(300, 400, 1)), ("2.png", grey(600, 800, 2))]).path()).unwrap();
    assert_eq!(shrinks.contents.shape, ImageShape::grey(48, 64));
    assert_eq!(all_bytes(&shrinks), [1, 2]);
    assert_eq!((shrinks.contents.before.rows, shrinks.contents.before.cols), ([300, 600], [400, 800]));
}

#[test]
fn the_longer_side_is_that_which_is_asked_for() {
    let images = folder(&[("1.png", grey(10, 20, 1)), ("2.png", grey(10, 20, 2))]);
    for (size, rows) in [(8, 4), (40, 20)] {
        let loaded = load_as(images.path(), Reading { size: Some(size), ..Reading::default() }).unwrap();
        assert_eq!(loaded.contents.shape, ImageShape::grey(rows, size));
    }
}

#[test]
fn images_of_several_proportions_become_squares_with_black_borders() {
    let images = folder(&[("train/1.png", grey(4, 8, 100)), ("test/2.png", grey(8, 8, 200))]);
    let loaded = load(images.path()).unwrap();
    assert_eq!(loaded.contents.shape, ImageShape::grey(8, 8));
    let rows: Vec<u8> = loaded.dataset.train.images.chunks(8).map(|row| row[0]).collect();
    assert_eq!(rows, [0, 0, 100, 100, 100, 100, 0, 0]);
}

#[test]
fn cropped_images_are_the_squares_in_their_middle() {
    let mut striped = GrayImage::from_pixel(8, 4, Luma([9]));
    (0..4).for_each(|row| (2..6).for_each(|column| striped.put_pixel(column, row, Luma([200]))));
    let images = folder(&[("1.png", striped.clone().into()), ("2.png", striped.into())]);
    let loaded = load_as(images.path(), Reading { fit: Fit::Crop, ..Reading::default() }).unwrap();
    assert_eq!(loaded.contents.shape, ImageShape::grey(4, 4));
    assert!(loaded.dataset.train.images.iter().all(|&byte| byte == 200));
}

#[test]
fn what_is_transparent_is_black() {
    let mut half = RgbaImage::from_pixel(2, 2, Rgba([200, 200, 200, 255]));
    half.put_pixel(0, 0, Rgba([255, 255, 255, 0]));
    half.put_pixel(1, 0, Rgba([200, 200, 200, 51]));
    let images = folder(&[("train/1.png", half.into()), ("test/2.png", grey(2, 2, 1))]);
    assert_eq!(load(images.path()).unwrap().dataset.train.images, [0, 40, 200, 200]);
}

#[test]
fn sixteen_bits_become_eight() {
    let deep = image::ImageBuffer::<Luma<u16>, Vec<u16>>::from_pixel(2, 2, Luma([257 * 100]));
    let images = folder(&[("1.png", deep.clone().into()), ("2.png", deep.into())]);
    assert_eq!(all_bytes(&load(images.path()).unwrap()), [100, 100]);
}

#[test]
fn a_photograph_stands_as_its_camera_was_held() {
    // The first row white, the others black; orientation 6 turns it clockwise by a quarter: white at the right.
    let mut upright = GrayImage::from_pixel(16, 8, Luma([0]));
    (0..16).for_each(|column| upright.put_pixel(column, 0, Luma([255])));
    let folder = TempDir::new().unwrap();
    for name in ["1.jpg", "2.jpg"] {
        let path = folder.path().join(name);
        upright.save(&path).unwrap();
        let jpeg = fs::read(&path).unwrap();
        let exif = b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        fs::write(&path, [&jpeg[..2], exif, &jpeg[2..]].concat()).unwrap();
    }
    let loaded = load(folder.path()).unwrap();
    assert_eq!(loaded.contents.shape, ImageShape::grey(16, 8));
    let row = &loaded.dataset.train.images[8 * 5..][..8];
    assert!(row[7] > 150 && row[0] < 60, "{row:?}");
}

#[test]
fn a_division_by_seed_holds_out_the_share_of_every_class() {
    let images = TempDir::new().unwrap();
    for i in 0..40 {
        put(images.path(), &format!("{}/{i}.png", ["a", "b"][i % 2]), &grey(4, 4, i as u8));
    }
    let reading = |seed| Reading { test_share: 0.25, seed, ..Reading::default() };
    let loaded = load_as(images.path(), reading(0)).unwrap();
    assert_eq!(loaded.contents.divided, Divided::BySeed);
    let counts: Vec<_> = loaded.contents.classes.iter().map(|class| (class.train, class.test)).collect();
    assert_eq!(counts, [(15, 5), (15, 5)]);
    assert_eq!(loaded, load_as(images.path(), reading(0)).unwrap());
    assert_ne!(loaded.dataset.test, load_as(images.path(), reading(1)).unwrap().dataset.test);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let images = TempDir::new().unwrap();
    for i in 0..60 {
        put(images.path(), &format!("{i}.png"), &grey(4 + i % 3, 5, i as u8));
    }
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| load(images.path()).unwrap())
    };
    assert_eq!(with(1), with(7));
}

#[test]
fn more_than_a_thousand_classes_are_refused() {
    let images = TempDir::new().unwrap();
    (0..1_001).for_each(|i| put(images.path(), &format!("{i}/a.png"), &grey(1, 1, 0)));
    let error = load(images.path()).unwrap_err();
    assert!(matches!(error, DataError::Classes { classes: 1_001, .. }), "{error}");
}

#[test]
fn reading_can_be_given_up() {
    use latent_explorer::progress::{Cancelled, Progress};
    let images = shades(&[("1.png", 1), ("2.png", 2)]);
    let stop = |_| Err(Cancelled);
    let source = images.path().display().to_string().into();
    let result = latent_explorer::data::load(&source, Memory::default(), &Progress::new(&stop));
    assert!(matches!(result, Err(DataError::Cancelled(_))));
}
