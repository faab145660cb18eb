//! The prior p(z): N(0, I) at 1, 2 and 3 σ; of another the contours that hold as much of its mass, and its components.

use super::super::frame::{Frame, Spot};
use super::super::marks::{Align, Mark};
use super::super::theme::{Ink, Stroke};
use crate::config::{Place, PriorKind};
use crate::explore::{Contour, contours};
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// Pixels to a σ from which on there is room for names.
const NAMED: f32 = 18.0;
const SIZE: f32 = 11.0;
/// From the middle of a component's cross to its ends, in pixels: of one that is never drawn, of one that is as likely as the
/// others, and at most.
const CROSS: [f32; 3] = [2.0, 4.5, 8.0];
/// How near, in pixels, one must point to a component.
const REACH: f32 = 10.0;

/// A prior as it lies in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Rings {
    shape: Shape,
    /// Those that can be pointed at; N(0, I) has none.
    pub components: Vec<Component>,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    /// A Gaussian along the axes, in closed form.
    Gaussian {
        mean: Place,
        scale: Place,
    },
    Contours([Contour; 3]),
}

/// A component of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// Its place among all, from 0.
    pub index: usize,
    pub mean: Place,
    pub weight: f64,
}

/// N(0, I).
impl Default for Rings {
    fn default() -> Self {
        Self { shape: Shape::Gaussian { mean: [0.0; 2], scale: [1.0; 2] }, components: Vec::new() }
    }
}

impl Rings {
    /// The prior of a model as a plane shows it. A list of words has no density and so no rings.
    pub fn of(model: &dyn Frozen, progress: &Progress) -> Result<Option<Self>, ModelError> {
        if model.config().is_quantised() {
            return Ok(None);
        }
        let prior = model.prior()?;
        let place = |v: &[f64]| [v[0] as f32, v[1] as f32];
        let shape = if prior.len() == 1 {
            let (mean, scale) = prior.component(0);
            Shape::Gaussian { mean: place(mean), scale: place(scale) }
        } else {
            Shape::Contours(contours(prior, progress)?)
        };
        let component = |index: usize| {
            let (mean, weight) = (place(prior.component(index).0), prior.log_weight[index].exp());
            Component { index, mean, weight }
        };
        let count = if model.config().prior == PriorKind::Normal { 0 } else { prior.len() };
        Ok(Some(Self { shape, components: (0..count).map(component).collect() }))
    }

    /// The component that is pointed at: the nearest whose mean is within some pixels.
    pub fn pointed(&self, frame: &Frame, (x, y): (f32, f32)) -> Option<Component> {
        let distance = |component: &Component| {
            let at = frame.at(component.mean);
            (at.0 - x).hypot(at.1 - y)
        };
        let near = self.components.iter().map(|component| (distance(component), component));
        let nearest = near.filter(|(distance, _)| *distance <= REACH).min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.map(|(_, component)| *component)
    }
}

/// The rings or contours, each with a halo that parts it from the codes, their names where there is room, and the components.
pub fn marks(rings: &Rings, frame: &Frame) -> Vec<Mark> {
    let mut marks = match &rings.shape {
        Shape::Gaussian { mean, scale } => ellipses(*mean, *scale, frame),
        Shape::Contours(all) => lines(all, frame),
    };
    let usual = 1.0 / rings.components.len() as f64;
    // The likelier ones over the others.
    let mut components = rings.components.clone();
    components.sort_by(|a, b| a.weight.total_cmp(&b.weight));
    marks.extend(components.iter().flat_map(|component| cross(component, component.weight / usual)));
    marks
}

/// A line and the halo below it.
fn strokes() -> [Stroke; 2] {
    [Ink::Ground.faded(0.45).line(3.0), Ink::Text.faded(0.6).line(1.0)]
}

/// A Gaussian at 1, 2 and 3 σ.
fn ellipses(centre: Place, scale: Place, frame: &Frame) -> Vec<Mark> {
    let mut marks = Vec::new();
    for sigmas in 1..=3u8 {
        let radii = scale.map(|s| f32::from(sigmas) * s);
        marks.extend(strokes().map(|stroke| Mark::Ellipse { centre, radii, stroke }));
    }
    for sigmas in (1..=3u8).filter(|_| frame.scale() * scale[1] > NAMED) {
        let top = [centre[0], centre[1] + f32::from(sigmas) * scale[1]];
        marks.push(name(top, format!("{sigmas}σ")));
    }
    marks
}

/// The contours, each named above its highest place unless another name is there.
fn lines(contours: &[Contour], frame: &Frame) -> Vec<Mark> {
    let mut marks = Vec::new();
    for stroke in strokes() {
        for line in contours.iter().flat_map(|contour| &contour.lines) {
            let points = line.iter().map(|&place| Spot::plane(place)).collect();
            marks.push(Mark::Line { points, closed: true, stroke });
        }
    }
    let heights = contours.iter().flat_map(|contour| &contour.lines).flatten().map(|place| place[1]);
    let (low, high) = heights.fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(y), high.max(y)));
    // As much room as the third ring needs.
    if (high - low) * frame.scale() <= 6.0 * NAMED {
        return marks;
    }
    let mut named: Vec<(f32, f32)> = Vec::new();
    for contour in contours.iter().rev() {
        let places = contour.lines.iter().flatten();
        let Some(&top) = places.max_by(|a, b| a[1].total_cmp(&b[1])) else { continue };
        let (x, y) = frame.at(top);
        if named.iter().all(|other| (other.0 - x).abs() > 3.0 * SIZE || (other.1 - y).abs() > 1.2 * SIZE) {
            named.push((x, y));
            marks.push(name(top, format!("{:.0} %", 100.0 * contour.mass)));
        }
    }
    marks
}

fn name(top: Place, text: String) -> Mark {
    Mark::Label {
        at: Spot::plane(top).moved(0.0, -3.0),
        align: [Align::Middle, Align::End],
        size: SIZE,
        text,
        paint: Ink::Text.full(),
        halo: Some(Ink::Ground.full()),
    }
}

/// A cross at a component's mean, the larger the likelier it is; `share` is its weight over that of equal ones.
fn cross(component: &Component, share: f64) -> Vec<Mark> {
    let reach = (CROSS[0] + (CROSS[1] - CROSS[0]) * share.sqrt() as f32).min(CROSS[2]);
    let centre = Spot::plane(component.mean);
    let arm = |[x, y]: [f32; 2], stroke: Stroke| {
        let ends = vec![centre.moved(-x, -y), centre.moved(x, y)];
        Mark::Line { points: ends, closed: false, stroke }
    };
    let halo = [[reach + 1.0, 0.0], [0.0, reach + 1.0]].map(|end| arm(end, Ink::Ground.line(4.0)));
    let line = [[reach, 0.0], [0.0, reach]].map(|end| arm(end, Ink::Text.line(1.8)));
    halo.into_iter().chain(line).collect()
}
