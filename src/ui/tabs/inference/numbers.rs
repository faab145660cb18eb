//! The numbers of exact inference for one image.

use egui::{Grid, RichText, Ui};

use super::request::InferenceReply;
use crate::engine::LiveRun;
use crate::format;
use crate::session::Session;
use crate::ui::look::theme;

type Row = (&'static str, String, &'static str);

pub fn show(ui: &mut Ui, session: &Session, run: &LiveRun, answer: &InferenceReply) {
    let mut rows = evidence(answer);
    rows.extend(posterior(answer));
    rows.extend(of_the_run(session, run));
    Grid::new("inference numbers").num_columns(2).spacing([10.0, 3.0]).show(ui, |ui| {
        for (name, value, meaning) in rows {
            ui.label(RichText::new(name).color(theme::quiet(ui))).on_hover_text(meaning);
            ui.label(RichText::new(value).font(theme::number_font()));
            ui.end_row();
        }
    });
}

/// log p(x), and how far the encoder is from it.
fn evidence(answer: &InferenceReply) -> Vec<Row> {
    let evidence = &answer.inference.evidence;
    let mut rows: Vec<Row> = vec![(
        "log p(x)",
        format::short(evidence.log),
        "The evidence of this image, in nats, by quadrature over the plane. Under N(0, I), also for an AE, which never knew it.",
    )];
    if !evidence.has_converged {
        let what = "The last refinement still changed it by more than 0.01 nat: take it with care";
        rows.push(("not converged by", format::short(evidence.change), what));
    }
    let Some((q, gap)) = &answer.inference.encoder else { return rows };
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
    rows
}

/// What p(z|x) is like.
fn posterior(answer: &InferenceReply) -> Vec<Row> {
    let posterior = &answer.inference.posterior;
    let deviation = [posterior.covariance[0].sqrt(), posterior.covariance[2].sqrt()];
    let correlation = posterior.covariance[1] / (deviation[0] * deviation[1]);
    let mode = posterior.modes.first().map_or_else(String::new, |z| format::code(*z));
    let modes = match posterior.modes.len() {
        0 | 1 => "one mode".to_owned(),
        n => format!("{n} modes"),
    };
    vec![
        ("mode", format!("{mode}, {modes}"), "Where p(z|x) is highest, and how many peaks it has that stand out"),
        ("mean", format::code(posterior.mean.map(|v| v as f32)), "∫ z p(z|x) dz"),
        (
            "σ, correlation",
            format!("{}, {correlation:.2}", format::pair(deviation)),
            "Standard deviations of p(z|x) and its correlation, which no diagonal Gaussian has",
        ),
        ("entropy", format::short(posterior.entropy), "−∫ p(z|x) log p(z|x) dz, in nats; the prior's is 2.84"),
    ]
}

fn of_the_run(session: &Session, run: &LiveRun) -> Vec<Row> {
    let mut rows = Vec::new();
    let held_out = run.history.held_out.points().last();
    if let Some(elbo) = held_out.and_then(|(_, terms)| terms.elbo()) {
        rows.push(("mean test ELBO", format::short(elbo), "Over all test images, at the last epoch"));
    }
    let measured = session.findings().measures.get(&run.id).and_then(|m| m.measures.get("log_evidence"));
    if let Some(evidence) = measured {
        let meaning = "Over 500 test images, when the measures were last taken (tab Measures)";
        rows.push(("mean test log p(x)", format::short(evidence.value), meaning));
    }
    rows
}
