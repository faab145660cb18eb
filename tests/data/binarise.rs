//! Pixels made black or white.

use latent_explorer::config::{Binarise, DataSource, ImageShape, Memory, Reading};
use latent_explorer::data::{self, Batches, Dataset, Split};
use latent_explorer::progress::Progress;
use tempfile::TempDir;

use crate::support::write_split;

const VALUES: [u8; 4] = [0, 64, 191, 255];
const IMAGES: usize = 2_000;
const SIDE: usize = 2;

/// Images that are all the same: a value a pixel.
fn same() -> Split {
    Split { shape: ImageShape::grey(SIDE, SIDE), images: VALUES.repeat(IMAGES), labels: vec![0; IMAGES] }
}

fn load(binarise: Binarise, seed: u64) -> Dataset {
    let folder = TempDir::new().unwrap();
    write_split(folder.path(), "train", &same());
    write_split(folder.path(), "t10k", &same());
    let reading = Reading { binarise, seed, ..Reading::default() };
    let source = DataSource { path: folder.path().display().to_string(), reading };
    data::load(&source, Memory::default(), &Progress::silent()).unwrap().dataset
}

/// The share of white of each pixel; None unless all are black or white.
fn white(values: impl Iterator<Item = f32>) -> Option<[f64; 4]> {
    let mut counts = [0; 4];
    for (i, value) in values.enumerate() {
        if value != 0.0 && value != 1.0 {
            return None;
        }
        counts[i % 4] += usize::from(value == 1.0);
    }
    Some(counts.map(|count| count as f64 / IMAGES as f64))
}

fn of(split: &Split) -> Option<[f64; 4]> {
    white(split.images.iter().map(|&value| f32::from(value) / 255.0))
}

/// Whether each pixel is white as often as its value says, within five standard deviations of a share.
fn are_probabilities(shares: [f64; 4]) -> bool {
    VALUES.iter().zip(shares).all(|(&value, share)| {
        let p = f64::from(value) / 255.0;
        (share - p).abs() <= 5.0 * (p * (1.0 - p) / IMAGES as f64).sqrt()
    })
}

#[test]
fn none_leaves_grey_as_it_is() {
    assert_eq!(load(Binarise::None, 0).train, same());
}

#[test]
fn threshold_makes_more_than_a_half_white() {
    let set = load(Binarise::Threshold, 0);
    assert_eq!([of(&set.train), of(&set.test)], [Some([0.0, 0.0, 1.0, 1.0]); 2]);
}

#[test]
fn static_draws_each_pixel_white_with_its_value_as_the_probability() {
    let set = load(Binarise::Static, 0);
    assert!(are_probabilities(of(&set.train).unwrap()) && are_probabilities(of(&set.test).unwrap()));
    assert_ne!(set.train.images, set.test.images);
}

#[test]
fn static_draws_follow_from_the_seed() {
    assert!(load(Binarise::Static, 1).train == load(Binarise::Static, 1).train);
    assert!(load(Binarise::Static, 1).train != load(Binarise::Static, 2).train);
}

#[test]
fn dynamic_draws_test_images_once_and_leaves_those_that_are_learned_from_grey() {
    let set = load(Binarise::Dynamic, 0);
    assert_eq!(set.train, same());
    assert!(of(&set.test).is_some_and(are_probabilities));
    assert!(set.test == load(Binarise::Static, 0).test);
}

#[test]
fn batches_that_are_drawn_are_other_draws_of_the_same_values_in_every_epoch() {
    let split = same();
    let mut batches = Batches::new(IMAGES, IMAGES, 5).drawn(true);
    let [first, second] = [0, 1].map(|_| batches.next(&split).images.clone());
    assert!([&first, &second].iter().all(|images| white(images.iter().copied()).is_some_and(are_probabilities)));
    assert_ne!(first, second);
}

#[test]
fn a_batch_is_the_same_draw_whether_a_run_comes_to_it_or_goes_on_from_there() {
    let split = same();
    let all = || Batches::new(IMAGES, 300, 5).drawn(true);
    let (mut from_the_start, mut from_there) = (all(), all());
    (0..9).for_each(|_| _ = from_the_start.next(&split));
    from_there.seek(9);
    assert!(from_the_start.next(&split).images == from_there.next(&split).images);
}
