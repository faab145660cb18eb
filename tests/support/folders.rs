//! Folders of image files.

use image::RgbImage;
use latent_explorer::data::Split;
use latent_explorer::random::{Purpose, stream};
use rand::RngExt;
use tempfile::TempDir;

/// The images of a split as PNG files, in a folder for each class, or all in one where there are no names.
pub fn image_folder(split: &Split, names: &[&str]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let (rows, cols) = (split.shape.rows as u32, split.shape.cols as u32);
    for i in 0..split.len() {
        let of_class =
            names.get(usize::from(split.labels[i])).map_or(folder.path().into(), |name| folder.path().join(name));
        std::fs::create_dir_all(&of_class).expect("a folder");
        let bytes = split.image(i).to_vec();
        let image = RgbImage::from_raw(cols, rows, bytes).expect("an image in colour");
        image.save(of_class.join(format!("{i:04}.png"))).expect("written");
    }
    folder
}

/// Coloured shapes of 32 x 32 pixels on light ground in a folder for each kind, and a file that is no image.
pub fn shapes_folder(count: usize) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path().join("coloured shapes");
    for i in 0..count {
        let kind = ["disc", "ring", "square", "triangle"][i % 4];
        std::fs::create_dir_all(root.join(kind)).expect("a folder");
        shape(kind, i).save(root.join(kind).join(format!("{i:04}.png"))).expect("written");
    }
    std::fs::write(root.join("ring").join("unfinished.jpg"), b"no image").expect("written");
    folder
}

/// The `i`th of a kind: its place, size and hue drawn at random.
fn shape(kind: &str, i: usize) -> RgbImage {
    let mut random = stream(0, Purpose::Samples, i as u64);
    let mut draw = |low: f32, high: f32| low + (high - low) * random.random::<f32>();
    let (x, y, size, hue) = (draw(12.0, 20.0), draw(12.0, 20.0), draw(5.0, 10.0), draw(0.0, 6.0));
    let channel = |n: f32| {
        let k = (n + hue) % 6.0;
        235.0 - 200.0 * k.min(4.0 - k).clamp(0.0, 1.0)
    };
    let (ink, paper) = ([5.0, 3.0, 1.0].map(channel), [238.0, 238.0, 232.0]);
    // How far within the shape a point is, in pixels.
    let inside = |dx: f32, dy: f32| match kind {
        "disc" => size - dx.hypot(dy),
        "ring" => 0.3 * size - (dx.hypot(dy) - 0.7 * size).abs(),
        "square" => 0.85 * size - dx.abs().max(dy.abs()),
        _ => (0.5 * size - dy).min(0.5 * (size + dy) - 0.87 * dx.abs()),
    };
    RgbImage::from_fn(32, 32, |col, row| {
        let cover = (inside(col as f32 + 0.5 - x, row as f32 + 0.5 - y) + 0.5).clamp(0.0, 1.0);
        image::Rgb([0, 1, 2].map(|c| (paper[c] + cover * (ink[c] - paper[c])).round() as u8))
    })
}
