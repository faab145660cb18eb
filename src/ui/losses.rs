//! The loss curves of all runs over steps.

use egui::{Color32, ComboBox, Label, RichText, Ui};
use egui_plot::{AxisHints, HoverPosition, Line, LineStyle, Plot, PlotBounds, PlotPoint, PlotPoints, Points};

use super::session::Session;
use super::settings::{LossSettings, Quantity, Settings};
use super::widgets::dot;
use super::{format, theme};
use crate::train::Curve;

pub fn show(ui: &mut Ui, session: &Session, settings: &mut Settings) {
    ui.horizontal(|ui| {
        let label = ui.label("term");
        let losses = &mut settings.losses;
        ComboBox::from_id_salt("term")
            .selected_text(losses.quantity.name())
            .show_ui(ui, |ui| {
                for quantity in Quantity::ALL {
                    ui.selectable_value(&mut losses.quantity, quantity, quantity.name());
                }
            })
            .response
            .labelled_by(label.id)
            .on_hover_text("Which term of the loss is drawn, in nats per image");
        ui.checkbox(&mut losses.logarithmic, "logarithmic").on_hover_text("A logarithmic vertical axis");
        for run in session.live.iter().flat_map(|live| &live.runs) {
            ui.add_space(theme::GAP);
            dot(ui, theme::run_color(run.id));
            ui.label(session.name(run));
        }
        ui.add_space(theme::GAP);
        let note = "nats per image over steps; line: training batches, dots: held-out images, once an epoch";
        ui.add(Label::new(RichText::new(note).small().color(theme::quiet(ui))).truncate());
    });
    let Some(live) = &session.live else { return };
    let LossSettings { quantity, logarithmic } = settings.losses;
    let series: Vec<Series> = live
        .runs
        .iter()
        .flat_map(|run| {
            let of = |name, curve| Series {
                name: format!("{} {name}", session.name(run)),
                color: theme::run_color(run.id),
                points: points(curve, quantity, logarithmic),
            };
            [of(TRAIN, &run.history.train), of(HELD_OUT, &run.history.held_out)]
        })
        .collect();
    let back = move |v: f64| if logarithmic { 10f64.powf(v) } else { v };
    let steps = theme::ticks(ui, AxisHints::new_x())
        .label_spacing(56.0..=90.0)
        .formatter(|mark, _| format::grouped(mark.value.max(0.0) as u64));
    let nats = theme::ticks(ui, AxisHints::new_y())
        .label_spacing(12.0..=26.0)
        .formatter(move |mark, _| format::tick(back(mark.value)));
    Plot::new("losses")
        .custom_x_axes(vec![steps])
        .custom_y_axes(vec![nats])
        .grid_color(theme::grid(ui))
        .allow_boxed_zoom(false)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .show_x(false)
        .show_y(false)
        .label_formatter(move |hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } => Some(format!(
                "{plot_name}\nstep {}\n{} nats/image",
                format::grouped(position.x.max(0.0) as u64),
                format::short(back(position.y))
            )),
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            if let Some(bounds) = bounds(&series) {
                plot.set_plot_bounds(bounds);
            }
            for Series { name, color, points } in &series {
                let line = Line::new(name.clone(), PlotPoints::Borrowed(points)).color(*color);
                if name.ends_with(TRAIN) {
                    plot.line(line.width(1.5));
                } else {
                    plot.line(line.style(LineStyle::dashed_dense()).width(1.0));
                    plot.points(Points::new(name.clone(), PlotPoints::Borrowed(points)).color(*color).radius(3.5));
                }
            }
        });
}

const TRAIN: &str = "train";
const HELD_OUT: &str = "held out";

struct Series {
    name: String,
    color: Color32,
    points: Vec<PlotPoint>,
}

/// Those that the model has and that the axis can show.
fn points(curve: &Curve, quantity: Quantity, logarithmic: bool) -> Vec<PlotPoint> {
    let value = |terms| quantity.of(terms).filter(|v| v.is_finite() && (!logarithmic || *v > 0.0));
    let axis = |v: f64| if logarithmic { v.log10() } else { v };
    curve.points().iter().filter_map(|(step, terms)| Some(PlotPoint::new(*step as f64, axis(value(terms)?)))).collect()
}

/// All steps, and the values after the first of them, whose fall would flatten all that comes later.
fn bounds(series: &[Series]) -> Option<PlotBounds> {
    let all = || series.iter().flat_map(|series| &series.points);
    let last = all().map(|p| p.x).fold(1.0, f64::max);
    let settled = all().filter(|p| p.x >= 0.05 * last).map(|p| p.y);
    let (low, high) = settled.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    let margin = (0.08 * (high - low)).max(1e-6);
    (low <= high).then(|| PlotBounds::from_min_max([-0.01 * last, low - margin], [1.02 * last, high + margin]))
}
