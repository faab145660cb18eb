//! The plane through a latent space: z = o + a·e₁ + b·e₂. With two dimensions it is the latent space itself.

use std::sync::{Arc, OnceLock};

use nalgebra::{DMatrix, DVector, SymmetricEigen};
use serde::{Deserialize, Serialize};

use super::{Autoencoder, Codes, Compute, Frozen, ModelError, Output, Places, Prior};
use crate::config::{Axes, ModelConfig, Place, PlaneChoice};
use crate::progress::Progress;

/// An origin and two orthonormal axes. Places are counted from the foot of 0, so that along a dimension they are its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// (latent), at right angles to the axes.
    pub origin: Vec<f32>,
    /// (latent) each; the second of a latent space of one dimension is 0.
    pub axes: [Vec<f32>; 2],
    /// What each axis is called.
    pub names: [String; 2],
}

/// The latent space itself.
impl Default for Plane {
    fn default() -> Self {
        Self::of(2)
    }
}

impl Plane {
    /// Along two dimensions, through a code (latent).
    pub fn along(dimensions: [usize; 2], through: Vec<f32>) -> Self {
        let latent = through.len();
        let axis = |i: usize| (0..latent).map(|d| f32::from(u8::from(d == i))).collect();
        let [first, second] = dimensions;
        // Two of one dimension would not span a plane.
        let second = if second == first { latent } else { second };
        // There is no axis of a dimension that there is not.
        let name = |i: usize| if i < latent { dimension(i) } else { String::new() };
        let mut origin = through;
        [first, second].into_iter().for_each(|i| origin.iter_mut().skip(i).take(1).for_each(|v| *v = 0.0));
        Self { axes: [axis(first), axis(second)], names: [first, second].map(name), origin }
    }

    /// The first two dimensions, through 0.
    pub fn of(latent: usize) -> Self {
        Self::along([0, 1], vec![0.0; latent])
    }

    /// Along directions (latent) that need not be of unit length or at right angles, through a code (latent).
    pub fn spanned(first: &[f32], second: &[f32], through: Vec<f32>, names: [String; 2]) -> Self {
        let unit = |v: &[f32]| -> Vec<f32> {
            let length = dot(v, v).sqrt();
            v.iter().map(|x| if length > 0.0 { x / length } else { 0.0 }).collect()
        };
        let first = unit(first);
        let along = dot(second, &first);
        let second: Vec<f32> = second.iter().zip(&first).map(|(s, f)| s - along * f).collect();
        let second = unit(&second);
        let [a, b] = [dot(&through, &first), dot(&through, &second)];
        let origin = through.iter().zip(first.iter().zip(&second)).map(|(z, (f, s))| z - a * f - b * s).collect();
        Self { axes: [first, second], names, origin }
    }

    /// As it was chosen among codes. `before` is the plane until now: axes that have no direction of their own keep theirs.
    pub fn chosen(choice: PlaneChoice, codes: &Codes, before: &Self) -> Self {
        let latent = codes.latent;
        let zero = vec![0.0; latent];
        let origin = choice.anchor.filter(|&image| image < codes.len()).map_or(zero, |image| codes.of(image).to_vec());
        let first = |pair: [usize; 2]| pair.map(|d| d.min(latent.saturating_sub(1)));
        match choice.axes {
            // Two dimensions are the plane.
            _ if latent == 2 => Self::of(2),
            Axes::Dimensions(pair) => Self::along(first(pair), origin),
            Axes::Components if codes.len() < 2 => Self::along([0, 1], origin),
            Axes::Components => {
                let [first, second] = components(codes);
                let turned = |axis: Vec<f32>, old: &[f32]| {
                    let sign = if old.len() == axis.len() && dot(&axis, old) < 0.0 { -1.0 } else { 1.0 };
                    axis.into_iter().map(|v| sign * v).collect::<Vec<f32>>()
                };
                let (first, second) = (turned(first, &before.axes[0]), turned(second, &before.axes[1]));
                Self::spanned(&first, &second, origin, ["PC 1", "PC 2"].map(str::to_owned))
            }
        }
    }

    pub fn latent(&self) -> usize {
        self.origin.len()
    }

    /// Whether a place is the code itself.
    pub fn is_whole(&self) -> bool {
        let [first, second] = &self.axes;
        self.origin == [0.0, 0.0] && *first == [1.0, 0.0] && *second == [0.0, 1.0]
    }

    /// The code (latent) of a place.
    pub fn code(&self, place: Place) -> Vec<f32> {
        let [first, second] = &self.axes;
        let at = |d: usize| self.origin[d] + place[0] * first[d] + place[1] * second[d];
        (0..self.latent()).map(at).collect()
    }

    /// The codes of places: (n, latent).
    pub fn codes(&self, places: &[Place]) -> Vec<f32> {
        if self.is_whole() {
            places.as_flattened().to_vec()
        } else {
            places.iter().flat_map(|&p| self.code(p)).collect()
        }
    }

    /// Where a code (latent) is in the plane: the nearest place.
    pub fn place(&self, code: &[f32]) -> Place {
        if self.is_whole() {
            return [code[0], code[1]];
        }
        // The origin is at right angles to both axes.
        [dot(code, &self.axes[0]), dot(code, &self.axes[1])]
    }

    /// How far a code (latent) is from the plane.
    pub fn distance(&self, code: &[f32]) -> f32 {
        let back = self.code(self.place(code));
        code.iter().zip(back).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
    }

