//! The words of a quantised code: the cell of the plane that each stands for, tinted by how often it is chosen, its decoded
//! image, and from the cursor an arrow z_e → e_k to the word in whose cell it is.

use std::sync::Arc;

use super::super::frame::{Frame, Spot};
use super::super::marks::{Align, Mark};
use super::super::raster::Raster;
use super::super::theme::{Ink, Paint};
use crate::config::Place;
use crate::explore::{Words, cut_to, tile};
use crate::model::{Codes, Frozen, InPlane, ModelError};
use crate::progress::Progress;

/// The opacity of a cell whose word is chosen hardly ever and of the one chosen most, and of a dead word's.
const TINT: [f32; 2] = [0.03, 0.4];
const DEAD: f32 = 0.22;
/// The most opaque cell where p(k|x) is shown.
const SURE: f32 = 0.75;
/// The longer side of a word's image at most and at least, and from one to the next, in pixels.
const LARGEST: f32 = 38.0;
const SMALLEST: f32 = 13.0;
const GAP: f32 = 3.0;
/// The image of a dead word.
const FADED: f32 = 0.4;
/// The radius of a word, in pixels; how long and how wide the tip of the arrow is.
const RADIUS: f32 = 2.2;
const TIP: [f32; 2] = [9.0, 4.5];
const NUMBER: f32 = 12.5;
/// What is nearer to the word than this is under the ring of the cursor.
const NEAR: f32 = 18.0;

/// The words of a run as its plane shows them.
#[derive(Clone, Debug)]
pub struct WordsLayer {
    pub words: Arc<Words>,
    /// The corners of each word's cell.
    pub cells: Arc<Vec<Vec<Place>>>,
    /// Each word's image.
    pub images: Arc<Vec<Arc<Raster>>>,
    /// p(k|x) of an image, if that is shown in the place of usage.
    pub posterior: Option<Arc<Vec<f64>>>,
}

impl WordsLayer {
    /// None where codes are not quantised. `codes` are those that usage is counted over.
    pub fn of(model: &InPlane, codes: &Codes, progress: &Progress) -> Result<Option<Self>, ModelError> {
        Ok(Self::with_images(model, codes, progress)?.map(|(layer, _)| layer))
    }

    /// The same, and the words' images (K, pixels) in [0, 1].
    pub fn with_images(
        model: &InPlane,
        codes: &Codes,
        progress: &Progress,
    ) -> Result<Option<(Self, Vec<f32>)>, ModelError> {
        let Some(words) = Words::of(model, &codes.mu, &progress.part(0.0, 0.3))? else { return Ok(None) };
        let cells = Arc::new(words.cells(&progress.part(0.3, 0.6))?);
        let decoded = model.whole().decoded(&words.codes(), &progress.part(0.6, 1.0))?;
        let config = model.config();
        let images = decoded.chunks_exact(config.pixels());
        let images = images.map(|image| Arc::new(tile(image, config.shape, 1).into())).collect();
        let layer = Self { words: Arc::new(words), cells, images: Arc::new(images), posterior: None };
        Ok(Some((layer, decoded)))
    }

    /// How a word's cell is filled.
    fn fill(&self, word: usize) -> Paint {
        if let Some(posterior) = &self.posterior {
            let most = posterior.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
            let share = posterior.get(word).map_or(0.0, |p| p / most);
            return Ink::Posterior.faded(SURE * share as f32);
        }
        if self.words.is_dead(word) {
            return Ink::Quiet.faded(DEAD);
        }
        let most = self.words.chosen.iter().copied().max().unwrap_or(1).max(1);
        let share = self.words.chosen[word] as f32 / most as f32;
        Ink::Accent.faded(TINT[0] + (TINT[1] - TINT[0]) * share)
    }
}

/// The cells, behind everything; only their borders where something fills the plane already.
pub fn cells(layer: &WordsLayer, is_filled: bool, frame: &Frame) -> Vec<Mark> {
    let (mut fills, mut borders) = (Vec::new(), Vec::new());
    for (word, cell) in layer.cells.iter().enumerate() {
        let seen = cut_to((frame.min, frame.max), cell);
        if seen.len() < 3 {
            continue;
        }
        let points: Vec<Spot> = seen.into_iter().map(Spot::plane).collect();
        if !is_filled {
            fills.push(Mark::Polygon { points: points.clone(), fill: layer.fill(word) });
        }
        borders.push(Mark::Line { points, closed: true, stroke: Ink::Quiet.faded(0.35).line(0.7) });
    }
    fills.extend(borders);
    fills
}

