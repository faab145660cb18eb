//! The tab of exact inference: numbers, Bayes' rule in four planes, and why samples alone do not do.

use egui::{Color32, Grid, Image, Painter, Rect, RichText, ScrollArea, Shape, Stroke, Ui, pos2, vec2};
use egui_plot::{AxisHints, HLine, Line, LineStyle, PlotBounds, PlotPoints, Polygon};

use super::action::Action;
use super::format;
use super::inference::{Answer, NATS};
use super::pane::name_of;
use super::pictures::inked;
use super::session::Session;
use super::settings::Settings;
use super::theme::{self, GAP};
use super::widgets::dot;
use crate::config::Code;
use crate::explore::inference::{DiagonalGaussian, GradientSpread, Sampled};
use crate::figure::{Chart, estimate_chart};

/// Widths of the columns, in points.
const NUMBERS: f32 = 290.0;
const IMAGE: f32 = 64.0;
const SAMPLES: f32 = 330.0;

/// Name, formula and meaning of each plane.
const PLANES: [(&str, &str, &str); 4] = [
    ("prior", "p(z) = N(0, I)", "Where codes are before anything is seen, on [−4, 4]²"),
    (
        "likelihood",
        "p(x|z)",
        "How well each code explains the image; by its logarithm, from the best to 200 nats below",
    ),
    ("evidence", "p(x) = ∫ p(z) p(x|z) dz", "Prior times likelihood, whose integral is p(x); by its logarithm as well"),
    (
        "posterior",
        "p(z|x) = p(z) p(x|z) / p(x)",
        "Where the image's code is, enlarged. Blue: the encoder's q(z|x) at 1 and 2 σ. Dashed: the best diagonal Gaussian.",
    ),
];

pub fn show(ui: &mut Ui, session: &mut Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    let pane = session.active_pane.min(session.panes.len().saturating_sub(1));
    ui.horizontal(|ui| controls(ui, session, pane, settings, actions));
    if let Some(failure) = session.panes.get(pane).and_then(|pane| pane.inference.failure.clone()) {
        ui.label(RichText::new(failure).color(theme::WARNING));
        return;
    }
    let Some(answer) = session.panes.get(pane).and_then(|pane| pane.inference.answer.clone()) else {
        ui.label(RichText::new("Integrating over the plane…").color(theme::quiet(ui)));
        return;
    };
    let (ctx, room) = (ui.ctx().clone(), ui.available_size());
    session.panes[pane].inference.repaint(&ctx);
    // Whatever the panel's height is, which must not follow from its content.
    let height = room.y - GAP;
    let rest = room.x - NUMBERS - IMAGE - SAMPLES - 7.0 * GAP;
    let side = (rest / 4.0).min(height - 44.0).max(64.0);
    ScrollArea::both().id_salt("inference tab").auto_shrink(false).max_height(height).show(ui, |ui| {
        ui.horizontal_top(|ui| columns(ui, session, pane, &answer, vec2(side, height)));
    });
}

fn columns(ui: &mut Ui, session: &mut Session, pane: usize, answer: &Answer, size: egui::Vec2) {
    let (side, height) = (size.x, size.y);
    ui.allocate_ui(vec2(NUMBERS, height), |ui| {
        ui.set_width(NUMBERS);
        ScrollArea::vertical().id_salt("numbers").max_height(height).show(ui, |ui| numbers(ui, session, answer));
    });
    planes(ui, session, pane, answer, side);
    ui.vertical(|ui| match &answer.sampled {
        Some(sampled) => samples(ui, sampled, answer.inference.evidence.log, height),
        None => {
            let text = match (answer.inference.encoder.is_some(), session.training) {
                (false, _) => "An AE gives no Gaussian to sample from.",
                (true, true) => "Pause the training to draw estimates of log p(x) from samples.",
                (true, false) => "Drawing samples…",
            };
            ui.set_width(SAMPLES);
            ui.label(RichText::new(text).color(theme::quiet(ui)));
        }
    });
}