    /// Codes as places, and posteriors as they lie in the plane: σ along each axis.
    pub fn places(&self, codes: &Codes) -> Places {
        if self.is_whole() {
            return codes.clone().into_places();
        }
        let latent = self.latent();
        let width = |logvar: &[f32], axis: &[f32]| {
            let variance: f32 = logvar.iter().zip(axis).map(|(v, e)| v.exp() * e * e).sum();
            variance.max(f32::MIN_POSITIVE).ln()
        };
        let widths = |logvar: &[f32]| [width(logvar, &self.axes[0]), width(logvar, &self.axes[1])];
        Places {
            mu: codes.mu.chunks_exact(latent).map(|code| self.place(code)).collect(),
            logvar: codes.logvar.as_ref().map(|all| all.chunks_exact(latent).map(widths).collect()),
        }
    }

    /// A prior as it lies in the plane: each component's mean and its scale along the axes.
    fn prior(&self, prior: &Prior) -> Prior {
        let project = |v: &[f64], axis: &[f32], of: fn(f64, f64) -> f64| -> f64 {
            v.iter().zip(axis).map(|(&v, &e)| of(v, f64::from(e))).sum()
        };
        let origin: Vec<f64> = self.origin.iter().map(|&o| f64::from(o)).collect();
        let (mut mean, mut scale) = (Vec::new(), Vec::new());
        for k in 0..prior.len() {
            let (m, s) = prior.component(k);
            let from: Vec<f64> = m.iter().zip(&origin).map(|(m, o)| m - o).collect();
            for axis in &self.axes {
                mean.push(project(&from, axis, |v, e| v * e));
                let variance = project(s, axis, |s, e| s * s * e * e);
                // There is nothing along an axis that there is not.
                scale.push(if variance > 0.0 { variance.sqrt() } else { 1.0 });
            }
        }
        Prior { latent: 2, log_weight: prior.log_weight.clone(), mean, scale }
    }
}

/// The first two principal components of codes (latent each).
fn components(codes: &Codes) -> [Vec<f32>; 2] {
    let (latent, n) = (codes.latent, codes.len() as f64);
    let mut mean = vec![0.0f64; latent];
    for code in codes.mu.chunks_exact(latent) {
        mean.iter_mut().zip(code).for_each(|(mean, &z)| *mean += f64::from(z) / n);
    }
    let mut covariance = DMatrix::<f64>::zeros(latent, latent);
    for code in codes.mu.chunks_exact(latent) {
        let from = DVector::from_iterator(latent, code.iter().zip(&mean).map(|(&z, m)| f64::from(z) - m));
        covariance.ger(1.0 / n, &from, &from, 1.0);
    }
    let eigen = SymmetricEigen::new(covariance);
    let mut order: Vec<usize> = (0..latent).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let axis = |i: usize| {
        let at = order.get(i);
        at.map_or(vec![0.0; latent], |&at| eigen.eigenvectors.column(at).iter().map(|&v| v as f32).collect())
    };
    [axis(0), axis(1)]
}

/// What a latent dimension is called, counted from 0.
pub fn dimension(index: usize) -> String {
    let digits = (index + 1).to_string();
    let below = |digit: char| digit.to_digit(10).and_then(|v| char::from_u32(u32::from('₀') + v)).unwrap_or(digit);
    format!("z{}", digits.chars().map(below).collect::<String>())
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A model as a plane shows it: its codes are places.
pub struct InPlane {
    model: Autoencoder,
    plane: Arc<Plane>,
    prior: OnceLock<Prior>,
}

/// In the plane of its first two dimensions.
impl From<Autoencoder> for InPlane {
    fn from(model: Autoencoder) -> Self {
        let plane = Arc::new(Plane::of(model.latent()));
        Self::new(model, plane)
    }
}

impl InPlane {
    pub fn new(model: Autoencoder, plane: Arc<Plane>) -> Self {
        Self { model, plane, prior: OnceLock::new() }
    }

    /// The model with all of its dimensions.
    pub fn whole(&self) -> &Autoencoder {
        &self.model
    }

    pub fn plane(&self) -> &Plane {
        &self.plane
    }
}

impl Frozen for InPlane {
    fn config(&self) -> &ModelConfig {
        self.model.config()
    }

    fn compute(&self) -> &Compute {
        self.model.compute()
    }

    fn latent(&self) -> usize {
        2
    }

    fn codes_of(&self, images: &[f32], progress: &Progress) -> Result<Codes, ModelError> {
        let Places { mu, logvar } = self.plane.places(&self.model.codes_of(images, progress)?);
        let flat = |places: Vec<Place>| places.as_flattened().to_vec();
        Ok(Codes { latent: 2, mu: flat(mu), logvar: logvar.map(flat) })
    }

    fn images_of(
        &self,
        codes: &[f32],
        output: Output,
        images: &mut Vec<f32>,
        progress: &Progress,
    ) -> Result<(), ModelError> {
        self.model.images_of(&self.plane.codes(codes.as_chunks::<2>().0), output, images, progress)
    }

    fn gradients_of(&self, image: &[f32], codes: &[f32], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        let slopes = self.model.gradients_of(image, &self.plane.codes(codes.as_chunks::<2>().0), progress)?;
        let along = |slope: &[f32]| self.plane.axes.iter().map(|axis| dot(slope, axis)).collect::<Vec<_>>();
        Ok(slopes.chunks_exact(self.plane.latent()).flat_map(along).collect())
    }

    /// Of the whole model: a plane through it has none of its own.
    fn exact_evidence(&self, images: &[f32], progress: &Progress) -> Result<Option<Vec<f64>>, ModelError> {
        self.model.exact_evidence(images, progress)
    }

    fn prior(&self) -> Result<&Prior, ModelError> {
        let whole = self.model.prior()?;
        Ok(self.prior.get_or_init(|| if self.plane.is_whole() { whole.clone() } else { self.plane.prior(whole) }))
    }
}
