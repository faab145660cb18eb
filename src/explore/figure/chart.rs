//! Curves over a pair of axes.

use std::convert::Infallible;

use super::FigureOptions;
use super::paper::{Anchor, BOTTOM, FOOT, Frame, LEFT, Paper, RIGHT, TOP, hex};

/// Axis names need more room at the left than a plane's ticks.
const NAME: f32 = 22.0;

/// A curve, or the points it goes through.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// In the legend, unless a series before has the same.
    pub name: String,
    pub color: [u8; 3],
    pub points: Vec<[f64; 2]>,
    /// Half of the height of a band about each point, or nothing.
    pub band: Vec<f64>,
    pub dashed: bool,
    pub dots: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Chart {
    pub title: String,
    pub x: String,
    pub y: String,
    pub logarithmic: [bool; 2],
    pub series: Vec<Series>,
    /// Values of y that a name and a line across mark.
    pub levels: Vec<(String, f64)>,
    /// The same of x.
    pub marks: Vec<(String, f64)>,
    /// The range of x and of y, where the highest and lowest value are not what is of interest.
    pub ranges: [Option<(f64, f64)>; 2],
}

impl Chart {
    /// A point on the axes, none where a logarithm has no value.
    fn place(&self, [x, y]: [f64; 2]) -> Option<[f32; 2]> {
        let along = |d: usize, v: f64| (if self.logarithmic[d] { v.log10() } else { v }) as f32;
        let place = [along(0, x), along(1, y)];
        place.iter().all(|v| v.is_finite()).then_some(place)
    }

    fn range(&self, d: usize) -> (f32, f32) {
        let along = |v: f64| (if self.logarithmic[d] { v.log10() } else { v }) as f32;
        if let Some((low, high)) = self.ranges[d] {
            return (along(low), along(high));
        }
        let all = self.series.iter().flat_map(|series| &series.points).filter_map(|point| self.place(*point));
        let lines = if d == 0 { &self.marks } else { &self.levels };
        let all = all.map(|place| place[d]).chain(lines.iter().map(|(_, v)| along(*v)).filter(|v| v.is_finite()));
        let (low, high) = all.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return (0.0, 1.0);
        }
        let margin = (0.04 * (high - low)).max(1e-3);
        (low - margin, high + margin)
    }
}

/// The curves with their axes, a legend and a caption, as SVG; text is text.
pub fn chart(chart: &Chart, options: &FigureOptions) -> String {
    let mut paper = Paper::new(options);
    let (x, y) = (chart.range(0), chart.range(1));
    let frame = Frame {
        left: LEFT + NAME,
        top: TOP,
        width: (options.width as f32 - LEFT - NAME - RIGHT).max(20.0),
        height: (options.height as f32 - TOP - BOTTOM - FOOT - NAME).max(20.0),
        min: [x.0, y.0],
        max: [x.1, y.1],
        logarithmic: chart.logarithmic,
    };
    let Ok(()) = paper.framed(&frame, &chart.title, |paper| -> Result<(), Infallible> {
        lines(paper, chart, &frame);
        chart.series.iter().for_each(|series| draw(paper, chart, series, &frame));
        Ok(())
    });
    let (text, middle) = (paper.inks.text, frame.top + 0.5 * frame.height);
    let below = (frame.left + 0.5 * frame.width, frame.top + frame.height + 32.0);
    paper.text(below, 12.0, Anchor::Middle, text, &chart.x);
    paper.put(format_args!("<g transform=\"rotate(-90 14 {middle})\">"));
    paper.text((14.0, middle), 12.0, Anchor::Middle, text, &chart.y);
    paper.put(format_args!("</g>"));
    let is_first = |i: usize| chart.series[..i].iter().all(|before| before.name != chart.series[i].name);
    let named = chart.series.iter().enumerate().filter(|(i, _)| is_first(*i));
    let named = named.map(|(_, series)| (series.name.as_str(), series.color)).filter(|(name, _)| !name.is_empty());
    paper.legend(options.height as f32 - FOOT + 14.0, named);
    paper.finish(options)
}

fn lines(paper: &mut Paper, chart: &Chart, frame: &Frame) {
    let quiet = paper.inks.quiet;
    let style = format!("stroke=\"{quiet}\" stroke-dasharray=\"2 4\"");
    let (low, high) = (frame.min, frame.max);
    let along = |d: usize, v: f64| (if chart.logarithmic[d] { v.log10() } else { v }) as f32;
    for (name, value) in &chart.levels {
        let y = along(1, *value);
        let ends = [frame.at([low[0], y]), frame.at([high[0], y])];
        paper.polyline(ends, &style);
        paper.text((ends[1].0 - 6.0, ends[1].1 - 5.0), 10.5, Anchor::End, quiet, name);
    }
    for (name, value) in &chart.marks {
        let x = along(0, *value);
        let ends = [frame.at([x, low[1]]), frame.at([x, high[1]])];
        paper.polyline(ends, &style);
        paper.text((ends[1].0 + 4.0, ends[1].1 + 13.0), 10.5, Anchor::Start, quiet, name);
    }
}

fn draw(paper: &mut Paper, chart: &Chart, series: &Series, frame: &Frame) {
    let color = hex(series.color);
    if series.band.len() == series.points.len() && !series.points.is_empty() {
        let edge = |sign: f64| {
            let shifted = series.points.iter().zip(&series.band).map(move |([x, y], half)| [*x, y + sign * half]);
            shifted.filter_map(|point| chart.place(point)).collect::<Vec<_>>()
        };
        let (upper, lower) = (edge(1.0), edge(-1.0));
        let around = upper.iter().chain(lower.iter().rev()).map(|place| frame.at(*place));
        let mut list = String::new();
        around.for_each(|(x, y)| list += &format!("{x:.2},{y:.2} "));
        paper.put(format_args!("<polygon points=\"{}\" fill=\"{color}\" fill-opacity=\"0.18\"/>", list.trim_end()));
    }
    let places: Vec<_> = series.points.iter().filter_map(|point| chart.place(*point)).map(|at| frame.at(at)).collect();
    let dash = if series.dashed { " stroke-dasharray=\"6 4\"" } else { "" };
    paper.polyline(places.iter().copied(), &format!("stroke=\"{color}\" stroke-width=\"1.6\"{dash}"));
    if series.dots {
        for (x, y) in places {
            paper.put(format_args!("<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"3.2\" fill=\"{color}\"/>"));
        }
    }
}
