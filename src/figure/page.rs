//! The sheet that a figure is drawn on: titles above the frames, a legend and a caption below them. Legend and caption wrap, and
//! the frames get what room is left.

use super::chart::Marker;
use super::frame::{Frame, Spot};
use super::kind::FigureError;
use super::marks::{Align, Mark, Marks};
use super::palette::{MOST_CLASSES, PLAIN, class_color};
use super::svg::Svg;
use super::text;
use super::theme::{Ink, Theme};
use crate::explore::{class_counts, frequent};

/// Room around a frame, in pixels: for its title, for its numbers, and to the edge of the sheet.
pub const TOP: f32 = 34.0;
pub const LEFT: f32 = 40.0;
pub const RIGHT: f32 = 12.0;
pub const BOTTOM: f32 = 26.0;
/// Heights of a line of the legend and of the caption.
const ENTRY: f32 = 18.0;
const SENTENCE: f32 = 13.5;
/// Above the legend, and below everything.
const PAD: f32 = 6.0;
/// From the name of an entry to the mark of the next.
const BETWEEN: f32 = 18.0;
/// The share of the height that the caption may take; its end is left out then, and is in the metadata still.
const CAPTION_SHARE: f32 = 0.25;
/// Sizes of a title, of the legend and of the caption.
const TITLE: f32 = 15.0;
const NAME: f32 = 12.0;
const SMALL: f32 = 10.5;

/// What every figure has.
#[derive(Clone, Debug)]
pub struct FigureOptions {
    /// In pixels.
    pub width: usize,
    pub height: usize,
    /// Light on dark.
    pub dark: bool,
    /// A line of settings at the foot.
    pub caption: String,
}

/// A name in the legend with the mark that it explains.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    pub name: String,
    pub color: [u8; 3],
    /// None where it is a remark.
    pub marker: Option<Marker>,
}

/// The classes that labels name, in their colours; of many the most frequent, and how many more there are.
pub fn class_legend(names: &[String], labels: &[u16]) -> Vec<LegendEntry> {
    let counts = class_counts(labels, names.len());
    let used = frequent(&counts, MOST_CLASSES);
    let more = counts.iter().filter(|&&count| count > 0).count() - used.len();
    let entry = |class: usize| {
        let (name, color) = (names[class].clone(), class_color(class));
        LegendEntry { name, color, marker: Some(Marker::Dot) }
    };
    let remark = LegendEntry { name: format!("… and {more} more"), color: PLAIN, marker: None };
    used.into_iter().map(entry).chain((more > 0).then_some(remark)).collect()
}

/// A mark in the colour of a series at a spot.
pub fn marker(marker: Marker, centre: Spot, size: f32, ink: Ink) -> Vec<Mark> {
    match marker {
        Marker::Dot => vec![Mark::Disc { centre, radius: size, fill: Some(ink.full()), outline: None }],
        Marker::Cross => {
            let arm = |sign: f32| vec![centre.moved(-size, -sign * size), centre.moved(size, sign * size)];
            [1.0, -1.0].map(|s| Mark::Line { points: arm(s), closed: false, stroke: ink.line(2.0) }).to_vec()
        }
    }
}

/// A sheet under way.
pub struct Page {
    svg: Svg,
    sheet: Frame,
    /// Where the frames, with the numbers below them, end.
    pub bottom: f32,
}

impl Page {
    /// A sheet with its legend and its caption.
    pub fn new(options: &FigureOptions, legend: &[LegendEntry]) -> Self {
        let (width, height) = (options.width as f32, options.height as f32);
        let sheet = Frame { left: 0.0, top: 0.0, width, height, min: [0.0; 2], max: [width, height] };
        let svg = Svg::new(options.width, options.height, Theme { dark: options.dark }, &options.caption);
        let room = width - LEFT - RIGHT;
        let (entries, lines) = arranged(legend, room);
        let mut sentences = text::wrapped(&options.caption, SMALL, room);
        let most = (((CAPTION_SHARE * height) / SENTENCE) as usize).max(1);
        if sentences.len() > most {
            sentences.truncate(most);
            if let Some(last) = sentences.last_mut() {
                *last = text::fitted(&format!("{last}  …"), SMALL, room);
            }
        }
        let bottom = height - 2.0 * PAD - lines as f32 * ENTRY - sentences.len() as f32 * SENTENCE;
        let mut page = Self { svg, sheet, bottom };
        let top = bottom + PAD;
        let mut marks = Vec::new();
        for (entry, (across, line)) in legend.iter().zip(entries) {
            let middle = Spot::frame(0.0, 0.0).moved(LEFT + across, top + (line as f32 + 0.5) * ENTRY);
            let (indent, ink) = entry.marker.map_or((0.0, Ink::Quiet), |_| (MARK, Ink::Text));
            let mark = |sign: Marker| marker(sign, middle.moved(4.5, 0.0), 4.5, Ink::Rgb(entry.color));
            marks.extend(entry.marker.into_iter().flat_map(mark));
            let name = text::fitted(&entry.name, NAME, widest(room) - MARK);
            marks.push(label(middle.moved(indent, 0.0), Align::Middle, NAME, ink, name));
        }
        for (i, sentence) in sentences.into_iter().enumerate() {
            let at = Spot::frame(0.0, 0.0).moved(LEFT, top + lines as f32 * ENTRY + (i as f32 + 0.5) * SENTENCE);
            marks.push(label(at, Align::Middle, SMALL, Ink::Quiet, sentence));
        }
        page.put(marks);
        page
    }

    /// Paints marks anywhere on the sheet.
    pub fn put(&mut self, marks: Vec<Mark>) {
        self.svg.paint(&Marks { inside: Vec::new(), around: marks }, &self.sheet);
    }

    /// Paints a frame with a title above it, smaller or cut where it would run into the next.
    pub fn framed(&mut self, title: &str, marks: &Marks, frame: &Frame) {
        let at = Spot::frame(0.0, 0.0).moved(frame.left, 22.0);
        let fits = |size: &f32| text::width(title, *size) <= frame.width;
        let size = [TITLE, NAME].into_iter().find(fits).unwrap_or(SMALL);
        self.put(vec![label(at, Align::End, size, Ink::Text, text::fitted(title, size, frame.width))]);
        self.svg.paint(marks, frame);
    }

    /// The whole document.
    pub fn finish(self) -> Result<String, FigureError> {
        self.svg.finish()
    }
}

/// From the left of an entry to its name.
const MARK: f32 = 14.0;

/// How wide an entry is at most: a long name is cut rather than take the line of others.
fn widest(room: f32) -> f32 {
    room.min(320.0)
}

/// How far right and in which line each entry begins, and how many lines there are.
fn arranged(legend: &[LegendEntry], room: f32) -> (Vec<(f32, usize)>, usize) {
    let (mut across, mut line) = (0.0, 0);
    let mut places = Vec::new();
    for entry in legend {
        let width = (MARK + text::width(&entry.name, NAME)).min(widest(room));
        if across > 0.0 && across + width > room {
            (across, line) = (0.0, line + 1);
        }
        places.push((across, line));
        across += width + BETWEEN;
    }
    (places, if legend.is_empty() { 0 } else { line + 1 })
}

fn label(at: Spot, down: Align, size: f32, ink: Ink, text: String) -> Mark {
    Mark::Label { at, align: [Align::Start, down], size, text, paint: ink.full(), halo: None }
}
