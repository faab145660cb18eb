//! Colours, spacing and the look of numbers: one home for what the window looks like.

use egui::{Color32, Context, CornerRadius, FontId, RichText, Stroke, Style, TextStyle, Theme, Ui, Visuals};
use egui_plot::AxisHints;

use crate::engine::LiveRun;
use crate::figure::{self, Ink, class_color as class_rgb, run_color as run_rgb};

pub const ACCENT: Color32 = rgb(figure::ACCENT);
/// The true posterior.
pub const POSTERIOR: Color32 = rgb(figure::POSTERIOR);
pub const WARNING: Color32 = rgb(figure::WARNING);

/// A colour of a figure on the screen.
pub const fn rgb([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// Space between a panel's edge and what is in it, and between groups, in points.
pub const GAP: f32 = 10.0;

pub fn class_color(class: usize) -> Color32 {
    rgb(class_rgb(class))
}

pub fn run_color(run: &LiveRun) -> Color32 {
    rgb(run_rgb(run.number))
}

/// The theme of planes and figures.
pub const fn figure_theme(dark: bool) -> figure::Theme {
    figure::Theme { dark }
}

/// The colour of a grey pixel: ink on paper in the light theme, light on black in the dark one.
pub fn ink(value: u8, dark: bool) -> Color32 {
    Color32::from_gray(figure_theme(dark).grey(value))
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
        style.visuals.extreme_bg_color = rgb(figure_theme(true).rgb(Ink::Ground));
        shape(style, rgb(figure_theme(true).rgb(Ink::Text)));
    });
    ctx.style_mut_of(Theme::Light, |style| {
        style.visuals = Visuals::light();
        style.visuals.panel_fill = Color32::from_rgb(0xf6, 0xf7, 0xf9);
        style.visuals.extreme_bg_color = rgb(figure_theme(false).rgb(Ink::Ground));
        shape(style, rgb(figure_theme(false).rgb(Ink::Text)));
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

/// What went wrong, in a line.
pub fn warn(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).color(WARNING));
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
