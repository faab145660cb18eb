//! The latent plane: points, class means, posteriors, prior rings, manifold, path and the cursor, over egui_plot's grid.

use egui::{
    Align2, Color32, CursorIcon, EventFilter, FontId, Id, Key, Painter, PointerButton, Pos2, Rect, Response, Role,
    Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use egui_plot::{AxisHints, Plot, PlotBounds, PlotPoint, PlotTransform};

use super::action::Action;
use super::clouds::Scene;
use super::pane::{View, name_of};
use super::session::Session;
use super::settings::{Tab, Tool};
use super::{draw_tab, format, inference_tab, selection, theme};
use crate::config::Code;
use crate::engine::LiveRun;

/// How near, in points, the pointer must come to an end of the path to take hold of it.
const REACH: f32 = 14.0;
/// What scrolling by a point does to the logarithm of the scale.
const ZOOM_A_POINT: f32 = 0.004;

/// What a drag that has begun on the plane moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grip {
    Cursor,
    Waypoint(usize),
    Outline,
}

/// Draws the plane of pane `index` into all the room there is.
pub fn show(ui: &mut Ui, session: &mut Session, index: usize, actions: &mut Vec<Action>) {
    let view = session.panes[index].view;
    let plot = Plot::new(("plane", index))
        .data_aspect(1.0)
        .auto_bounds(false)
        .allow_double_click_reset(false)
        .allow_boxed_zoom(false)
        .allow_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_scroll(false)
        .pan_pointer_button(PointerButton::Secondary)
        .show_x(false)
        .show_y(false)
        .custom_x_axes(vec![theme::ticks(ui, AxisHints::new_x())])
        .custom_y_axes(vec![theme::ticks(ui, AxisHints::new_y()).min_thickness(28.0)])
        .grid_color(theme::grid(ui))
        .sense(Sense::click_and_drag() | Sense::FOCUSABLE)
        .show(ui, |plot| {
            let frame = plot.transform().frame().size();
            plot.set_plot_bounds(with_aspect(view, frame.x / frame.y));
        });
    let (response, transform) = (plot.response, plot.transform);
    let shown = corners(&transform);
    session.panes[index].plane = Some(*transform.frame());
    session.panes[index].plane_id = Some(response.id);
    session.panes[index].shown = Some((shown, transform.frame().size()));
    draw(ui, session, index, &transform);
    interact(ui, session, index, &response, &transform, actions);
    describe(ui, session, index, &response);
}

/// `view` made wider or higher until it has the shape of the frame.
fn with_aspect(view: View, aspect: f32) -> PlotBounds {
    let (width, height) = (view.max[0] - view.min[0], view.height());
    let half = [width.max(height * aspect) / 2.0, height.max(width / aspect) / 2.0];
    let centre = [(view.min[0] + view.max[0]) / 2.0, (view.min[1] + view.max[1]) / 2.0];
    let corner = |sign: f32| [0, 1].map(|d| f64::from(centre[d] + sign * half[d]));
    PlotBounds::from_min_max(corner(-1.0), corner(1.0))
}

fn corners(transform: &PlotTransform) -> (Code, Code) {
    let bounds = transform.bounds();
    (bounds.min().map(|v| v as f32), bounds.max().map(|v| v as f32))
}

/// From codes to points of the screen.
struct Map<'a>(&'a PlotTransform);

impl Map<'_> {
    fn at(&self, z: Code) -> Pos2 {
        self.0.position_from_point(&PlotPoint::new(f64::from(z[0]), f64::from(z[1])))
    }

    /// Points of the screen to one unit of the plane.
    fn scale(&self) -> f32 {
        self.0.dpos_dvalue_x().abs() as f32
    }
}

