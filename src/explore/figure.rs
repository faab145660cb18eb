//! Figures for a paper or a slide: the planes of some runs beside each other, as SVG or PNG.

use std::fmt::Write as _;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::encode::{Ink, Raster, png};
use super::figure_file::FigureError;
use super::palette::CLASSES;
use super::strips::escaped;
use super::{Summary, grid, tile};
use crate::config::{Code, ModelKind};
use crate::model::{Autoencoder, Checkpoint, Codes};

/// More points than these are one embedded picture.
const MOST_CIRCLES: usize = 20_000;
/// Room around a plane, in pixels: for its title, its ticks, and what is said below all planes.
const TOP: f32 = 34.0;
const LEFT: f32 = 40.0;
const RIGHT: f32 = 12.0;
const BOTTOM: f32 = 26.0;
const FOOT: f32 = 46.0;
/// Side of a cell of the manifold.
const CELL: f32 = 30.0;
/// What a plane shows at least: the prior's third ring.
const SMALLEST: f32 = 3.3;

/// What is drawn in a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Show {
    Manifold,
    Rings,
    Points,
    Posteriors,
    Means,
}

/// One plane of a figure.
pub struct Panel<'a> {
    pub title: String,
    pub model: &'a Autoencoder,
    pub codes: &'a Codes,
    pub summary: &'a Summary,
    pub labels: &'a [u8],
}

#[derive(Clone, Debug)]
pub struct FigureOptions {
    pub show: Vec<Show>,
    /// In pixels.
    pub width: usize,
    pub height: usize,
    pub dark: bool,
    pub class_names: Vec<String>,
    /// A line of settings under the planes.
    pub caption: String,
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
        format!(
            "{} {}{beta}, step {}, batch {}, learning rate {}, seed {}",
            model.kind, model.arch, progress.step, train.batch, train.learning_rate, train.seed
        )
    };
    let runs: Vec<String> = checkpoints.into_iter().map(one).collect();
    format!("{data}, {images} images. {}.", runs.join("; "))
}

struct Inks {
    paper: &'static str,
    text: &'static str,
    quiet: &'static str,
    grid: &'static str,
}

/// The part of the plane that a panel shows and where it is in the figure.
struct Frame {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
    min: Code,
    max: Code,
}

impl Frame {
    /// Wide enough for all codes and the prior, in equal scale on both axes.
    fn new(left: f32, width: f32, height: f32, summary: &Summary) -> Self {
        let (low, high) = summary.bounds.unwrap_or_default();
        let min = [0, 1].map(|d| f32::min(-SMALLEST, low[d] - 0.05 * (high[d] - low[d])));
        let max = [0, 1].map(|d| f32::max(SMALLEST, high[d] + 0.05 * (high[d] - low[d])));
        let scale = ((max[0] - min[0]) / width).max((max[1] - min[1]) / height);
        let half = [0.5 * scale * width, 0.5 * scale * height];
        let corner = |sign: f32| [0, 1].map(|d| 0.5 * (min[d] + max[d]) + sign * half[d]);
        Self { left, top: TOP, width, height, min: corner(-1.0), max: corner(1.0) }
    }

    /// Pixels to one unit of the plane.
    fn scale(&self) -> f32 {
        self.width / (self.max[0] - self.min[0])
    }

    fn at(&self, z: Code) -> (f32, f32) {
        (self.left + (z[0] - self.min[0]) * self.scale(), self.top + (self.max[1] - z[1]) * self.scale())
    }
}