fn controls(ui: &mut Ui, session: &mut Session, pane: usize, settings: &mut Settings, actions: &mut Vec<Action>) {
    let run = session.panes.get(pane).map_or(0, |pane| pane.run);
    dot(ui, theme::run_color(run));
    ui.label(RichText::new(name_of(session, pane)).strong()).on_hover_text("The pane that was last pointed at");
    ui.add_space(GAP);
    ui.label("of");
    ui.radio_value(&mut settings.infer_drawing, false, "the image at the cursor")
        .on_hover_text("The image whose code lies nearest the cursor; drag the cursor to go through the images");
    ui.add_enabled_ui(session.drawing.image.is_some(), |ui| {
        ui.radio_value(&mut settings.infer_drawing, true, "the drawing").on_hover_text("What is in the tab Draw");
    });
    ui.add_space(GAP);
    let zoom = ui.button("Zoom to the posterior").on_hover_text("Shows where p(z|x) is large in this pane's plane");
    if let (true, Some(view)) = (zoom.clicked(), session.posterior_view(pane)) {
        actions.push(Action::Look { pane, view });
    }
    if ui.button("Whole plane").on_hover_text("Has the plane follow its codes again").clicked()
        && let Some(mut view) = session.panes.get(pane).map(|pane| pane.view)
    {
        view.follows = true;
        (view.min, view.max) = ([0.0; 2], [0.0; 2]);
        actions.push(Action::Look { pane, view });
    }
}

fn numbers(ui: &mut Ui, session: &Session, answer: &Answer) {
    let evidence = &answer.inference.evidence;
    let posterior = &answer.inference.posterior;
    let mut rows: Vec<(&str, String, &str)> = vec![(
        "log p(x)",
        format::short(evidence.log),
        "The evidence of this image, in nats, by quadrature over the plane. Under N(0, I), also for an AE, which never knew it.",
    )];
    if !evidence.has_converged {
        let what = "The last refinement still changed it by more than 0.01 nat: take it with care";
        rows.push(("not converged by", format::short(evidence.change), what));
    }
    if let Some((q, gap)) = &answer.inference.encoder {
        rows.extend([
            (
                "ELBO",
                format::short(gap.elbo),
                "Of the encoder's q(z|x), its expectation by quadrature: nats, never above log p(x)",
            ),
            ("gap", format::short(gap.whole()), "log p(x) − ELBO = KL(q(z|x) || p(z|x)), in nats"),
            (
                "· approximation",
                format::short(gap.approximation()),
                "What no diagonal Gaussian could do better: log p(x) less the best ELBO of any (Cremer et al. 2018)",
            ),
            (
                "· amortisation",
                format::short(gap.amortisation()),
                "What the encoder loses by answering at once instead of searching for the best Gaussian",
            ),
            ("encoder σ", format::pair(q.sigma), "σ of q(z|x)"),
            ("best σ", format::pair(gap.best.sigma), "σ of the diagonal Gaussian with the highest ELBO for this image"),
        ]);
    }
    let deviation = [posterior.covariance[0].sqrt(), posterior.covariance[2].sqrt()];
    let correlation = posterior.covariance[1] / (deviation[0] * deviation[1]);
    let mode = posterior.modes.first().map_or_else(String::new, |z| format::code(*z));
    let modes = match posterior.modes.len() {
        0 | 1 => "one mode".to_owned(),
        n => format!("{n} modes"),
    };
    rows.extend([
        ("mode", format!("{mode}, {modes}"), "Where p(z|x) is highest, and how many peaks it has that stand out"),
        ("mean", format::code(posterior.mean.map(|v| v as f32)), "∫ z p(z|x) dz"),
        (
            "σ, correlation",
            format!("{}, {correlation:.2}", format::pair(deviation)),
            "Standard deviations of p(z|x) and its correlation, which no diagonal Gaussian has",
        ),
        ("entropy", format::short(posterior.entropy), "−∫ p(z|x) log p(z|x) dz, in nats; the prior's is 2.84"),
    ]);
    let held_out = session.run(session.active_pane).and_then(|run| run.history.held_out.points().last());
    if let Some(elbo) = held_out.and_then(|(_, terms)| terms.elbo()) {
        rows.push(("mean test ELBO", format::short(elbo), "Over all test images, at the last epoch"));
    }
    let measured = session.panes.get(session.active_pane).and_then(|pane| pane.measures.measures.get("log_evidence"));
    if let Some(evidence) = measured {
        let meaning = "Over 500 test images, when the measures were last taken (tab Measures)";
        rows.push(("mean test log p(x)", format::short(evidence.value), meaning));
    }
    Grid::new("inference numbers").num_columns(2).spacing([10.0, 3.0]).show(ui, |ui| {
        for (name, value, meaning) in rows {
            ui.label(RichText::new(name).color(theme::quiet(ui))).on_hover_text(meaning);
            ui.label(RichText::new(value).font(theme::number_font()));
            ui.end_row();
        }
    });
}

