//! The painter of SVG: marks as elements, text as text.

use std::fmt::{Display, Write as _};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::cloud::{Cloud, Extent};
use super::encode::png;
use super::frame::{Frame, Spot};
use super::kind::FigureError;
use super::marks::{Align, HALO, Mark, Marks};
use super::raster::{Channels, Raster};
use super::text;
use super::theme::{Ink, Paint, Stroke, Theme};

/// More points than these are one embedded picture, so many pixels to one of the figure.
const MOST_CIRCLES: usize = 20_000;
const DENSITY: f32 = 2.0;
/// A smooth image is embedded so many times as large, for not every program that shows SVG smooths in the same way.
const SMOOTHED: usize = 4;

/// A drawing under way.
pub struct Svg {
    text: String,
    theme: Theme,
    frames: usize,
    failure: Option<FigureError>,
}

impl Svg {
    /// An empty sheet of so many pixels; `about` is what its metadata say.
    pub fn new(width: usize, height: usize, theme: Theme, about: &str) -> Self {
        let mut svg = Self { text: String::new(), theme, frames: 0, failure: None };
        svg.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" style=\"font-variant-numeric:tabular-nums\">\n<metadata>{}</metadata>\n\
             <rect width=\"{width}\" height=\"{height}\"{}/>",
            escaped(about),
            svg.fill(Some(Ink::Ground.full()))
        ));
        svg
    }

    /// Paints the marks of a frame.
    pub fn paint(&mut self, marks: &Marks, frame: &Frame) {
        let Frame { left, top, width, height, .. } = frame;
        self.frames += 1;
        let clip = format!("frame-{}", self.frames);
        self.put(format_args!(
            "<clipPath id=\"{clip}\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/></clipPath>\n\
             <g clip-path=\"url(#{clip})\">"
        ));
        marks.inside.iter().for_each(|mark| self.mark(mark, frame));
        self.put(format_args!("</g>"));
        marks.around.iter().for_each(|mark| self.mark(mark, frame));
    }

    /// The whole document.
    pub fn finish(mut self) -> Result<String, FigureError> {
        self.text.push_str("</svg>\n");
        self.failure.map_or(Ok(self.text), Err)
    }

    fn put(&mut self, what: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{what}");
    }

    fn mark(&mut self, mark: &Mark, frame: &Frame) {
        match mark {
            Mark::Line { points, closed, stroke } => {
                let name = if *closed { "polygon" } else { "polyline" };
                let (points, stroke) = (list(points, frame), self.stroke(Some(*stroke)));
                self.put(format_args!("<{name} points=\"{points}\" fill=\"none\"{stroke}/>"));
            }
            Mark::Polygon { points, fill } => {
                let (points, fill) = (list(points, frame), self.fill(Some(*fill)));
                self.put(format_args!("<polygon points=\"{points}\"{fill}/>"));
            }
            Mark::Ellipse { centre, radii, stroke } => {
                let ((x, y), stroke) = (frame.at(*centre), self.stroke(Some(*stroke)));
                let [rx, ry] = radii.map(|radius| pixels(radius * frame.scale()));
                let (x, y) = (pixels(x), pixels(y));
                self.put(format_args!(
                    "<ellipse cx=\"{x}\" cy=\"{y}\" rx=\"{rx}\" ry=\"{ry}\" fill=\"none\"{stroke}/>"
                ));
            }
            Mark::Disc { centre, radius, fill, outline } => {
                let (x, y) = frame.locate(centre);
                let (x, y, style) = (pixels(x), pixels(y), self.fill(*fill) + &self.stroke(*outline));
                self.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{style}/>"));
            }
            Mark::Rect { centre, size: [width, height], rounding, fill, outline } => {
                let (x, y) = frame.locate(centre);
                let (x, y) = (pixels(x - 0.5 * width), pixels(y - 0.5 * height));
                let style = self.fill(*fill) + &self.stroke(*outline);
                let [width, height] = [width, height].map(|side| pixels(*side));
                self.put(format_args!(
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{rounding}\"{style}/>"
                ));
            }
            Mark::Label { at, align, size, text, paint, halo } => {
                let (x, y) = frame.locate(at);
                let (x, y) = (pixels(x), pixels(y + text::baseline(align[1], *size)));
                let anchor = match align[0] {
                    Align::Start => "start",
                    Align::Middle => "middle",
                    Align::End => "end",
                };
                let halo = halo.map(|paint| {
                    let stroke = self.stroke(Some(paint.line(2.0 * HALO)));
                    format!("{stroke} stroke-linejoin=\"round\" paint-order=\"stroke\"")
                });
                let (style, text) = (self.fill(Some(*paint)) + &halo.unwrap_or_default(), escaped(text));
                self.put(format_args!(
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{style}>{text}</text>"
                ));
            }
            Mark::Raster { corners, image, smooth, opacity } => {
                let [(left, bottom), (right, top)] = [0, 1].map(|i| frame.locate(&corners[i]));
                let shown = self.shown(image);
                let large = if *smooth { shown.smoothed(SMOOTHED) } else { shown };
                self.image([left, top, right - left, bottom - top], &large, *smooth, *opacity);
            }
            Mark::Points { cloud, opacity } => self.points(cloud, *opacity, frame),
        }
    }

    /// An image as the theme has it.
    fn shown(&self, image: &Raster) -> Raster {
        let mut shown = image.clone();
        if shown.channels == Channels::Grey {
            shown.pixels.iter_mut().for_each(|value| *value = self.theme.grey(*value));
        }
        shown
    }

    fn image(&mut self, [x, y, width, height]: [f32; 4], image: &Raster, smooth: bool, opacity: f32) {
        let bytes = match png(std::slice::from_ref(image), 0, "") {
            Ok(bytes) => BASE64_STANDARD.encode(bytes),
            Err(what) => {
                self.failure = Some(FigureError::Encode(what));
                return;
            }
        };
        let look = if smooth { "" } else { " style=\"image-rendering:pixelated\"" };
        let opacity = if opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { String::new() };
        let [x, y, width, height] = [x, y, width, height].map(pixels);
        self.put(format_args!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\"{look}{opacity} \
             href=\"data:image/png;base64,{bytes}\"/>"
        ));
    }

    fn points(&mut self, cloud: &Cloud, opacity: f32, frame: &Frame) {
        if cloud.codes.mu.len() > MOST_CIRCLES {
            let size = [frame.width, frame.height].map(|side| (DENSITY * side).round().max(1.0) as usize);
            let picture = cloud.raster(&Extent { view: (frame.min, frame.max), size, density: DENSITY });
            return self.image([frame.left, frame.top, frame.width, frame.height], &picture, true, opacity);
        }
        let radius = cloud.style().0;
        let is_seen = |x: f32, y: f32| {
            (frame.left - radius..=frame.left + frame.width + radius).contains(&x)
                && (frame.top - radius..=frame.top + frame.height + radius).contains(&y)
        };
        self.put(format_args!("<g opacity=\"{opacity}\">"));
        for (code, color, opacity) in cloud.points() {
            let (x, y) = frame.at(code);
            if is_seen(x, y) {
                let fill = self.fill(Some(Paint { ink: Ink::Rgb(color), opacity }));
                let (x, y, radius) = (pixels(x), pixels(y), pixels(radius));
                self.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{fill}/>"));
            }
        }
        self.put(format_args!("</g>"));
    }

    fn fill(&self, paint: Option<Paint>) -> String {
        self.color("fill", paint)
    }

    fn stroke(&self, stroke: Option<Stroke>) -> String {
        let Some(Stroke { paint, width, dash }) = stroke else { return String::new() };
        let dash = dash.map_or(String::new(), |[on, off]| format!(" stroke-dasharray=\"{on} {off}\""));
        format!("{} stroke-width=\"{width}\"{dash}", self.color("stroke", Some(paint)))
    }

    fn color(&self, name: &str, paint: Option<Paint>) -> String {
        let Some(Paint { ink, opacity }) = paint else { return format!(" {name}=\"none\"") };
        let [r, g, b] = self.theme.rgb(ink);
        let opacity = if opacity < 1.0 { format!(" {name}-opacity=\"{}\"", pixels(opacity)) } else { String::new() };
        format!(" {name}=\"#{r:02x}{g:02x}{b:02x}\"{opacity}")
    }
}

/// Points as SVG lists them.
fn list(points: &[Spot], frame: &Frame) -> String {
    let mut list = String::new();
    for (i, point) in points.iter().enumerate() {
        let (x, y) = frame.locate(point);
        // Writing to a string cannot fail.
        let _ = write!(list, "{}{},{}", if i > 0 { " " } else { "" }, pixels(x), pixels(y));
    }
    list
}

/// A number with as many decimals as can be seen.
fn pixels(value: f32) -> impl Display {
    (f64::from(value) * 1000.0).round() / 1000.0
}

/// Text as it stands between the tags of SVG.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
