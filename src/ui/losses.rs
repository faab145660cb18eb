//! The loss curves of all runs over steps.

use egui::{ComboBox, RichText, Ui};
use egui_plot::{AxisHints, Legend, Line, LineStyle, Plot, PlotPoints, Points};

use super::session::Session;
use super::settings::{Quantity, Settings};
use super::{format, theme};
use crate::train::Curve;

pub fn show(ui: &mut Ui, session: &Session, settings: &mut Settings) {
    ui.horizontal(|ui| {
        let label = ui.label("term").on_hover_text("Which term of the loss is drawn, in nats per image");
        let losses = &mut settings.losses;
        ComboBox::from_id_salt("term")
            .selected_text(losses.quantity.name())
            .show_ui(ui, |ui| {
                for quantity in Quantity::ALL {
                    ui.selectable_value(&mut losses.quantity, quantity, quantity.name());
                }
            })
            .response
            .labelled_by(label.id);
        ui.checkbox(&mut losses.logarithmic, "logarithmic").on_hover_text("A logarithmic vertical axis");
        let note = "nats per image over steps; line: training batches, dots: held-out images once an epoch";
        ui.label(RichText::new(note).small().color(theme::quiet(ui)));
    });
    let (quantity, logarithmic) = (settings.losses.quantity, settings.losses.logarithmic);
    let at = |curve: &Curve| -> PlotPoints<'static> {
        let value = |terms| quantity.of(terms).filter(|v| !logarithmic || *v > 0.0);
        let axis = |v: f64| if logarithmic { v.log10() } else { v };
        curve.points().iter().filter_map(|(step, terms)| Some([*step as f64, axis(value(terms)?)])).collect()
    };
    let back = move |v: f64| if logarithmic { 10f64.powf(v) } else { v };
    let steps = theme::ticks(ui, AxisHints::new_x()).formatter(|mark, _| format::grouped(mark.value.max(0.0) as u64));
    let nats = theme::ticks(ui, AxisHints::new_y()).formatter(move |mark, _| format::tick(back(mark.value)));
    Plot::new("losses")
        .legend(Legend::default().position(egui_plot::Corner::RightTop))
        .custom_x_axes(vec![steps])
        .custom_y_axes(vec![nats])
        .grid_color(theme::grid(ui))
        .allow_boxed_zoom(false)
        .allow_scroll(false)
        .show_x(false)
        .show_y(false)
        .label_formatter(move |hover| match hover {
            egui_plot::HoverPosition::NearDataPoint { plot_name, position, .. } => Some(format!(
                "{plot_name}\nstep {}\n{} nats/image",
                format::grouped(position.x.max(0.0) as u64),
                format::short(back(position.y))
            )),
            egui_plot::HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            let Some(live) = &session.live else { return };
            for (i, run) in live.runs.iter().enumerate() {
                let (name, color) = (run.checkpoint.model.kind, theme::run_color(i));
                plot.line(Line::new(format!("{name} train"), at(&run.history.train)).color(color).width(1.5));
                let held_out = || at(&run.history.held_out);
                plot.line(
                    Line::new(format!("{name} held out"), held_out())
                        .color(color)
                        .style(LineStyle::dashed_dense())
                        .width(1.0),
                );
                plot.points(Points::new(format!("{name} held out"), held_out()).color(color).radius(3.5));
            }
        });
}
