//! What the measures of realism are where the answer is known, beside which those of samples are read.

use super::{About, Better};

/// The four measures of one kind of images, each in words that stand alone.
macro_rules! of_images {
    ($id:literal, $title:literal, $images:literal) => {
        [
            of_images!("coverage", $id, $title, "Coverage", $images, "Naeem et al. 2020, k = 3", "share"),
            of_images!("precision", $id, $title, "Precision", $images, "Kynkäänniemi et al. 2019, k = 3", "share"),
            of_images!("density", $id, $title, "Density", $images, "Naeem et al. 2020, k = 3", ""),
            of_images!("recall", $id, $title, "Recall", $images, "Kynkäänniemi et al. 2019, k = 3", "share"),
        ]
    };
    ($measure:literal, $id:literal, $title:literal, $name:literal, $images:literal, $source:literal, $unit:literal) => {
        About {
            id: concat!($measure, "_", $id),
            title: concat!($measure, ", ", $title),
            formula: None,
            definition: concat!($name, " of ", $images),
            source: Some($source),
            unit: $unit,
            better: Better::Neither,
        }
    };
}

/// In the order in which they are shown.
pub static CONTROLS: [[About; 4]; 3] = [
    of_images!(
        "held_in",
        "training images",
        "images that the model was trained on, which are as real as test images: what a perfect generator has."
    ),
    of_images!("mean_image", "mean image", "the mean of all test images, the greyest blur."),
    of_images!("noise", "noise", "images whose pixels are drawn evenly from 0 to 1."),
];
