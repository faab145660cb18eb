//! A field over the plane: its colours or arrows, and the strip above the frame that says what they stand for.

use std::sync::Arc;

use super::super::frame::{Frame, Spot};
use super::super::marks::{Align, Mark};
use super::super::raster::Raster;
use super::super::text;
use super::super::theme::{Ink, Paint};
use super::super::tint::tint;
use crate::config::Place;
use crate::explore::{Cells, Field, FieldKind};
use crate::format;

/// The height of the strip, in pixels.
pub const STRIP: f32 = 20.0;
/// How opaque a field is over a manifold, so that both are seen.
pub const OVER_MANIFOLD: f32 = 0.5;
/// An arrow has a tip if it is so long, in pixels; how long and how wide the tip is.
const TIPPED: f32 = 5.0;
const TIP: [f32; 2] = [4.5, 2.6];
/// The bar of colours: its widest and its narrowest, and its height.
const BAR: [f32; 2] = [120.0, 24.0];
const BAR_HEIGHT: f32 = 8.0;
const NAME: f32 = 11.5;
const NUMBER: f32 = 10.5;

/// A field that is ready to be drawn.
#[derive(Clone, Debug)]
pub struct FieldLayer {
    pub kind: FieldKind,
    pub cells: Cells,
    content: Content,
    scale: Option<Scale>,
}

#[derive(Clone, Debug)]
enum Content {
    /// A colour a cell.
    Colors(Arc<Raster>),
    /// Where the arrow of each cell leads.
    Arrows(Arc<Vec<Place>>),
}

/// The colours from low to high.
#[derive(Clone, Debug)]
struct Scale {
    bar: Arc<Raster>,
    ends: [String; 2],
    unit: &'static str,
}

impl FieldLayer {
    /// Gives the cells their colours.
    pub fn new(kind: FieldKind, cells: Cells, field: &Field) -> Self {
        let tinted = tint(kind, field);
        let scale = tinted.as_ref().map(|(_, legend)| legend).filter(|legend| legend.has_scale);
        let scale = scale.map(|legend| Scale {
            bar: Arc::new(legend.bar()),
            ends: [legend.range.0, legend.range.1].map(|end| format::tick(f64::from(end))),
            unit: legend.unit,
        });
        let content = match (tinted, field) {
            (Some((colors, _)), _) => Content::Colors(Arc::new(Raster::rgba(cells.across, cells.down, &colors))),
            (None, Field::Targets(targets)) => Content::Arrows(Arc::new(targets.clone())),
            (None, _) => Content::Arrows(Arc::default()),
        };
        Self { kind, cells, content, scale }
    }
}

/// The colours or the arrows; the colours half transparent over a manifold.
pub fn marks(field: &FieldLayer, over_manifold: bool, frame: &Frame) -> Vec<Mark> {
    match &field.content {
        Content::Colors(image) => {
            let corners = [field.cells.min, field.cells.max].map(Spot::plane);
            let opacity = if over_manifold { OVER_MANIFOLD } else { 1.0 };
            let smooth = field.kind != FieldKind::Class;
            vec![Mark::Raster { corners, image: image.clone(), smooth, opacity }]
        }
        Content::Arrows(targets) => {
            let cells = field.cells.centres().into_iter().zip(targets.iter());
            cells.flat_map(|(from, &to)| arrow(from, to, frame.scale())).collect()
        }
    }
}

/// A dot, a line from it, and a tip if it is long enough; `scale` is in pixels to a unit.
fn arrow(from: Place, to: Place, scale: f32) -> Vec<Mark> {
    let fill = Ink::Text.faded(0.75);
    let [start, end] = [from, to].map(Spot::plane);
    let mut marks = vec![
        Mark::Disc { centre: start, radius: 1.5, fill: Some(fill), outline: None },
        Mark::Line { points: vec![start, end], closed: false, stroke: fill.line(1.2) },
    ];
    // To the right and down, as pixels count.
    let along = [(to[0] - from[0]) * scale, (from[1] - to[1]) * scale];
    let length = along[0].hypot(along[1]);
    if length > TIPPED {
        let [x, y] = along.map(|v| v / length);
        let corner = |side: f32| end.moved(-TIP[0] * x - side * y, -TIP[0] * y + side * x);
        marks.push(Mark::Polygon { points: vec![end, corner(TIP[1]), corner(-TIP[1])], fill });
    }
    marks
}

/// One line above the frame: the name, and of a scale its low end, its colours, its high end and its unit. Where there is not
/// room for all, first the unit goes, then the bar, then the end of the name.
pub fn legend(field: &FieldLayer, frame: &Frame) -> Vec<Mark> {
    const GAP: f32 = 5.0;
    let name = field.kind.describe().0;
    let mut line = Line { end: 0.0, marks: Vec::new() };
    let Some(Scale { bar, ends: [low, high], unit }) = &field.scale else {
        line.text(&text::fitted(name, NAME, frame.width), NAME, Ink::Text.full());
        return line.marks;
    };
    let wide = |text: &str| text::width(text, NUMBER) + GAP;
    let after_name = GAP + wide(low) + wide(high);
    let beside = text::width(name, NAME) + after_name;
    let with_unit = beside + wide(unit) + BAR[0] * 0.5 <= frame.width;
    let room = frame.width - beside - if with_unit { wide(unit) } else { 0.0 };
    let width = (room - GAP).min(BAR[0]);
    let name = if room < 0.0 { text::fitted(name, NAME, frame.width - after_name) } else { name.to_owned() };
    line.text(&name, NAME, Ink::Text.full());
    line.end += 2.0 * GAP;
    line.text(low, NUMBER, Ink::Text.full());
    line.end += GAP;
    if width >= BAR[1] {
        let corner = |right: f32, down: f32| Spot::frame(0.0, 0.0).moved(right, MIDDLE + down * BAR_HEIGHT);
        let corners = [corner(line.end, 0.5), corner(line.end + width, -0.5)];
        line.marks.push(Mark::Raster { corners, image: bar.clone(), smooth: true, opacity: 1.0 });
        line.end += width + GAP;
    }
    line.text(high, NUMBER, Ink::Text.full());
    if with_unit {
        line.end += GAP;
        line.text(unit, NUMBER, Ink::Quiet.full());
    }
    line.marks
}

/// The middle of the strip, from the frame's upper edge down.
const MIDDLE: f32 = -0.5 * STRIP;

/// The strip, filled from the left.
struct Line {
    end: f32,
    marks: Vec<Mark>,
}

impl Line {
    fn text(&mut self, text: &str, size: f32, paint: Paint) {
        let at = Spot::frame(0.0, 0.0).moved(self.end, MIDDLE);
        let align = [Align::Start, Align::Middle];
        self.marks.push(Mark::Label { at, align, size, text: text.to_owned(), paint, halo: None });
        self.end += text::width(text, size);
    }
}