/// The planes beside each other, with axes, a legend and a caption, as SVG; text is text.
pub fn figure(panels: &[Panel], options: &FigureOptions) -> Result<String, FigureError> {
    let inks = if options.dark {
        Inks { paper: "#101114", text: "#e6e6e6", quiet: "#a0a0a0", grid: "#2c2d31" }
    } else {
        Inks { paper: "#ffffff", text: "#1a1a1a", quiet: "#606060", grid: "#e2e2e2" }
    };
    let FigureOptions { width, height, .. } = *options;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<metadata>{}</metadata>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        escaped(&options.caption),
        inks.paper
    );
    let share = width as f32 / panels.len().max(1) as f32;
    for (i, panel) in panels.iter().enumerate() {
        let plane = (share - LEFT - RIGHT, height as f32 - TOP - BOTTOM - FOOT);
        let frame = Frame::new(i as f32 * share + LEFT, plane.0.max(20.0), plane.1.max(20.0), panel.summary);
        draw(&mut svg, i, panel, &frame, options, &inks)?;
    }
    let used = |class: usize| panels.iter().any(|panel| panel.labels.iter().any(|&label| usize::from(label) == class));
    let mut x = LEFT;
    let y = height as f32 - FOOT + 12.0;
    for (class, name) in options.class_names.iter().enumerate().filter(|(class, _)| used(*class)) {
        put(&mut svg, format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"4.5\" fill=\"{}\"/>", color(class)));
        let text = x + 8.0;
        put(
            &mut svg,
            format_args!("<text x=\"{text}\" y=\"{}\" fill=\"{}\">{}</text>", y + 4.0, inks.text, escaped(name)),
        );
        x += 26.0 + 7.0 * name.chars().count() as f32;
    }
    let (caption, y) = (escaped(&options.caption), height as f32 - 12.0);
    put(
        &mut svg,
        format_args!("<text x=\"{LEFT}\" y=\"{y}\" font-size=\"10.5\" fill=\"{}\">{caption}</text>", inks.quiet),
    );
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn draw(
    svg: &mut String,
    index: usize,
    panel: &Panel,
    frame: &Frame,
    options: &FigureOptions,
    inks: &Inks,
) -> Result<(), FigureError> {
    let Frame { left, top, width, height, .. } = *frame;
    let title = escaped(&panel.title);
    put(svg, format_args!("<text x=\"{left}\" y=\"22\" font-size=\"15\" fill=\"{}\">{title}</text>", inks.text));
    put(
        svg,
        format_args!(
            "<clipPath id=\"plane-{index}\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/></clipPath>"
        ),
    );
    put(svg, format_args!("<g clip-path=\"url(#plane-{index})\">"));
    axes(svg, frame, inks);
    let shows = |what| options.show.contains(&what);
    if shows(Show::Manifold) {
        manifold(svg, panel, frame, options.dark)?;
    }
    if shows(Show::Rings) {
        let (x, y) = frame.at([0.0, 0.0]);
        for sigmas in 1..=3u8 {
            let r = f32::from(sigmas) * frame.scale();
            put(svg, format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"none\" stroke=\"{}\"/>", inks.quiet));
        }
    }
    if shows(Show::Points) {
        points(svg, panel, frame);
    }
    if shows(Show::Posteriors)
        && let Some(logvar) = &panel.codes.logvar
    {
        let medoids = panel.summary.medoids.iter().enumerate();
        for (class, image) in medoids.filter_map(|(class, medoid)| medoid.map(|image| (class, image))) {
            let (x, y) = frame.at(panel.codes.mu[image]);
            let [rx, ry] = logvar[image].map(|v| (0.5 * v).exp() * frame.scale());
            for sigmas in [1.0, 2.0] {
                put(
                    svg,
                    format_args!(
                        "<ellipse cx=\"{x}\" cy=\"{y}\" rx=\"{}\" ry=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>",
                        sigmas * rx,
                        sigmas * ry,
                        color(class)
                    ),
                );
            }
        }
    }
    if shows(Show::Means) {
        let means = panel.summary.class_means.iter().enumerate();
        for (class, mean) in means.filter_map(|(class, mean)| mean.map(|mean| (class, mean))) {
            let ((x, y), name) = (frame.at(mean), options.class_names.get(class).map_or("", String::as_str));
            let half = 9.0f32.max(3.4 * name.chars().count() as f32 + 4.0);
            put(
                svg,
                format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"18\" rx=\"9\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.2\"/>\n\
                 <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
                    x - half,
                    y - 9.0,
                    2.0 * half,
                    color(class),
                    inks.paper,
                    y + 4.2,
                    on(class),
                    escaped(name)
                ),
            );
        }
    }
    svg.push_str("</g>\n");
    put(
        svg,
        format_args!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"{}\"/>",
            inks.quiet
        ),
    );
    ticks(svg, frame, inks);
    Ok(())
}

/// Multiples of 1, 2 or 5 within a range, about six of them.
fn marks(low: f32, high: f32) -> Vec<f32> {
    let rough = (high - low) / 6.0;
    let power = 10f32.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&s| s >= rough).unwrap_or(rough);
    ((low / step).ceil() as i64..=(high / step).floor() as i64).map(|i| i as f32 * step).collect()
}