fn draw(ui: &Ui, session: &mut Session, index: usize, transform: &PlotTransform) {
    let painter = ui.painter().with_clip_rect(transform.frame().intersect(ui.clip_rect()));
    let map = Map(transform);
    let Some(run) = session.run(index).cloned() else { return };
    let overlays = session.overlays(index).clone();
    if let Some(kind) = overlays.field {
        session.ask_field(index, kind, corners(transform));
        session.panes[index].field.draw(&painter, kind, |z| map.at(z));
    }
    if overlays.manifold {
        draw_manifold(&painter, session, index, &map);
    }
    if overlays.rings {
        draw_rings(&painter, &map, ui.visuals().text_color());
    }
    if overlays.points {
        draw_cloud(&painter, session, index, &run, transform);
    }
    if overlays.posteriors {
        draw_posteriors(&painter, session, index, &run, &map);
    }
    if overlays.trails {
        draw_trails(&painter, session, index, &run, &map);
    }
    if overlays.means {
        draw_means(&painter, session, &run, &map);
    }
    if session.settings.tab == Tab::Path {
        draw_path(&painter, session, index, &map, ui.visuals().text_color());
    }
    if matches!(session.settings.tab, Tab::Inference | Tab::Draw) {
        inference_tab::draw(&painter, session, index, |z| map.at(z));
    }
    if let (Tab::Draw, Some(passed)) = (session.settings.tab, &session.panes[index].journey.passed) {
        draw_tab::draw(&painter, passed, session.settings.way, map.scale(), |z| map.at(z));
    }
    if let Some(kind) = overlays.field {
        session.panes[index].field.legend(&painter, kind);
    }
    if let Some((_, corners)) = session.selection.outline.as_ref().filter(|(pane, _)| *pane == index) {
        selection::draw_outline(&painter, corners, ui.visuals().strong_text_color(), |z| map.at(z));
    }
    draw_cursor(&painter, map.at(session.cursor_in(index)));
}

fn draw_manifold(painter: &Painter, session: &mut Session, index: usize, map: &Map) {
    if let Some((texture, min, max)) = session.panes[index].pictures.manifold(painter.ctx()) {
        let rect = Rect::from_two_pos(map.at(min), map.at(max));
        painter.image(texture.id(), rect, Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)), Color32::WHITE);
    }
}

/// The prior N(0, I) at 1, 2 and 3 σ.
fn draw_rings(painter: &Painter, map: &Map, color: Color32) {
    let centre = map.at([0.0, 0.0]);
    for sigmas in 1..=3u8 {
        let radius = f32::from(sigmas) * map.scale();
        painter.circle_stroke(centre, radius, Stroke::new(1.0, color.gamma_multiply(0.45)));
        if map.scale() > 18.0 {
            let at = centre - vec2(0.0, radius);
            outlined(painter, at, Align2::CENTER_BOTTOM, &format!("{sigmas}σ"), color.gamma_multiply(0.8));
        }
    }
}

fn draw_cloud(painter: &Painter, session: &mut Session, index: usize, run: &LiveRun, transform: &PlotTransform) {
    let Some(probe) = session.stage.as_ref().map(|stage| stage.probe.clone()) else { return };
    let pixels_per_point = painter.ctx().pixels_per_point();
    let size = (transform.frame().size() * pixels_per_point).round();
    let size = [size.x as usize, size.y as usize];
    let (view, emphasis) = (corners(transform), session.selection.emphasis.clone());
    let scene = Scene { codes: run.codes.clone(), probe, view, size, pixels_per_point, emphasis };
    session.ask_cloud(index, scene);
    if let Some((texture, (min, max))) = session.panes[index].cloud.get() {
        let map = Map(transform);
        let rect = Rect::from_two_pos(map.at(min), map.at(max));
        painter.image(texture.id(), rect, Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)), Color32::WHITE);
    }
}

