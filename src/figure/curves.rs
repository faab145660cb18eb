//! Charts as marks, and as figures.

use super::FigureOptions;
use super::axis::Axis;
use super::chart::{Chart, Marker, Rule, Series};
use super::frame::{Frame, Spot};
use super::kind::FigureError;
use super::marks::{Align, Mark, Marks};
use super::overlays::axes;
use super::page::{BOTTOM, LEFT, LegendEntry, Page, RIGHT, TOP, marker};
use super::text;
use super::theme::Ink;

/// Numbers of y may be long.
const NUMBERS: f32 = 22.0;
/// Room for the name of an axis.
const NAME: f32 = 18.0;
const SIZE: f32 = 12.0;
const SMALL: f32 = 10.5;
/// Pixels from tick to tick along x and along y, roughly.
const SPACING: [f32; 2] = [90.0, 48.0];
/// Radius of a dot, half the width of a cross.
const DOT: f32 = 3.2;
const CROSS: f32 = 5.0;

/// The curves with their axes, a legend and a caption, as SVG; text is text.
pub fn chart(chart: &Chart, options: &FigureOptions) -> Result<String, FigureError> {
    let mut named: Vec<&Series> = Vec::new();
    for series in chart.series.iter().filter(|series| !series.name.is_empty() && !series.points.is_empty()) {
        if named.iter().all(|before| before.name != series.name) {
            named.push(series);
        }
    }
    // A series of dots and a line is told by its dot.
    let of = |series: &Series| LegendEntry {
        name: series.name.clone(),
        color: series.color,
        marker: Some(series.marker.unwrap_or(Marker::Dot)),
    };
    let mut page = Page::new(options, &named.into_iter().map(of).collect::<Vec<_>>());
    let (left, top) = (LEFT + NUMBERS, TOP + NAME);
    let size = [options.width as f32 - left - RIGHT, page.bottom - top - BOTTOM - NAME].map(|side| side.max(20.0));
    let frame = Frame::fitting([left, top], size, ([0.0; 2], [1.0; 2]), 0.0);
    page.framed(&chart.title, &curve_marks(chart, &frame), &frame);
    page.finish()
}

/// The marks of a chart. The name of y stands above the frame, that of x below the numbers.
pub fn curve_marks(chart: &Chart, frame: &Frame) -> Marks {
    let both = chart.axes();
    let ticks = [both[0].ticks(frame.width, SPACING[0]), both[1].ticks(frame.height, SPACING[1])];
    let mut inside = axes::lines(&ticks[0], &ticks[1]);
    let mut around = axes::numbers(frame, &ticks[0], &ticks[1]);
    for (line, _) in rules(chart, &both, frame) {
        inside.push(line);
    }
    for series in &chart.series {
        inside.extend(curve(series, &both));
        around.extend(points(series, &both));
    }
    around.extend(rules(chart, &both, frame).into_iter().map(|(_, name)| name));
    let fitted = |text: &str| text::fitted(text, SIZE, frame.width);
    let name = |at, across, down, text: &str| Mark::Label {
        at,
        align: [across, down],
        size: SIZE,
        text: fitted(text),
        paint: Ink::Text.full(),
        halo: None,
    };
    around.push(name(Spot::frame(0.5, 1.0).moved(0.0, 23.0), Align::Middle, Align::Start, &chart.x));
    around.push(name(Spot::frame(0.0, 0.0).moved(0.0, -7.0), Align::Start, Align::End, &chart.y));
    Marks { inside, around }
}

/// Where a point is in the frame, none where a logarithm has no value.
fn spot([x, y]: [f64; 2], [across, up]: &[Axis; 2]) -> Option<Spot> {
    Some(Spot::frame(across.share(x)?, 1.0 - up.share(y)?))
}

