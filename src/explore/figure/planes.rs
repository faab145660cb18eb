//! The planes of some runs beside each other.

use std::f32::consts::TAU;

use serde::{Deserialize, Serialize};

use super::super::encode::{Ink, Raster, png};
use super::super::palette::{CLASSES, Legend, tint};
use super::super::{Cells, Field, FieldKind, Summary, field, grid, tile};
use super::FigureOptions;
use super::file::FigureError;
use super::paper::{Anchor, BOTTOM, FOOT, Frame, LEFT, Paper, RIGHT, TOP, hex};
use crate::config::{Code, Likelihood, ModelKind};
use crate::data::Split;
use crate::model::{Autoencoder, Checkpoint, Codes};

/// More points than these are one embedded picture.
const MOST_CIRCLES: usize = 20_000;
/// Side of a cell of the manifold, of a field and of an arrow, in pixels.
const CELL: f32 = 30.0;
const FIELD_CELL: f32 = 6.0;
const ARROW_CELL: f32 = 34.0;
/// What a plane shows at least: the prior's third ring.
const SMALLEST: f32 = 3.3;

/// What is drawn in a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Show {
    Field(FieldKind),
    Manifold,
    Rings,
    Points,
    Posteriors,
    Means,
}

/// A line through codes.
pub struct Stroke {
    pub points: Vec<Code>,
    /// Of what colour; of that of text if none.
    pub color: Option<[u8; 3]>,
    /// Whether each code is marked.
    pub dots: bool,
}

/// One plane of a figure.
pub struct Panel<'a> {
    pub title: String,
    pub model: &'a Autoencoder,
    pub codes: &'a Codes,
    pub summary: &'a Summary,
    pub labels: &'a [u8],
    /// The names of the classes.
    pub class_names: &'a [String],
    /// Training images that classes of decoded images are read from.
    pub known: &'a Split,
    /// What is drawn.
    pub show: &'a [Show],
    /// Paths and trails.
    pub strokes: &'a [Stroke],
    /// The corners of what is to be seen; all codes if none.
    pub view: Option<(Code, Code)>,
}

impl Panel<'_> {
    /// What a plane of a run is headed with.
    pub fn title(checkpoint: &Checkpoint) -> String {
        let train = &checkpoint.progress.train;
        match checkpoint.model.kind {
            ModelKind::Ae => "AE".to_owned(),
            ModelKind::Vae => format!("VAE, β = {}", train.beta),
        }
    }
}

/// A line of the settings that the planes of some runs come from.
pub fn caption<'a>(checkpoints: impl IntoIterator<Item = &'a Checkpoint>, data: &str, images: usize) -> String {
    let one = |checkpoint: &Checkpoint| {
        let (model, progress) = (&checkpoint.model, &checkpoint.progress);
        let train = &progress.train;
        let beta = if model.kind == ModelKind::Vae { format!(" β {}", train.beta) } else { String::new() };
        let likelihood = match model.likelihood {
            Likelihood::Bernoulli => String::new(),
            gaussian => format!(" {gaussian}"),
        };
        format!(
            "{} {}{beta}{likelihood}, step {}, batch {}, learning rate {}, seed {}",
            model.kind, model.arch, progress.step, train.batch, train.learning_rate, train.seed
        )
    };
    let runs: Vec<String> = checkpoints.into_iter().map(one).collect();
    format!("{data}, {images} images. {}.", runs.join("; "))
}

/// The planes with axes, a legend and a caption, as SVG; text is text.
pub fn planes(panels: &[Panel], options: &FigureOptions) -> Result<String, FigureError> {
    let mut paper = Paper::new(options);
    let share = options.width as f32 / panels.len().max(1) as f32;
    for (i, panel) in panels.iter().enumerate() {
        let size = [share - LEFT - RIGHT, options.height as f32 - TOP - BOTTOM - FOOT].map(|side| side.max(20.0));
        let frame = frame(i as f32 * share + LEFT, size, panel);
        paper.framed(&frame, &panel.title, |paper| draw(paper, panel, &frame, options.dark))?;
    }
    let used = |class: usize| panels.iter().any(|panel| panel.labels.iter().any(|&label| usize::from(label) == class));
    let names = panels.first().map_or(&[][..], |panel| panel.class_names);
    let entries = names.iter().enumerate().filter(|(class, _)| used(*class));
    paper.legend(options.height as f32 - FOOT + 12.0, entries.map(|(class, name)| (name.as_str(), of(class))));
    Ok(paper.finish(options))
}