/// 1 and 2 σ of q(z|x) for the medoid of each class and for the image at the cursor.
fn draw_posteriors(painter: &Painter, session: &Session, index: usize, run: &LiveRun, map: &Map) {
    let Some(logvar) = &run.codes.logvar else { return };
    let ellipse = |image: usize, color: Color32, width: f32| {
        let (Some(mu), Some(logvar)) = (run.codes.mu.get(image), logvar.get(image)) else { return };
        let sigma = logvar.map(|v| (0.5 * v).exp() * map.scale());
        for sigmas in [1.0, 2.0] {
            let radius = vec2(sigma[0], sigma[1]) * sigmas;
            let halo = Stroke::new(width + 2.0, painter.ctx().global_style().visuals.extreme_bg_color);
            painter.add(Shape::ellipse_stroke(map.at(*mu), radius, halo));
            painter.add(Shape::ellipse_stroke(map.at(*mu), radius, Stroke::new(width, color)));
        }
    };
    for (class, medoid) in run.summary.medoids.iter().enumerate() {
        if let Some(image) = medoid {
            ellipse(*image, theme::class_color(class), 1.5);
        }
    }
    if let Some((image, _)) = session.image_at_cursor(index) {
        ellipse(image, theme::ACCENT, 2.0);
    }
}

fn draw_path(painter: &Painter, session: &Session, index: usize, map: &Map, color: Color32) {
    let settings = &session.settings.path;
    let codes = session.panes[index].way.way.as_ref().map(|way| way.codes.as_slice()).unwrap_or_default();
    let points: Vec<Pos2> = codes.iter().map(|&z| map.at(z)).collect();
    painter.line(points.clone(), Stroke::new(1.5, color));
    for point in &points {
        painter.circle_filled(*point, 2.5, color);
    }
    for (name, &z) in ('A'..='Z').cycle().zip(&settings.points) {
        let background = painter.ctx().global_style().visuals.extreme_bg_color;
        painter.circle(map.at(z), 9.0, color, Stroke::new(1.5, background));
        painter.text(map.at(z), Align2::CENTER_CENTER, name, FontId::proportional(11.5), background);
    }
}

/// How the mean code of each class moved, from the first state that was kept to the one that is shown.
fn draw_trails(painter: &Painter, session: &Session, index: usize, run: &LiveRun, map: &Map) {
    for (class, trail) in session.trails(index, run).into_iter().enumerate() {
        let points: Vec<Pos2> = trail.into_iter().map(|mean| map.at(mean)).collect();
        let halo = Stroke::new(4.0, painter.ctx().global_style().visuals.extreme_bg_color.gamma_multiply(0.8));
        painter.line(points.clone(), halo);
        painter.line(points, Stroke::new(2.0, theme::class_color(class)));
    }
}

/// A labelled mark at the mean code of each class.
fn draw_means(painter: &Painter, session: &Session, run: &LiveRun, map: &Map) {
    let Some(stage) = &session.stage else { return };
    for (class, mean) in run.summary.class_means.iter().enumerate() {
        let Some(mean) = mean else { continue };
        let fill = theme::class_color(class);
        let name = stage.dataset.class_names.get(class).cloned().unwrap_or_default();
        let galley = painter.layout_no_wrap(name, FontId::proportional(12.5), theme::on(fill));
        let size = vec2((galley.size().x + 8.0).max(18.0), 18.0);
        let rect = Rect::from_center_size(map.at(*mean), size);
        painter.rect(rect, 9.0, fill, Stroke::new(1.5, theme::on(fill).gamma_multiply(0.9)), egui::StrokeKind::Outside);
        painter.galley(rect.center() - galley.size() / 2.0, galley, theme::on(fill));
    }
}

fn draw_cursor(painter: &Painter, at: Pos2) {
    for (color, width) in [(Color32::BLACK, 4.5), (Color32::WHITE, 3.0), (theme::ACCENT, 1.5)] {
        let stroke = Stroke::new(width, color);
        painter.circle_stroke(at, 8.0, stroke);
        for direction in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
            painter.line_segment([at + direction * 8.0, at + direction * 14.0], stroke);
        }
    }
}

fn outlined(painter: &Painter, at: Pos2, anchor: Align2, text: &str, color: Color32) {
    let background = painter.ctx().global_style().visuals.extreme_bg_color;
    for offset in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
        painter.text(at + offset, anchor, text, FontId::proportional(11.0), background);
    }
    painter.text(at, anchor, text, FontId::proportional(11.0), color);
}