/// The words as points, each with its image above it where there is room: the less of it the denser the words, and none over
/// another.
pub fn marks(layer: &WordsLayer, frame: &Frame) -> Vec<Mark> {
    let words = &layer.words;
    let seen: Vec<usize> = words.order(true).into_iter().filter(|&k| frame.contains(words.places[k])).collect();
    let places: Vec<(f32, f32)> = seen.iter().map(|&k| frame.at(words.places[k])).collect();
    let mut placed: Vec<(usize, f32)> = Vec::new();
    for i in 0..seen.len() {
        // Half way to the nearest word leaves it as much.
        let alone = places.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, to)| apart(places[i], *to) - GAP);
        let alone = alone.fold(LARGEST, f32::min).max(SMALLEST);
        let side = placed.iter().map(|&(j, side)| room(places[i], places[j], side)).fold(alone, f32::min);
        if side >= SMALLEST {
            placed.push((i, side));
        }
    }
    let mut marks = Vec::new();
    for &(i, side) in &placed {
        marks.extend(thumbnail(layer, seen[i], side));
    }
    for k in seen {
        let ink = if words.is_dead(k) { Ink::Quiet } else { Ink::Text };
        let (centre, halo) = (Spot::plane(words.places[k]), Some(Ink::Ground.line(1.2)));
        marks.push(Mark::Disc { centre, radius: RADIUS, fill: Some(ink.full()), outline: halo });
    }
    marks
}

/// How far apart two squares' centres are along the axis in which they are further.
fn apart(a: (f32, f32), b: (f32, f32)) -> f32 {
    (a.0 - b.0).abs().max((a.1 - b.1).abs())
}

/// How large the image of a word may be beside one of some size that is there: beside it, or above or below it.
fn room(word: (f32, f32), other: (f32, f32), side: f32) -> f32 {
    let (across, down) = ((word.0 - other.0).abs(), word.1 - other.1);
    let beside = 2.0 * (across - GAP) - side;
    // Both stand on their words.
    let above = if -down >= side + GAP { f32::INFINITY } else { f32::NEG_INFINITY };
    beside.max(down - GAP).max(above)
}

/// A word's image, its lower edge a little above the word.
fn thumbnail(layer: &WordsLayer, word: usize, side: f32) -> [Mark; 2] {
    let image = layer.images[word].clone();
    let scale = side / image.width.max(image.height).max(1) as f32;
    let size = [image.width as f32 * scale, image.height as f32 * scale];
    let centre = Spot::plane(layer.words.places[word]).moved(0.0, -0.5 * size[1] - RADIUS - 2.0);
    let corners = [centre.moved(-0.5 * size[0], 0.5 * size[1]), centre.moved(0.5 * size[0], -0.5 * size[1])];
    let is_dead = layer.words.is_dead(word);
    let (opacity, border) = if is_dead { (FADED, 0.4) } else { (1.0, 0.9) };
    let outline = Some(Ink::Quiet.faded(border).line(1.0));
    [
        Mark::Raster { corners, image, smooth: true, opacity },
        Mark::Rect { centre, size, rounding: 0.0, fill: None, outline },
    ]
}

/// From a place to the word in whose cell it is, and that word's number.
pub fn arrow(layer: &WordsLayer, from: Place, frame: &Frame) -> Vec<Mark> {
    if layer.words.is_empty() {
        return Vec::new();
    }
    let word = layer.words.nearest(from);
    let to = layer.words.places[word];
    let [start, end] = [from, to].map(Spot::plane);
    // To the right and down, as pixels count.
    let along = [(to[0] - from[0]) * frame.scale(), (from[1] - to[1]) * frame.scale()];
    let length = along[0].hypot(along[1]);
    let mut marks = Vec::new();
    if length > TIP[0] {
        let [x, y] = along.map(|v| v / length);
        let corner = |side: f32| end.moved(-TIP[0] * x - side * y, -TIP[0] * y + side * x);
        for (ink, width) in [(Ink::Ground, 4.5), (Ink::Accent, 2.0)] {
            let points = vec![start, end.moved(-0.8 * TIP[0] * x, -0.8 * TIP[0] * y)];
            marks.push(Mark::Line { points, closed: false, stroke: ink.line(width) });
        }
        let points = vec![end, corner(TIP[1]), corner(-TIP[1])];
        marks.push(Mark::Polygon { points, fill: Ink::Accent.full() });
    }
    // Beside the word, away from the cursor and its ring.
    let away = if length < NEAR { NEAR } else { 7.0 };
    let (right, align) = if along[0] < 0.0 { (-away, Align::End) } else { (away, Align::Start) };
    marks.push(Mark::Label {
        at: end.moved(right, 0.0),
        align: [align, Align::Middle],
        size: NUMBER,
        text: word.to_string(),
        paint: Ink::Accent.full(),
        halo: Some(Ink::Ground.full()),
    });
    marks
}
