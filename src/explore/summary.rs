//! What the codes of labelled images say of a latent space.

use super::gaussian::moments;
use super::nearest::nearest;
use crate::config::{PLANE, Place};
use crate::model::Places;

/// The classes of a latent space, and its extent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The mean code of each class; a class without images has none.
    pub class_means: Vec<Option<Place>>,
    /// For each class the index of the image whose code lies nearest the class mean.
    pub medoids: Vec<Option<usize>>,
    /// The images of each class.
    pub class_sizes: Vec<usize>,
    /// σ of the posteriors, averaged over images and dimensions; an AE has none.
    pub sigma_mean: Option<f32>,
    /// Spread of the codes: their standard deviation over images, as the root mean square over dimensions.
    pub mean_spread: f32,
    /// Opposite corners of a rectangle that holds all codes but the outermost half percent on each side.
    pub bounds: Option<(Place, Place)>,
}

impl Summary {
    /// `labels` names the class of each code, below `classes`.
    pub fn new(codes: &Places, labels: &[u16], classes: usize) -> Self {
        let mut members = vec![Vec::new(); classes];
        for (i, &label) in labels.iter().enumerate().take(codes.mu.len()) {
            if let Some(class) = members.get_mut(usize::from(label)) {
                class.push(i);
            }
        }
        let mut class_means = Vec::with_capacity(classes);
        let mut medoids = Vec::with_capacity(classes);
        for members in &members {
            let points: Vec<Place> = members.iter().map(|&i| codes.mu[i]).collect();
            let mean = mean(&points);
            class_means.push(mean);
            medoids.push(mean.and_then(|m| nearest(&points, m)).map(|(i, _)| members[i]));
        }
        Self {
            class_means,
            medoids,
            class_sizes: members.iter().map(Vec::len).collect(),
            sigma_mean: codes.logvar.as_deref().map(sigma_mean),
            mean_spread: spread(codes.mu.as_flattened(), PLANE),
            bounds: bounds(&codes.mu),
        }
    }

    /// The same without what it says of some classes.
    pub fn without(&self, classes: &[u16]) -> Self {
        let mut others = self.clone();
        for class in classes.iter().map(|&class| usize::from(class)).filter(|&class| class < self.class_means.len()) {
            (others.class_means[class], others.medoids[class], others.class_sizes[class]) = (None, None, 0);
        }
        others
    }
}

/// The classes of these sizes that have images, `most` at most: of more the largest. In their order.
pub fn frequent(sizes: &[usize], most: usize) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..sizes.len()).filter(|&class| sizes[class] > 0).collect();
    if classes.len() > most {
        classes.sort_by_key(|&class| std::cmp::Reverse(sizes[class]));
        classes.truncate(most);
        classes.sort_unstable();
    }
    classes
}

/// How many images each of `classes` classes has.
pub fn class_counts(labels: &[u16], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for &label in labels {
        if let Some(count) = counts.get_mut(usize::from(label)) {
            *count += 1;
        }
    }
    counts
}

fn mean(points: &[Place]) -> Option<Place> {
    (!points.is_empty()).then(|| moments(points).0.map(|v| v as f32))
}

fn sigma_mean(logvar: &[Place]) -> f32 {
    let values = logvar.as_flattened();
    (values.iter().map(|&v| f64::from(0.5 * v).exp()).sum::<f64>() / values.len() as f64) as f32
}

/// The standard deviation of codes (n, latent), as the root mean square over dimensions; 0 of none.
pub fn spread(codes: &[f32], latent: usize) -> f32 {
    let n = (codes.len() / latent).max(1) as f64;
    let mean = |d: usize| (codes.iter().skip(d).step_by(latent).map(|&z| f64::from(z)).sum::<f64>() / n) as f32;
    let means: Vec<f32> = (0..latent).map(mean).collect();
    let squares = |z: &[f32]| z.iter().zip(&means).map(|(z, mean)| f64::from(z - mean).powi(2)).sum::<f64>();
    let variance = codes.chunks_exact(latent).map(squares).sum::<f64>() / (n * latent as f64);
    variance.sqrt() as f32
}

fn bounds(points: &[Place]) -> Option<(Place, Place)> {
    let cut = points.len() / 200;
    let side = |d: usize| {
        let mut values: Vec<f32> = points.iter().map(|p| p[d]).collect();
        values.sort_unstable_by(f32::total_cmp);
        Some((*values.get(cut)?, *values.get(values.len() - 1 - cut)?))
    };
    let ((left, right), (bottom, top)) = (side(0)?, side(1)?);
    Some(([left, bottom], [right, top]))
}