fn interact(
    ui: &Ui,
    session: &Session,
    index: usize,
    response: &Response,
    transform: &PlotTransform,
    actions: &mut Vec<Action>,
) {
    let map = Map(transform);
    let (min, max) = corners(transform);
    let shown = View { min, max, follows: false };
    if response.double_clicked_by(PointerButton::Secondary) || response.double_clicked_by(PointerButton::Middle) {
        actions.push(Action::Look { pane: index, view: View { follows: true, ..session.panes[index].view } });
        return;
    }
    if response.dragged_by(PointerButton::Secondary) {
        actions.push(Action::Look { pane: index, view: shown });
    }
    if let Some(pointer) = response.hover_pos() {
        let factor = ui.input(|i| i.zoom_delta() * (i.smooth_scroll_delta().y * ZOOM_A_POINT).exp());
        if factor != 1.0 {
            let about = transform.value_from_position(pointer);
            let view = shown.zoomed(factor, [about.x as f32, about.y as f32]);
            actions.push(Action::Look { pane: index, view });
        }
    }
    let memory = Id::unique("grip");
    let pressed = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
    let Some(pointer) = response.interact_pointer_pos().filter(|_| pressed || response.clicked()) else {
        if response.hovered() {
            ui.set_cursor_icon(CursorIcon::Crosshair);
        }
        if response.drag_stopped() {
            if ui.data(|data| data.get_temp::<Grip>(memory)) == Some(Grip::Outline) {
                actions.push(Action::CloseOutline);
            }
            ui.data_mut(|data| data.remove::<Grip>(memory));
        }
        return;
    };
    response.request_focus();
    let settings = &session.settings;
    let at = transform.value_from_position(pointer);
    if ui.input(|i| i.modifiers.command) && settings.tab == Tab::Path {
        if response.clicked() {
            actions.push(Action::AddWaypoint([at.x as f32, at.y as f32]));
        }
        return;
    }
    let near = |z: Code| settings.tab == Tab::Path && map.at(z).distance(pointer) < REACH;
    let grip =
        ui.data(|data| data.get_temp(memory)).unwrap_or(match settings.path.points.iter().position(|&z| near(z)) {
            Some(waypoint) => Grip::Waypoint(waypoint),
            None if settings.tool != Tool::Cursor && pressed => Grip::Outline,
            None => Grip::Cursor,
        });
    ui.data_mut(|data| data.insert_temp(memory, grip));
    let point = transform.value_from_position(pointer);
    let z = [point.x as f32, point.y as f32];
    match grip {
        Grip::Cursor => actions.push(Action::Cursor { pane: index, z }),
        Grip::Waypoint(i) => actions.push(Action::MoveWaypoint(i, z)),
        Grip::Outline => actions.push(Action::Outline { pane: index, z }),
    }
    if !pressed {
        ui.data_mut(|data| data.remove::<Grip>(memory));
    }
}

/// What a screen reader says of the plane; keeps the arrow keys for the cursor while it has the focus.
fn describe(ui: &Ui, session: &Session, index: usize, response: &Response) {
    let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let name = name_of(session, index);
    let z = session.cursor_in(index);
    response.widget_info(|| {
        let label = format!("{name} latent plane, cursor at {}", format::code(z));
        WidgetInfo::labeled(Role::Canvas, true, label)
    });
}

/// How far the arrow keys that are pressed move the cursor, as a fraction of the height of the view; finer with Shift.
pub fn nudge(ui: &Ui) -> Option<(f32, f32)> {
    ui.input(|input| {
        let step = if input.modifiers.shift { 0.002 } else { 0.01 };
        let count = |key: Key| input.num_presses(key) as f32;
        let right = count(Key::ArrowRight) - count(Key::ArrowLeft);
        let up = count(Key::ArrowUp) - count(Key::ArrowDown);
        (right != 0.0 || up != 0.0).then_some((right * step, up * step))
    })
}
