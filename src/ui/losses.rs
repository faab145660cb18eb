//! The loss curves of all runs over steps.

use egui::{Color32, ComboBox, Label, RichText, Ui};
use egui_plot::{AxisHints, HoverPosition, Line, LineStyle, PlotBounds, PlotPoint, PlotPoints, Points};

use super::session::Session;
use super::settings::{LossSettings, Settings};
use super::widgets::dot;
use super::{format, theme};
use crate::figure::{Chart, Quantity, Series, loss_chart};

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
    let LossSettings { quantity, logarithmic } = settings.losses;
    let chart = session.loss_chart(quantity, logarithmic);
    let axis = |v: f64| if logarithmic { v.log10() } else { v };
    let place = |&[x, y]: &[f64; 2]| Some(PlotPoint::new(x, axis(y))).filter(|point| point.y.is_finite());
    let curves: Vec<(&Series, Vec<PlotPoint>)> =
        chart.series.iter().map(|series| (series, series.points.iter().filter_map(place).collect())).collect();
    let back = move |v: f64| if logarithmic { 10f64.powf(v) } else { v };
    let steps = theme::ticks(ui, AxisHints::new_x())
        .label_spacing(56.0..=90.0)
        .formatter(|mark, _| format::grouped(mark.value.max(0.0) as u64));
    let nats = theme::ticks(ui, AxisHints::new_y())
        .label_spacing(12.0..=26.0)
        .formatter(move |mark, _| format::tick(back(mark.value)));
    theme::still(ui, "losses", steps, nats)
        .label_formatter(move |hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } => Some(format!(
                "{plot_name}\nstep {}\n{} nats/image",
                format::grouped(position.x.max(0.0) as u64),
                format::short(back(position.y))
            )),
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            if let Some((low, high)) = chart.ranges[1] {
                let last =
                    chart.series.iter().flat_map(|series| series.points.last()).map(|p| p[0]).fold(1.0, f64::max);
                plot.set_plot_bounds(PlotBounds::from_min_max([-0.01 * last, axis(low)], [1.02 * last, axis(high)]));
            }
            for (series, points) in &curves {
                let [r, g, b] = series.color;
                let color = Color32::from_rgb(r, g, b);
                let name = format!("{} {}", series.name, if series.dashed { "held out" } else { "train" });
                let line = Line::new(name.clone(), PlotPoints::Borrowed(points)).color(color);
                if series.dashed {
                    plot.line(line.style(LineStyle::dashed_dense()).width(1.0));
                    plot.points(Points::new(name, PlotPoints::Borrowed(points)).color(color).radius(3.5));
                } else {
                    plot.line(line.width(1.5));
                }
            }
        });
}

impl Session {
    /// The curves of all runs.
    pub(super) fn loss_chart(&self, quantity: Quantity, logarithmic: bool) -> Chart {
        let runs = self.all_runs().map(|run| (self.name(run), run.id, &*run.history));
        loss_chart(runs, quantity, logarithmic, self.looking)
    }
}
