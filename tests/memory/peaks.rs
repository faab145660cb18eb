//! How much memory the whole process takes at most, of large sets. They take minutes; each is run alone.

use std::sync::Arc;

use latent_explorer::config::{ImageShape, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data::{Dataset, Split};
use latent_explorer::explore::measures::{Effort, measure};
use latent_explorer::explore::{Cells, FieldKind, decode_grid, field};
use latent_explorer::model::{Compute, Copies, Frozen, Pca, TrainingMemory};
use latent_explorer::progress::Progress;
use latent_explorer::train::{LockStep, RunSettings};

/// Rings and gradients in colours that follow from the index.
fn drawn_images(n: usize, shape: ImageShape) -> Split {
    let of = |i: usize| {
        let (a, b) = ((i * 37 % 101) as f32 / 101.0, (i * 53 % 97) as f32 / 97.0);
        let pixel = move |p: usize| {
            let (at, channel) = (p / shape.channels, p % shape.channels);
            let (x, y) = ((at % shape.cols) as f32 / shape.cols as f32, (at / shape.cols) as f32 / shape.rows as f32);
            let distance = ((x - a).powi(2) + (y - b).powi(2)).sqrt();
            (255.0 * (1.0 - distance) * if (i + channel).is_multiple_of(3) { x } else { 1.0 }).clamp(0.0, 255.0) as u8
        };
        (0..shape.len()).map(pixel)
    };
    let mut images = Vec::with_capacity(n * shape.len());
    (0..n).for_each(|i| images.extend(of(i)));
    Split { shape, images, labels: (0..n).map(|i| (i % 3) as u16).collect() }
}

/// The most memory that this process ever had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<usize>().unwrap() << 10
}

/// Trains two models on a set for some steps, then explores and measures one of them, all within 4 GB.
fn lives_within_four_gigabytes(train: usize, test: usize, shape: ImageShape) {
    let dataset = Arc::new(Dataset {
        source: "drawn".into(),
        class_names: ["a", "b", "c"].map(str::to_owned).to_vec(),
        train: drawn_images(train, shape),
        test: drawn_images(test, shape),
        factors: None,
    });
    let said = |stage: &str| println!("{shape}, {train} images, {stage}: {:.2} GB", peak() as f64 / 1e9);
    said("data");
    let compute = Compute::default().within("4G".parse().unwrap());
    let settings = [ModelKind::Ae, ModelKind::Vae]
        .map(|kind| RunSettings { model: ModelSpec::new(kind), train: TrainConfig::default() });
    let before = peak();
    let mut lockstep = LockStep::new(dataset.clone(), &settings, compute.clone()).unwrap();
    (0..20).for_each(|_| assert!(lockstep.step() > 0));
    lockstep.evaluate().unwrap();
    lockstep.checkpoint().unwrap();
    said("training");
    let config = lockstep.runs[0].trainer.model().config();
    let estimate = TrainingMemory::total(&[TrainingMemory::of(config, 128, Copies::TRAINED); 2]);
    let ratio = estimate as f64 / (peak() - before) as f64;
    println!("estimated {:.2} GB, {ratio:.2} times what was taken", estimate as f64 / 1e9);
    assert!((1.0 / 1.5..2.5).contains(&ratio), "{ratio}");
    let model = lockstep.runs[1].last_good.restore(compute.clone()).unwrap();
    let codes = model.codes_of_split(&dataset.test, &Progress::silent()).unwrap().into_places();
    let cells = Cells { min: [-3.0; 2], max: [3.0; 2], across: 20, down: 20 };
    for kind in FieldKind::ALL {
        field(kind, &cells, &model, &codes, &dataset.train.spread(5_000), &Progress::silent()).unwrap();
    }
    decode_grid(&model, &Cells { across: 32, down: 32, ..cells }, &Progress::silent()).unwrap();
    said("fields and pictures");
    Pca::of_split(&dataset.train, 2, &compute, &Progress::silent()).unwrap();
    said("principal components");
    let effort = Effort { gaps: 1, evidence: 40, ..Effort::of(2_000) };
    measure(&model, &dataset, 1.0.into(), effort, &Progress::silent()).unwrap();
    said("measures");
    assert!(peak() < 4 << 30, "{}", peak());
}

#[test]
#[ignore = "takes minutes and 4 GB, and looks at the whole process; run it alone with --ignored --nocapture"]
fn a_hundred_thousand_colour_images_of_64_by_64_live_within_four_gigabytes() {
    lives_within_four_gigabytes(100_000, 2_000, ImageShape::rgb(64, 64));
}

#[test]
#[ignore = "takes minutes and 4 GB, and looks at the whole process; run it alone with --ignored --nocapture"]
fn two_thousand_grey_images_of_256_by_256_live_within_four_gigabytes() {
    lives_within_four_gigabytes(2_000, 500, ImageShape::grey(256, 256));
}
