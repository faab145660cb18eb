//! Colours, spacing and the look of numbers: one home for what the window looks like.

use egui::{Color32, Context, CornerRadius, FontId, Stroke, Style, TextStyle, Theme, Visuals};
use egui_plot::{AxisHints, Plot};

use crate::figure;

pub const ACCENT: Color32 = Color32::from_rgb(0x3d, 0x8b, 0xfd);
/// The true posterior.
pub const POSTERIOR: Color32 = Color32::from_rgb(0xf2, 0x4b, 0x8b);
pub const WARNING: Color32 = Color32::from_rgb(0xe0, 0x6c, 0x4b);

/// Space between a panel's edge and what is in it, and between groups, in points.
pub const GAP: f32 = 10.0;

pub fn class_color(class: usize) -> Color32 {
    let [r, g, b] = figure::class_color(class);
    Color32::from_rgb(r, g, b)
}

pub fn run_color(run: u64) -> Color32 {
    let [r, g, b] = figure::run_color(run);
    Color32::from_rgb(r, g, b)
}

/// Black or white, whichever reads better on `fill`.
pub fn on(fill: Color32) -> Color32 {
    let [r, g, b, _] = fill.to_array().map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 140.0 { Color32::BLACK } else { Color32::WHITE }
}

/// The colour of a grey pixel: ink on paper in the light theme, light on black in the dark one.
pub fn ink(value: u8, dark: bool) -> Color32 {
    Color32::from_gray(if dark { value } else { 255 - value })
}

/// Numbers whose digits are all as wide.
pub fn number_font() -> FontId {
    FontId::monospace(12.5)
}

pub fn install(ctx: &Context) {
    ctx.style_mut_of(Theme::Dark, |style| {
        style.visuals = Visuals::dark();
        style.visuals.panel_fill = Color32::from_rgb(0x1c, 0x1e, 0x23);
        style.visuals.window_fill = Color32::from_rgb(0x24, 0x27, 0x2d);
        style.visuals.extreme_bg_color = Color32::from_rgb(0x10, 0x11, 0x14);
        shape(style, Color32::from_rgb(0xdd, 0xe0, 0xe6));
    });
    ctx.style_mut_of(Theme::Light, |style| {
        style.visuals = Visuals::light();
        style.visuals.panel_fill = Color32::from_rgb(0xf6, 0xf7, 0xf9);
        shape(style, Color32::from_rgb(0x20, 0x24, 0x2c));
    });
}

fn shape(style: &mut Style, text: Color32) {
    for (text_style, size) in
        [(TextStyle::Body, 14.0), (TextStyle::Button, 14.0), (TextStyle::Small, 11.5), (TextStyle::Heading, 17.0)]
    {
        style.text_styles.insert(text_style, FontId::proportional(size));
    }
    style.text_styles.insert(TextStyle::Monospace, number_font());
    style.spacing.item_spacing = egui::vec2(8.0, 6.0);
    style.spacing.button_padding = egui::vec2(8.0, 4.0);
    style.spacing.slider_width = 118.0;
    style.visuals.selection.bg_fill = ACCENT;
    style.visuals.selection.stroke = Stroke::new(1.0, Color32::WHITE);
    style.visuals.hyperlink_color = ACCENT;
    style.visuals.slider_trailing_fill = true;
    let widgets = &mut style.visuals.widgets;
    widgets.noninteractive.fg_stroke.color = text;
    for widget in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active, &mut widgets.open] {
        widget.corner_radius = CornerRadius::same(5);
        widget.fg_stroke.color = text;
    }
}

/// Text that explains rather than says.
pub fn quiet(ui: &egui::Ui) -> Color32 {
    ui.visuals().text_color().gamma_multiply(0.68)
}

/// The lines of a plot's grid.
pub fn grid(ui: &egui::Ui) -> Color32 {
    ui.visuals().text_color().gamma_multiply(0.3)
}

/// The numbers along an axis, as dense on one axis as on the other.
pub fn ticks<'a>(ui: &egui::Ui, axis: AxisHints<'a>) -> AxisHints<'a> {
    axis.label_spacing(24.0..=56.0).tick_label_color(quiet(ui)).tick_label_font(FontId::proportional(11.5))
}

/// A plot that is looked at and not moved.
pub fn still<'a>(ui: &egui::Ui, name: &str, x: AxisHints<'a>, y: AxisHints<'a>) -> Plot<'a> {
    Plot::new(name.to_owned())
        .custom_x_axes(vec![x])
        .custom_y_axes(vec![y])
        .grid_color(grid(ui))
        .allow_boxed_zoom(false)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .show_x(false)
        .show_y(false)
}