fn planes(ui: &mut Ui, session: &mut Session, pane: usize, answer: &Answer, side: f32) {
    if let (Some(image), Some(stage)) = (session.inferred_image(), session.stage.clone()) {
        let dark = ui.visuals().dark_mode;
        let ctx = ui.ctx().clone();
        ui.vertical(|ui| {
            ui.label(RichText::new("x").strong()).on_hover_text("The image that is asked about");
            let bytes: Vec<u8> = image.iter().map(|v| (255.0 * v) as u8).collect();
            let texture = session.panes[pane]
                .inference
                .image
                .get(&ctx, (bytes.clone(), dark), || inked(&bytes, stage.probe.cols, stage.probe.rows, dark));
            ui.add(
                Image::new((texture, vec2(IMAGE, IMAGE))).corner_radius(2.0).alt_text("the image that is asked about"),
            );
        });
    }
    for ((name, formula, meaning), texture) in PLANES.into_iter().zip(&session.panes[pane].inference.planes) {
        ui.vertical(|ui| {
            ui.label(RichText::new(name).strong()).on_hover_text(meaning);
            let picture = Image::new((texture.id(), vec2(side, side))).corner_radius(2.0);
            let picture = ui.add(picture.alt_text(format!("{name} {formula}"))).on_hover_text(meaning);
            if name == "posterior" {
                ellipses(&ui.painter().with_clip_rect(picture.rect), picture.rect, answer);
            }
            let formula = match name {
                "evidence" => format!("∫ = e^{}", format::short(answer.inference.evidence.log)),
                _ => formula.to_owned(),
            };
            ui.label(RichText::new(formula).small().color(theme::quiet(ui)))
                .on_hover_text(format!("Planes of p(x|z) show {NATS} nats"));
        });
    }
}

/// The encoder's Gaussian and the best one, over the plane of the posterior.
fn ellipses(painter: &Painter, rect: Rect, answer: &Answer) {
    let Some((q, gap)) = &answer.inference.encoder else { return };
    let (min, max) = (answer.zoom.min, answer.zoom.max);
    let scale = rect.width() / (max[0] - min[0]);
    let at = |z: Code| pos2(rect.left() + (z[0] - min[0]) * scale, rect.bottom() - (z[1] - min[1]) * scale);
    let outline = |gaussian: &DiagonalGaussian, sigmas: f32| {
        let (mu, sigma) = (gaussian.mu.map(|v| v as f32), gaussian.sigma.map(|v| v as f32));
        let around = (0..=60u8).map(|i| (f32::from(i) / 60.0 * std::f32::consts::TAU).sin_cos());
        around
            .map(|(sin, cos)| at([mu[0] + sigmas * sigma[0] * cos, mu[1] + sigmas * sigma[1] * sin]))
            .collect::<Vec<_>>()
    };
    for sigmas in [1.0, 2.0] {
        painter.add(Shape::line(outline(q, sigmas), Stroke::new(1.5, theme::ACCENT)));
        painter.extend(Shape::dashed_line(&outline(&gap.best, sigmas), Stroke::new(1.2, theme::POSTERIOR), 4.0, 3.0));
    }
}