/// Wide enough for the view, or for all codes and the prior, in equal scale on both axes.
fn frame(left: f32, [width, height]: [f32; 2], panel: &Panel) -> Frame {
    let (low, high) = panel.summary.bounds.unwrap_or_default();
    let margin = [0, 1].map(|d| 0.05 * (high[d] - low[d]));
    let all = (
        [0, 1].map(|d| f32::min(-SMALLEST, low[d] - margin[d])),
        [0, 1].map(|d| f32::max(SMALLEST, high[d] + margin[d])),
    );
    let (min, max) = panel.view.unwrap_or(all);
    let scale = ((max[0] - min[0]) / width).max((max[1] - min[1]) / height);
    let half = [0.5 * scale * width, 0.5 * scale * height];
    let corner = |sign: f32| [0, 1].map(|d| 0.5 * (min[d] + max[d]) + sign * half[d]);
    Frame { left, top: TOP, width, height, min: corner(-1.0), max: corner(1.0), logarithmic: [false; 2] }
}

fn draw(paper: &mut Paper, panel: &Panel, frame: &Frame, dark: bool) -> Result<(), FigureError> {
    let mut legend = None;
    for what in panel.show {
        if let Show::Field(kind) = what {
            legend = background(paper, panel, frame, *kind)?;
        }
    }
    let shows = |what| panel.show.contains(&what);
    if shows(Show::Manifold) {
        manifold(paper, panel, frame, dark)?;
    }
    if shows(Show::Rings) {
        let ((x, y), quiet) = (frame.at([0.0, 0.0]), paper.inks.quiet);
        for sigmas in 1..=3u8 {
            let r = f32::from(sigmas) * frame.scale();
            paper.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"none\" stroke=\"{quiet}\"/>"));
        }
    }
    if shows(Show::Points) {
        points(paper, panel, frame)?;
    }
    if shows(Show::Posteriors) {
        posteriors(paper, panel, frame);
    }
    for Stroke { points, color, dots } in panel.strokes {
        let color = color.map_or(paper.inks.text.to_owned(), hex);
        let places: Vec<_> = points.iter().map(|&z| frame.at(z)).collect();
        paper.polyline(places.iter().copied(), &format!("stroke=\"{color}\" stroke-width=\"1.8\""));
        for (x, y) in places.into_iter().filter(|_| *dots) {
            paper.put(format_args!("<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"2.6\" fill=\"{color}\"/>"));
        }
    }
    if shows(Show::Means) {
        means(paper, panel, frame);
    }
    if let Some(legend) = legend {
        scale(paper, frame, &legend);
    }
    Ok(())
}

fn background(paper: &mut Paper, panel: &Panel, frame: &Frame, kind: FieldKind) -> Result<Option<Legend>, FigureError> {
    let side = if kind == FieldKind::Flow { ARROW_CELL } else { FIELD_CELL };
    let [across, down] = [frame.width, frame.height].map(|length| ((length / side).round() as usize).max(1));
    let cells = Cells { min: frame.min, max: frame.max, across, down };
    let values = field(kind, &cells, panel.model, panel.codes, panel.known)?;
    if let Field::Targets(targets) = &values {
        let ink = paper.inks.text;
        for (from, to) in cells.centres().into_iter().zip(targets) {
            arrow(paper, frame.at(from), frame.at(*to), ink);
        }
    }
    let Some((pixels, legend)) = tint(kind, &values) else { return Ok(None) };
    let picture = Raster { width: across, height: down, ink: Ink::Rgba, pixels: pixels.concat() };
    let picture = if legend.has_scale { picture.smoothed(4) } else { picture };
    paper.embed(frame, &png(&[picture], 0, legend.name).map_err(FigureError::Encode)?);
    Ok(Some(legend))
}

/// The colours of a field and what they stand for, in a corner of its plane.
fn scale(paper: &mut Paper, frame: &Frame, legend: &Legend) {
    let (x, y) = (frame.left + 8.0, frame.top + 8.0);
    let (text, ground) = (paper.inks.text, paper.inks.paper);
    let height = if legend.has_scale { 46.0 } else { 22.0 };
    paper.put(format_args!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"190\" height=\"{height}\" rx=\"4\" fill=\"{ground}\" fill-opacity=\"0.88\"/>"
    ));
    paper.text((x + 7.0, y + 15.0), 11.5, Anchor::Start, text, legend.name);
    if !legend.has_scale {
        return;
    }
    for i in 0..64u8 {
        let [r, g, b, a] = legend.color((f32::from(i) + 0.5) / 64.0);
        let left = x + 7.0 + 2.75 * f32::from(i);
        paper.put(format_args!(
            "<rect x=\"{left}\" y=\"{}\" width=\"2.75\" height=\"8\" shape-rendering=\"crispEdges\" fill=\"{}\" fill-opacity=\"{}\"/>",
            y + 20.0,
            hex([r, g, b]),
            f32::from(a) / 255.0
        ));
    }
    let number = |v: f32| format!("{v:.3}").trim_end_matches('0').trim_end_matches('.').replace('-', "−");
    let (low, high) = legend.range;
    paper.text((x + 7.0, y + 39.0), 10.0, Anchor::Start, text, &number(low));
    paper.text((x + 95.0, y + 39.0), 10.0, Anchor::Middle, text, legend.unit);
    paper.text((x + 183.0, y + 39.0), 10.0, Anchor::End, text, &number(high));
}