/// Level lines with their names at the right end, and upright ones with their names beside the upper end, one below the other.
fn rules(chart: &Chart, [across, up]: &[Axis; 2], frame: &Frame) -> Vec<(Mark, Mark)> {
    let line = |points: Vec<Spot>, rule: &Rule| Mark::Line {
        points,
        closed: false,
        stroke: rule.ink.line(1.2).dashed(2.0, 4.0),
    };
    let name = |at: Spot, align: [Align; 2], rule: &Rule| Mark::Label {
        at,
        align,
        size: SMALL,
        text: rule.name.clone(),
        paint: rule.ink.full(),
        halo: Some(Ink::Ground.full()),
    };
    let level = |rule: &Rule| {
        let down = 1.0 - up.share(rule.value)?;
        let ends = vec![Spot::frame(0.0, down), Spot::frame(1.0, down)];
        let at = ends[1].moved(-6.0, -4.0);
        Some((line(ends, rule), name(at, [Align::End; 2], rule)))
    };
    let upright = |(i, rule): (usize, &Rule)| {
        let share = across.share(rule.value)?;
        let ends = vec![Spot::frame(share, 0.0), Spot::frame(share, 1.0)];
        let is_right = share * frame.width + 4.0 + text::width(&rule.name, SMALL) < frame.width;
        let (align, side) = if is_right { (Align::Start, 4.0) } else { (Align::End, -4.0) };
        let at = ends[0].moved(side, 6.0 + 14.0 * i as f32);
        Some((line(ends, rule), name(at, [align, Align::Start], rule)))
    };
    let is_seen = |axis: &Axis, rule: &Rule| axis.share(rule.value).is_some_and(|s| (0.0..=1.0).contains(&s));
    let levels = chart.levels.iter().filter(|rule| is_seen(up, rule)).filter_map(level);
    let uprights = chart.uprights.iter().filter(|rule| is_seen(across, rule)).enumerate().filter_map(upright);
    levels.chain(uprights).collect()
}

/// The band of a series and its line.
fn curve(series: &Series, axes: &[Axis; 2]) -> Vec<Mark> {
    let (mut marks, ink) = (Vec::new(), Ink::Rgb(series.color));
    if series.band.len() == series.points.len() && !series.points.is_empty() {
        let edge = |sign: f64| {
            let shifted = series.points.iter().zip(&series.band).map(move |([x, y], half)| [*x, y + sign * half]);
            shifted.filter_map(|point| spot(point, axes)).collect::<Vec<_>>()
        };
        let points = edge(1.0).into_iter().chain(edge(-1.0).into_iter().rev()).collect();
        marks.push(Mark::Polygon { points, fill: ink.faded(0.18) });
    }
    for (&[x, y], &[across, up]) in series.points.iter().zip(&series.bars) {
        for (half, ends) in [(across, [[x - across, y], [x + across, y]]), (up, [[x, y - up], [x, y + up]])] {
            let points: Vec<Spot> = ends.iter().filter_map(|&end| spot(end, axes)).collect();
            if half > 0.0 && points.len() == 2 {
                marks.push(Mark::Line { points, closed: false, stroke: ink.line(1.2) });
            }
        }
    }
    let points: Vec<Spot> = series.points.iter().filter_map(|point| spot(*point, axes)).collect();
    if points.len() > 1 {
        let stroke = ink.line(1.6);
        let stroke = if series.dashed { stroke.dashed(6.0, 4.0) } else { stroke };
        marks.push(Mark::Line { points, closed: false, stroke });
    }
    marks
}

/// The points of a series whose middle is within the frame, each of them whole.
fn points(series: &Series, axes: &[Axis; 2]) -> Vec<Mark> {
    let Some(kind) = series.marker else { return Vec::new() };
    let size = if kind == Marker::Cross { CROSS } else { DOT };
    let is_within = |d: usize, value: f64| axes[d].share(value).is_some_and(|share| (0.0..=1.0).contains(&share));
    let seen = series.points.iter().filter(|point| is_within(0, point[0]) && is_within(1, point[1]));
    seen.filter_map(|point| spot(*point, axes)).flat_map(|at| marker(kind, at, size, Ink::Rgb(series.color))).collect()
}
