//! A chart on the screen: the same curves, ranges and ticks that a figure of it has, with a tooltip for the nearest point.

use egui::{Color32, RichText, Stroke, Ui};
use egui_plot::{
    AxisHints, GridMark, HLine, HoverPosition, Line, LineStyle, MarkerShape, Plot, PlotBounds, PlotPoint, PlotPoints,
    PlotUi, Points, Polygon, VLine,
};

use super::theme;
use super::widgets::dot;
use crate::figure::{Axis, Chart, Ink, Marker, Rule, Series, Tick};
use crate::format;

/// Pixels from tick to tick, roughly, along x and along y.
const SPACING: [f32; 2] = [90.0, 36.0];

/// The names of the series with their colours, each once.
pub fn legend(ui: &mut Ui, chart: &Chart) {
    ui.horizontal_wrapped(|ui| {
        for (i, series) in chart.series.iter().enumerate() {
            let is_first = chart.series[..i].iter().all(|before| before.name != series.name);
            if is_first && !series.name.is_empty() {
                dot(ui, theme::rgb(series.color));
                ui.label(RichText::new(&series.name).small());
            }
        }
    });
}

pub fn show(ui: &mut Ui, name: &str, chart: &Chart, height: f32) -> egui::Response {
    show_draggable(ui, name, chart, height).0
}

/// The same; where the pointer is dragged in it, in the values of the axes.
pub fn show_draggable(ui: &mut Ui, name: &str, chart: &Chart, height: f32) -> (egui::Response, Option<[f64; 2]>) {
    let axes = chart.axes();
    let size = [ui.available_width() - 56.0, height - 40.0];
    let ticks = [0, 1].map(|d| axes[d].ticks(size[d].max(40.0), SPACING[d]));
    let back = [0, 1].map(|d| move |v: f64| axes[d].value(v));
    let names = [chart.x.clone(), chart.y.clone()];
    let plot = plot(ui, name, &ticks)
        .height(height)
        .label_formatter(move |hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                let [x, y] = [back[0](position.x), back[1](position.y)].map(format::tick);
                Some(format!("{plot_name}\n{}: {x}\n{}: {y}", names[0], names[1]))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            plot.set_plot_bounds(PlotBounds::from_min_max([0.0; 2], [1.0; 2]));
            let dark = plot.ctx().global_style().visuals.dark_mode;
            for rule in &chart.levels {
                if let Some(at) = share(&axes[1], rule.value) {
                    plot.hline(
                        HLine::new(rule.name.clone(), at).color(ink(rule, dark)).style(LineStyle::dashed_dense()),
                    );
                }
            }
            for rule in &chart.uprights {
                if let Some(at) = share(&axes[0], rule.value) {
                    plot.vline(
                        VLine::new(rule.name.clone(), at).color(ink(rule, dark)).style(LineStyle::dashed_dense()),
                    );
                }
            }
            chart.series.iter().for_each(|series| draw(plot, series, &axes));
            plot.pointer_coordinate().filter(|_| plot.response().dragged())
        });
    let dragged = plot.inner.map(|PlotPoint { x, y }| [axes[0].value(x), axes[1].value(y)]);
    (plot.response, dragged)
}

/// A plot over the unit square that is looked at and not moved, with ticks at their shares of the axes.
fn plot<'a>(ui: &Ui, name: &str, ticks: &[Vec<Tick>; 2]) -> Plot<'a> {
    let axis = |hints: AxisHints<'a>, ticks: &[Tick]| {
        let texts: Vec<(f64, String)> = ticks.iter().map(|tick| (f64::from(tick.share), tick.text.clone())).collect();
        theme::ticks(ui, hints).label_spacing(2.0..=4.0).formatter(move |mark, _| {
            let nearest = texts.iter().find(|(at, _)| (at - mark.value).abs() < 1e-4);
            nearest.map_or(String::new(), |(_, text)| text.clone())
        })
    };
    let marks = |ticks: &[Tick]| {
        let marks: Vec<f64> = ticks.iter().map(|tick| f64::from(tick.share)).collect();
        move |_| marks.iter().map(|&value| GridMark { value, step_size: 1.0 }).collect()
    };
    Plot::new(name.to_owned())
        .custom_x_axes(vec![axis(AxisHints::new_x(), &ticks[0])])
        .custom_y_axes(vec![axis(AxisHints::new_y(), &ticks[1])])
        .x_grid_spacer(marks(&ticks[0]))
        .y_grid_spacer(marks(&ticks[1]))
        .grid_color(theme::grid(ui))
        .allow_boxed_zoom(false)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_double_click_reset(false)
        .show_x(false)
        .show_y(false)
}

fn share(axis: &Axis, value: f64) -> Option<f64> {
    axis.share(value).map(f64::from)
}

fn ink(rule: &Rule, dark: bool) -> Color32 {
    match rule.ink {
        Ink::Text => theme::rgb(theme::figure_theme(dark).rgb(Ink::Quiet)),
        ink => theme::rgb(theme::figure_theme(dark).rgb(ink)),
    }
}

fn draw(plot: &mut PlotUi, series: &Series, axes: &[Axis; 2]) {
    let color = theme::rgb(series.color);
    let place = |[x, y]: [f64; 2]| Some([share(&axes[0], x)?, share(&axes[1], y)?]);
    band(plot, series, color, &place);
    let places: Vec<[f64; 2]> = series.points.iter().filter_map(|point| place(*point)).collect();
    let is_line = series.marker.is_none() || places.len() > 1;
    if is_line {
        let line = Line::new(series.name.clone(), PlotPoints::from(places.clone())).color(color);
        let line = if series.dashed { line.style(LineStyle::dashed_dense()).width(1.0) } else { line.width(1.6) };
        plot.line(line);
    }
    if let Some(marker) = series.marker {
        let (shape, radius) = match marker {
            Marker::Dot => (MarkerShape::Circle, if is_line { 3.0 } else { 5.0 }),
            Marker::Cross => (MarkerShape::Cross, 6.0),
        };
        let points = Points::new(series.name.clone(), PlotPoints::from(places)).shape(shape);
        plot.points(points.color(color).radius(radius));
    }
}

/// The band about a curve. A polygon must be convex: one quadrilateral a step.
fn band(plot: &mut PlotUi, series: &Series, color: Color32, place: &dyn Fn([f64; 2]) -> Option<[f64; 2]>) {
    let edge = |sign: f64| {
        let points = series.points.iter().zip(&series.band);
        points.map(|([x, y], half)| place([*x, y + sign * half])).collect::<Vec<_>>()
    };
    let (upper, lower) = (edge(1.0), edge(-1.0));
    for (above, below) in upper.windows(2).zip(lower.windows(2)) {
        if let (&[Some(a), Some(b)], &[Some(d), Some(c)]) = (above, below) {
            let part = Polygon::new("", vec![a, b, c, d]).fill_color(color.gamma_multiply(0.2));
            plot.polygon(part.stroke(Stroke::NONE).allow_hover(false));
        }
    }
}