fn axes(svg: &mut String, frame: &Frame, inks: &Inks) {
    for v in marks(frame.min[0], frame.max[0]) {
        let (x, bottom) = (frame.at([v, 0.0]).0, frame.top + frame.height);
        put(svg, format_args!("<path d=\"M{x} {}V{bottom}\" stroke=\"{}\"/>", frame.top, inks.grid));
    }
    for v in marks(frame.min[1], frame.max[1]) {
        let (y, right) = (frame.at([0.0, v]).1, frame.left + frame.width);
        put(svg, format_args!("<path d=\"M{} {y}H{right}\" stroke=\"{}\"/>", frame.left, inks.grid));
    }
}

fn ticks(svg: &mut String, frame: &Frame, inks: &Inks) {
    let number = |v: f32| format!("{}", (v * 1e4).round() / 1e4).replace('-', "−");
    for v in marks(frame.min[0], frame.max[0]) {
        let (x, y) = (frame.at([v, 0.0]).0, frame.top + frame.height + 15.0);
        put(
            svg,
            format_args!(
                "<text x=\"{x}\" y=\"{y}\" font-size=\"10.5\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
                inks.quiet,
                number(v)
            ),
        );
    }
    for v in marks(frame.min[1], frame.max[1]) {
        let (x, y) = (frame.left - 5.0, frame.at([0.0, v]).1 + 3.5);
        put(
            svg,
            format_args!(
                "<text x=\"{x}\" y=\"{y}\" font-size=\"10.5\" text-anchor=\"end\" fill=\"{}\">{}</text>",
                inks.quiet,
                number(v)
            ),
        );
    }
}

fn manifold(svg: &mut String, panel: &Panel, frame: &Frame, dark: bool) -> Result<(), FigureError> {
    let [across, down] = [frame.width, frame.height].map(|side| ((side / CELL).round() as usize).max(1));
    let config = panel.model.config();
    let images = panel.model.decode_codes(&grid(frame.min, frame.max, across, down))?;
    let mut picture = tile(&images, config.rows, config.cols, across);
    if !dark {
        picture.pixels.iter_mut().for_each(|value| *value = 255 - *value);
    }
    let bytes = png(&[picture.into()], 0, "a manifold").map_err(FigureError::Encode)?;
    embed(svg, frame, &bytes);
    Ok(())
}

fn embed(svg: &mut String, frame: &Frame, bytes: &[u8]) {
    let Frame { left, top, width, height, .. } = frame;
    let data = BASE64_STANDARD.encode(bytes);
    put(
        svg,
        format_args!(
            "<image x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
         href=\"data:image/png;base64,{data}\"/>"
        ),
    );
}

fn points(svg: &mut String, panel: &Panel, frame: &Frame) {
    let all = panel.codes.mu.iter().zip(panel.labels);
    if panel.codes.mu.len() <= MOST_CIRCLES {
        for class in 0..CLASSES.len() {
            put(svg, format_args!("<g fill=\"{}\" fill-opacity=\"0.75\">", color(class)));
            for (z, _) in all.clone().filter(|(_, label)| usize::from(**label) % CLASSES.len() == class) {
                let (x, y) = frame.at(*z);
                put(svg, format_args!("<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"1.5\"/>"));
            }
            svg.push_str("</g>\n");
        }
        return;
    }
    // Two pixels to one of the figure.
    let size = [frame.width, frame.height].map(|side| (2.0 * side) as usize);
    let mut pixels = vec![0; 4 * size[0] * size[1]];
    for (z, label) in all {
        let (x, y) = frame.at(*z);
        let (x, y) = (2.0 * (x - frame.left), 2.0 * (y - frame.top));
        if x >= 0.0 && y >= 0.0 && (x as usize) < size[0] && (y as usize) < size[1] {
            let [r, g, b] = CLASSES[usize::from(*label) % CLASSES.len()];
            pixels[4 * (y as usize * size[0] + x as usize)..][..4].copy_from_slice(&[r, g, b, 255]);
        }
    }
    let picture = Raster { width: size[0], height: size[1], ink: Ink::Rgba, pixels };
    if let Ok(bytes) = png(&[picture], 0, "points") {
        embed(svg, frame, &bytes);
    }
}

fn color(class: usize) -> String {
    let [r, g, b] = CLASSES[class % CLASSES.len()];
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Black or white, whichever reads better on a class's colour.
fn on(class: usize) -> &'static str {
    let [r, g, b] = CLASSES[class % CLASSES.len()].map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 140.0 { "#000000" } else { "#ffffff" }
}

fn put(svg: &mut String, what: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "{what}");
}
