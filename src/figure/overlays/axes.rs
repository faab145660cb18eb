//! The grid of a plane, its border, its ticks and the names of its axes.

use super::super::axis::{Axis, Tick};
use super::super::frame::{Frame, Spot};
use super::super::marks::{Align, Mark};
use super::super::text;
use super::super::theme::Ink;

/// Pixels from tick to tick, roughly; the same along both axes, for they have one scale.
const SPACING: f32 = 64.0;
/// The sizes of the numbers and of the names.
const NUMBER: f32 = 10.5;
const NAME: f32 = 12.0;
/// From the frame to the numbers, in pixels.
const GAP: f32 = 5.0;

/// What the axes of a plane are called.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisNames(pub [String; 2]);

/// Those of two dimensions.
impl Default for AxisNames {
    fn default() -> Self {
        Self(["z₁", "z₂"].map(str::to_owned))
    }
}

/// The ticks along both axes of a plane.
fn ticks(frame: &Frame) -> [Vec<Tick>; 2] {
    let length = [frame.width, frame.height];
    [0, 1].map(|d| {
        let ends = (f64::from(frame.min[d]), f64::from(frame.max[d]));
        Axis::new(ends, false).ticks(length[d], SPACING)
    })
}

/// Lines across the frame at each tick.
pub fn grid(frame: &Frame) -> Vec<Mark> {
    let [x, y] = ticks(frame);
    lines(&x, &y)
}

/// Lines across a frame at these ticks.
pub fn lines(x: &[Tick], y: &[Tick]) -> Vec<Mark> {
    let line = |ends: [Spot; 2]| Mark::Line { points: ends.to_vec(), closed: false, stroke: Ink::Grid.line(1.0) };
    let upright = x.iter().map(|tick| line([Spot::frame(tick.share, 0.0), Spot::frame(tick.share, 1.0)]));
    let level = y.iter().map(|tick| line([Spot::frame(0.0, 1.0 - tick.share), Spot::frame(1.0, 1.0 - tick.share)]));
    upright.chain(level).collect()
}

/// The border, the numbers at the ticks, and the names of the axes at their upper ends.
pub fn around(frame: &Frame, names: &AxisNames) -> Vec<Mark> {
    let [x, y] = ticks(frame);
    let AxisNames([first, second]) = names;
    let room = text::width(first, NAME) + 6.0;
    let is_clear = |tick: &&Tick| tick.share * frame.width + 0.5 * text::width(&tick.text, NUMBER) < frame.width - room;
    let x: Vec<Tick> = x.iter().filter(is_clear).cloned().collect();
    let y: Vec<Tick> = y.into_iter().filter(|tick| (1.0 - tick.share) * frame.height > 1.6 * NAME).collect();
    let mut marks = numbers(frame, &x, &y);
    let name = |at: Spot, align, text: &str| label(at, [Align::End, align], NAME, Ink::Text, text);
    marks.push(name(Spot::frame(1.0, 1.0).moved(0.0, GAP), Align::Start, first));
    marks.push(name(Spot::frame(0.0, 0.0).moved(-GAP, 0.0), Align::Start, second));
    marks
}

/// The border and the numbers at these ticks; a number that would touch the one before it is left out.
pub fn numbers(frame: &Frame, x: &[Tick], y: &[Tick]) -> Vec<Mark> {
    let size = [frame.width, frame.height];
    let outline = Some(Ink::Quiet.line(1.0));
    let mut marks = vec![Mark::Rect { centre: Spot::frame(0.5, 0.5), size, rounding: 0.0, fill: None, outline }];
    let mut end = f32::NEG_INFINITY;
    for tick in x {
        let (centre, width) = (tick.share * frame.width, text::width(&tick.text, NUMBER));
        if centre - 0.5 * width > end + 4.0 {
            end = centre + 0.5 * width;
            let at = Spot::frame(tick.share, 1.0).moved(0.0, GAP);
            marks.push(label(at, [Align::Middle, Align::Start], NUMBER, Ink::Quiet, &tick.text));
        }
    }
    let mut end = f32::NEG_INFINITY;
    for tick in y {
        let up = tick.share * frame.height;
        if up > end + NUMBER {
            end = up;
            let at = Spot::frame(0.0, 1.0 - tick.share).moved(-GAP, 0.0);
            marks.push(label(at, [Align::End, Align::Middle], NUMBER, Ink::Quiet, &tick.text));
        }
    }
    marks
}

fn label(at: Spot, align: [Align; 2], size: f32, ink: Ink, text: &str) -> Mark {
    Mark::Label { at, align, size, text: text.to_owned(), paint: ink.full(), halo: None }
}
