//! Posteriors q(z|x) at 1 and 2 σ.

use super::super::marks::Mark;
use super::super::palette::{MOST_CLASSES, class_color};
use super::super::theme::Ink;
use crate::config::Place;
use crate::explore::{Summary, frequent};
use crate::model::Places;

/// A Gaussian along the axes of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    pub mu: Place,
    pub sigma: Place,
    pub ink: Ink,
    /// Of its line, in pixels.
    pub width: f32,
}

impl Gaussian {
    /// The posterior of an image by its index; an AE has none.
    fn of(codes: &Places, image: usize, ink: Ink, width: f32) -> Option<Self> {
        let (mu, logvar) = (*codes.mu.get(image)?, *codes.logvar.as_ref()?.get(image)?);
        Some(Self { mu, sigma: logvar.map(|v| (0.5 * v).exp()), ink, width })
    }

    /// The posteriors of the image nearest each class mean, in the colours of the classes; of many the largest classes'.
    pub fn of_classes(codes: &Places, summary: &Summary) -> Vec<Self> {
        let of = |class: usize| Self::of(codes, summary.medoids[class]?, Ink::Rgb(class_color(class)), 1.5);
        frequent(&summary.class_sizes, MOST_CLASSES).into_iter().filter_map(of).collect()
    }

    /// The posterior of one image, in the accent.
    pub fn of_image(codes: &Places, image: usize) -> Option<Self> {
        Self::of(codes, image, Ink::Accent, 2.0)
    }
}

/// The ellipses μ ± σ and μ ± 2σ, each with a halo.
pub fn marks(gaussian: &Gaussian) -> Vec<Mark> {
    let Gaussian { mu: centre, sigma, ink, width } = *gaussian;
    let around = |sigmas: f32| {
        let strokes = [Ink::Ground.line(width + 2.0), ink.line(width)];
        strokes.map(|stroke| Mark::Ellipse { centre, radii: sigma.map(|s| sigmas * s), stroke })
    };
    [1.0, 2.0].into_iter().flat_map(around).collect()
}
