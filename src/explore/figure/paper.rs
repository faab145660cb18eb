//! What figures are drawn on: SVG with text as text, and frames with axes.

use std::fmt::Write as _;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::super::strips::escaped;
use super::FigureOptions;

/// Room around a frame, in pixels: for its title, its ticks, and what is said below all frames.
pub const TOP: f32 = 34.0;
pub const LEFT: f32 = 40.0;
pub const RIGHT: f32 = 12.0;
pub const BOTTOM: f32 = 26.0;
pub const FOOT: f32 = 46.0;

/// The colours of what is not data.
pub struct Inks {
    pub paper: &'static str,
    pub text: &'static str,
    pub quiet: &'static str,
    pub grid: &'static str,
}

/// Where a text is held.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

pub struct Paper {
    svg: String,
    pub inks: Inks,
}

impl Paper {
    pub fn new(options: &FigureOptions) -> Self {
        let inks = if options.dark {
            Inks { paper: "#101114", text: "#e6e6e6", quiet: "#a0a0a0", grid: "#2c2d31" }
        } else {
            Inks { paper: "#ffffff", text: "#1a1a1a", quiet: "#606060", grid: "#e2e2e2" }
        };
        let FigureOptions { width, height, .. } = *options;
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <metadata>{}</metadata>\n<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
            escaped(&options.caption),
            inks.paper
        );
        Self { svg, inks }
    }

    /// The whole document, its caption at the foot.
    pub fn finish(mut self, options: &FigureOptions) -> String {
        let at = (LEFT, options.height as f32 - 12.0);
        self.text(at, 10.5, Anchor::Start, self.inks.quiet, &options.caption);
        self.svg.push_str("</svg>\n");
        self.svg
    }

    pub fn put(&mut self, what: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.svg, "{what}");
    }

    pub fn text(&mut self, (x, y): (f32, f32), size: f32, anchor: Anchor, ink: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{ink}\">{text}</text>"
        ));
    }

    /// A line through points of the figure; `style` is what SVG calls presentation attributes.
    pub fn polyline(&mut self, points: impl IntoIterator<Item = (f32, f32)>, style: &str) {
        let mut list = String::new();
        for (x, y) in points {
            let _ = write!(list, "{x:.2},{y:.2} ");
        }
        self.put(format_args!("<polyline points=\"{}\" fill=\"none\" {style}/>", list.trim_end()));
    }

    /// A PNG that fills a frame.
    pub fn embed(&mut self, frame: &Frame, bytes: &[u8]) {
        let Frame { left, top, width, height, .. } = frame;
        let data = BASE64_STANDARD.encode(bytes);
        self.put(format_args!(
            "<image x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             href=\"data:image/png;base64,{data}\"/>"
        ));
    }

    /// Names with their colours, from left to right.
    pub fn legend<'a>(&mut self, y: f32, entries: impl Iterator<Item = (&'a str, [u8; 3])>) {
        let mut x = LEFT;
        for (name, color) in entries {
            self.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"4.5\" fill=\"{}\"/>", hex(color)));
            self.text((x + 8.0, y + 4.0), 12.0, Anchor::Start, self.inks.text, name);
            x += 26.0 + 7.0 * name.chars().count() as f32;
        }
    }

    /// Has `draw` draw over a grid, and nothing of it outside of the frame; then the frame with its title and ticks.
    pub fn framed<E>(
        &mut self,
        frame: &Frame,
        title: &str,
        draw: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let Frame { left, top, width, height, .. } = *frame;
        self.text((left, 22.0), 15.0, Anchor::Start, self.inks.text, title);
        // Every frame stands somewhere else.
        let clip = format!("frame-{left}-{top}");
        self.put(format_args!(
            "<clipPath id=\"{clip}\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/></clipPath>\n\
             <g clip-path=\"url(#{clip})\">"
        ));
        let marks = [0, 1].map(|d| marks(frame.min[d], frame.max[d], frame.logarithmic[d]));
        let grid = self.inks.grid;
        for &x in &marks[0] {
            let (x, _) = frame.at([x, frame.min[1]]);
            self.put(format_args!("<path d=\"M{x} {top}v{height}\" stroke=\"{grid}\"/>"));
        }
        for &y in &marks[1] {
            let (_, y) = frame.at([frame.min[0], y]);
            self.put(format_args!("<path d=\"M{left} {y}h{width}\" stroke=\"{grid}\"/>"));
        }
        draw(self)?;
        self.put(format_args!("</g>"));
        let quiet = self.inks.quiet;
        self.put(format_args!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"{quiet}\"/>"
        ));
        for &x in &marks[0] {
            let at = (frame.at([x, frame.min[1]]).0, top + height + 15.0);
            self.text(at, 10.5, Anchor::Middle, quiet, &number(x, frame.logarithmic[0]));
        }
        for &y in &marks[1] {
            let at = (left - 5.0, frame.at([frame.min[0], y]).1 + 3.5);
            self.text(at, 10.5, Anchor::End, quiet, &number(y, frame.logarithmic[1]));
        }
        Ok(())
    }
}

/// A rectangle of the figure and the values it spans. Along a logarithmic axis these are decimal logarithms.
pub struct Frame {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
    pub min: [f32; 2],
    pub max: [f32; 2],
    pub logarithmic: [bool; 2],
}

impl Frame {
    /// Pixels to one unit, along x.
    pub fn scale(&self) -> f32 {
        self.width / (self.max[0] - self.min[0])
    }

    /// Where a point is in the figure.
    pub fn at(&self, [x, y]: [f32; 2]) -> (f32, f32) {
        let down = (self.max[1] - y) / (self.max[1] - self.min[1]);
        (self.left + (x - self.min[0]) * self.scale(), self.top + down * self.height)
    }
}

/// Multiples of 1, 2 or 5 within a range, about six of them; whole powers of ten if these are logarithms far apart.
fn marks(low: f32, high: f32, logarithmic: bool) -> Vec<f32> {
    let rough = (high - low) / 6.0;
    let power = 10f32.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&s| s >= rough).unwrap_or(rough);
    let step = if logarithmic && high - low >= 2.0 { step.max(1.0) } else { step };
    ((low / step).ceil() as i64..=(high / step).floor() as i64).map(|i| i as f32 * step).collect()
}

fn number(value: f32, logarithmic: bool) -> String {
    let text = match (logarithmic, value) {
        (true, value) => {
            let value = f64::from(10f32.powf(value));
            let digits = (2 - value.log10().floor() as i64).clamp(0, 8);
            let text = format!("{value:.*}", digits as usize);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        }
        (false, value) => format!("{}", (f64::from(value) * 1e4).round() / 1e4),
    };
    text.replace('-', "−")
}

pub fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