fn arrow(paper: &mut Paper, from: (f32, f32), to: (f32, f32), ink: &str) {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y);
    paper.put(format_args!("<circle cx=\"{:.2}\" cy=\"{:.2}\" r=\"1.5\" fill=\"{ink}\"/>", from.0, from.1));
    paper.polyline([from, to], &format!("stroke=\"{ink}\" stroke-width=\"1.1\""));
    if length > 5.0 {
        let (x, y) = (4.5 * x / length, 4.5 * y / length);
        let corners = [(to.0 - x - 0.6 * y, to.1 - y + 0.6 * x), to, (to.0 - x + 0.6 * y, to.1 - y - 0.6 * x)];
        paper.polyline(corners, &format!("stroke=\"{ink}\" stroke-width=\"1.1\""));
    }
}

fn manifold(paper: &mut Paper, panel: &Panel, frame: &Frame, dark: bool) -> Result<(), FigureError> {
    let [across, down] = [frame.width, frame.height].map(|side| ((side / CELL).round() as usize).max(1));
    let config = panel.model.config();
    let images = panel.model.decode_codes(&grid(frame.min, frame.max, across, down))?;
    let mut picture = tile(&images, config.rows, config.cols, across);
    if !dark {
        picture.pixels.iter_mut().for_each(|value| *value = 255 - *value);
    }
    paper.embed(frame, &png(&[picture.into()], 0, "a manifold").map_err(FigureError::Encode)?);
    Ok(())
}

fn points(paper: &mut Paper, panel: &Panel, frame: &Frame) -> Result<(), FigureError> {
    let all = panel.codes.mu.iter().zip(panel.labels);
    if panel.codes.mu.len() <= MOST_CIRCLES {
        for class in 0..CLASSES.len() {
            paper.put(format_args!("<g fill=\"{}\" fill-opacity=\"0.75\">", hex(of(class))));
            for (z, _) in all.clone().filter(|(_, label)| usize::from(**label) % CLASSES.len() == class) {
                let (x, y) = frame.at(*z);
                paper.put(format_args!("<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"1.5\"/>"));
            }
            paper.put(format_args!("</g>"));
        }
        return Ok(());
    }
    // Two pixels to one of the figure.
    let [width, height] = [frame.width, frame.height].map(|side| (2.0 * side) as usize);
    let mut pixels = vec![0; 4 * width * height];
    for (z, label) in all {
        let (x, y) = frame.at(*z);
        let (x, y) = (2.0 * (x - frame.left), 2.0 * (y - frame.top));
        if x >= 0.0 && y >= 0.0 && (x as usize) < width && (y as usize) < height {
            let [r, g, b] = of(usize::from(*label));
            pixels[4 * (y as usize * width + x as usize)..][..4].copy_from_slice(&[r, g, b, 255]);
        }
    }
    let picture = Raster { width, height, ink: Ink::Rgba, pixels };
    paper.embed(frame, &png(&[picture], 0, "points").map_err(FigureError::Encode)?);
    Ok(())
}

/// 1 and 2 σ of the posterior of the image nearest each class mean.
fn posteriors(paper: &mut Paper, panel: &Panel, frame: &Frame) {
    let Some(logvar) = &panel.codes.logvar else { return };
    for (class, image) in panel.summary.medoids.iter().enumerate() {
        let Some(image) = *image else { continue };
        let [sx, sy] = logvar[image].map(|v| (0.5 * v).exp());
        let [x, y] = panel.codes.mu[image];
        for sigmas in [1.0, 2.0] {
            let around = (0..=64u8).map(|i| (f32::from(i) / 64.0 * TAU).sin_cos());
            let places = around.map(|(sin, cos)| frame.at([x + sigmas * sx * cos, y + sigmas * sy * sin]));
            paper.polyline(places, &format!("stroke=\"{}\" stroke-width=\"1.5\"", hex(of(class))));
        }
    }
}

/// The name of each class at its mean code.
fn means(paper: &mut Paper, panel: &Panel, frame: &Frame) {
    let ground = paper.inks.paper;
    for (class, mean) in panel.summary.class_means.iter().enumerate() {
        let Some(mean) = mean else { continue };
        let ((x, y), name) = (frame.at(*mean), panel.class_names.get(class).map_or("", String::as_str));
        let half = 9.0f32.max(3.4 * name.chars().count() as f32 + 4.0);
        let (left, top, width, fill) = (x - half, y - 9.0, 2.0 * half, hex(of(class)));
        paper.put(format_args!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"18\" rx=\"9\" fill=\"{fill}\" stroke=\"{ground}\" \
             stroke-width=\"1.2\"/>"
        ));
        paper.text((x, y + 4.2), 12.0, Anchor::Middle, on(class), name);
    }
}

fn of(class: usize) -> [u8; 3] {
    CLASSES[class % CLASSES.len()]
}

/// Black or white, whichever reads better on a class's colour.
fn on(class: usize) -> &'static str {
    let [r, g, b] = of(class).map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 140.0 { "#000000" } else { "#ffffff" }
}