fn samples(ui: &mut Ui, sampled: &Sampled, log_evidence: f64, height: f32) {
    ui.set_width(SAMPLES);
    let chart = estimate_chart(sampled, log_evidence);
    ui.label(RichText::new("log p(x) from K samples").strong()).on_hover_text(
        "Naive: the mean of p(x|z) over draws from the prior, nearly all of which miss. Importance sampling from q(z|x) weighs \
         its draws by p(x|z) p(z) / q(z|x) (the IWAE bound): why a VAE needs its encoder. Bands: one standard deviation over \
         draws. Line: the exact value, by quadrature.",
    );
    ui.horizontal(|ui| {
        for series in &chart.series {
            let [r, g, b] = series.color;
            dot(ui, Color32::from_rgb(r, g, b));
            ui.label(RichText::new(&series.name).small());
        }
    });
    let height = (height - 118.0).max(48.0);
    let counts = AxisHints::new_x().formatter(|mark, _| format::grouped(10f64.powf(mark.value).round() as u64));
    theme::still(ui, "estimates", theme::ticks(ui, counts), theme::ticks(ui, AxisHints::new_y())).height(height).show(
        ui,
        |plot| {
            if let Some((low, high)) = chart.ranges[1] {
                plot.set_plot_bounds(PlotBounds::from_min_max([-0.1, low], [4.1, high]));
            }
            for series in &chart.series {
                let [r, g, b] = series.color;
                let color = Color32::from_rgb(r, g, b);
                let edge = |sign: f64| {
                    series.points.iter().zip(&series.band).map(move |(p, half)| [p[0].log10(), p[1] + sign * half])
                };
                let outline: Vec<[f64; 2]> = edge(1.0).chain(edge(-1.0).rev()).collect();
                // A polygon must be convex: one quadrilateral a step.
                let n = series.points.len();
                for i in 0..n.saturating_sub(1) {
                    let corners = vec![outline[i], outline[i + 1], outline[2 * n - 2 - i], outline[2 * n - 1 - i]];
                    plot.polygon(
                        Polygon::new("", corners)
                            .fill_color(color.gamma_multiply(0.2))
                            .stroke(Stroke::NONE)
                            .allow_hover(false),
                    );
                }
                let line: PlotPoints = series.points.iter().map(|p| [p[0].log10(), p[1]]).collect();
                plot.line(Line::new(series.name.clone(), line).color(color).width(1.8));
            }
            plot.hline(HLine::new("quadrature", log_evidence).color(theme::WARNING).style(LineStyle::dashed_dense()));
        },
    );
    gradients(ui, &sampled.gradients);
}

/// Variances of both estimators, side by side.
fn gradients(ui: &mut Ui, spread: &GradientSpread) {
    Grid::new("gradients").num_columns(5).spacing([12.0, 2.0]).show(ui, |ui| {
        let meaning = "Variance of the gradient of the ELBO for this image from one sample, over the same 1,000 samples: by \
                       z = μ + σ·ε (why the reparameterisation), and by the score function, which knows no slope of the decoder";
        ui.label(RichText::new("gradient variance").small().color(theme::quiet(ui))).on_hover_text(meaning);
        for name in ["∂μ₀", "∂μ₁", "∂σ₀", "∂σ₁"] {
            ui.label(RichText::new(name).small().color(theme::quiet(ui)));
        }
        ui.end_row();
        for (name, values) in
            [("reparameterised", spread.reparameterised_variance), ("score function", spread.score_variance)]
        {
            ui.label(RichText::new(name).small()).on_hover_text(meaning);
            for value in values {
                ui.label(RichText::new(format!("{value:.1e}")).font(theme::number_font()).small());
            }
            ui.end_row();
        }
    });
}

/// The true posterior over a pane's plane, under the encoder's ellipse; where each code is, `at` says.
pub fn draw(painter: &Painter, session: &Session, pane: usize, at: impl Fn(Code) -> egui::Pos2) {
    let inference = &session.panes[pane].inference;
    let (Some(overlay), Some(answer)) = (&inference.overlay, &inference.answer) else { return };
    let rect = Rect::from_two_pos(at(answer.zoom.min), at(answer.zoom.max));
    painter.image(overlay.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, theme::POSTERIOR.gamma_multiply(0.5)), egui::StrokeKind::Outside);
    if let Some((q, _)) = &answer.inference.encoder {
        let centre = at(q.mu.map(|v| v as f32));
        let scale = (at([1.0, 0.0]).x - at([0.0, 0.0]).x).abs();
        for sigmas in [1.0, 2.0] {
            let radius = vec2(q.sigma[0] as f32, q.sigma[1] as f32) * sigmas * scale;
            painter.add(Shape::ellipse_stroke(centre, radius, Stroke::new(1.5, theme::ACCENT)));
        }
    }
}

/// The answers of the threads, into their panes.
pub fn receive(session: &mut Session, ctx: &egui::Context) {
    for (pane, reply) in session.inferrer.replies() {
        if let Some(pane) = session.panes.get_mut(pane) {
            pane.inference.receive(ctx, reply);
        }
    }
}

impl Session {
    /// The estimates of the pane last pointed at, if they have been drawn.
    pub(super) fn estimates(&self) -> Option<Chart> {
        let answer = self.panes.get(self.active_pane)?.inference.answer.as_ref()?;
        Some(estimate_chart(answer.sampled.as_ref()?, answer.inference.evidence.log))
    }
}
