//! The numbers of exact inference for one image.

use egui::{Grid, RichText, Ui};

use super::request::{InferenceReply, WordsReply};
use crate::engine::LiveRun;
use crate::explore::inference::{BeyondPlane, Importance};
use crate::format;
use crate::session::Session;
use crate::ui::look::theme;

type Row = (&'static str, String, &'static str);

/// What integrals over the plane say.
pub fn show(ui: &mut Ui, session: &Session, run: &LiveRun, answer: &InferenceReply) {
    let mut rows = evidence(answer);
    rows.extend(posterior(answer));
    rows.extend(of_the_run(session, run));
    grid(ui, rows);
}

/// What sums over all words say.
pub fn of_words(ui: &mut Ui, session: &Session, run: &LiveRun, answer: &WordsReply) {
    let found = &answer.found;
    let mut rows: Vec<Row> = vec![
        (
            "log p(x)",
            format::short(found.log_evidence),
            "The evidence of this image, in nats, exactly: log 1/K Σ p(x|e_k) over all words, each as probable as any other",
        ),
        ("ELBO", format::short(found.elbo), "log p(x|e_k) − ln K of the word that the encoder chose: nats"),
        ("gap", format::short(found.gap()), "log p(x) − ELBO = −ln p(k|x) of the word that the encoder chose, in nats"),
        ("chosen word", words(&answer.chosen), "The word nearest to what the encoder says of the image"),
        ("its p(k|x)", format::short((-found.gap()).exp()), "How probable it is, now that the image is seen"),
        ("words", format::grouped(found.log_posterior.len() as u64), "All of which the sum goes over"),
        ("entropy", format::short(found.entropy()), "−Σ p(k|x) ln p(k|x), in nats; that of the prior is ln K"),
    ];
    rows.extend(of_the_run(session, run));
    grid(ui, rows);
}

/// A code's words, token by token.
pub fn words(code: &[usize]) -> String {
    code.iter().map(usize::to_string).collect::<Vec<_>>().join(" · ")
}

/// What samples say where there is no plane.
pub fn of_samples(ui: &mut Ui, session: &Session, run: &LiveRun, answer: &BeyondPlane) {
    let error = |value: f64, error: f64| format!("{} ± {}", format::short(value), format::short(error));
    let mut rows: Vec<Row> = Vec::new();
    if let Some(exact) = answer.exact {
        rows.push(("log p(x)", format::short(exact), "The evidence of this image, in nats, in closed form"));
    }
    let Importance { estimate, k_hat } = answer.importance;
    rows.extend([
        (
            "log p(x), importance",
            error(estimate.log, estimate.standard_error),
            "By importance sampling from about q(z|x), K = 5,000: log 1/K Σ p(x|z) p(z) / q(z)",
        ),
        (
            "· effective samples",
            format::short(estimate.effective_size),
            "(Σ w)² / Σ w² of 5,000: how many equal weights would say as much (Kong 1992)",
        ),
        (
            "· Pareto k",
            format::short(k_hat),
            "How heavy the weights' tail is: below 0.7 the estimate and its error hold (Vehtari et al. 2024)",
        ),
    ]);
    if let Some(annealed) = answer.annealed {
        rows.extend([
            (
                "log p(x), annealed",
                error(annealed.log, annealed.standard_error),
                "By annealed importance sampling: 200 chains from a Gaussian to the posterior (Neal 2001)",
            ),
            ("· effective chains", format::short(annealed.effective_size), "Of 200"),
        ]);
    }
    rows.extend([
        ("ELBO", error(answer.elbo, answer.elbo_error), "Of the encoder's q(z|x), from 1,000 draws: nats"),
        ("gap", format::short(answer.gap()), "log p(x) − ELBO = KL(q(z|x) || p(z|x)), in nats"),
    ]);
    rows.extend(of_the_run(session, run));
    grid(ui, rows);
}

fn grid(ui: &mut Ui, rows: Vec<Row>) {
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
        "The evidence of this image, in nats, by quadrature over the plane (of principal components in closed form). For an AE \
         under N(0, I), which it never knew.",
    )];
    if !evidence.has_converged {
        let what = "The last refinement still changed it by more than 0.01 nat: take it with care";
        rows.push(("not converged by", format::short(evidence.change), what));
    }
    if evidence.is_contradicted {
        let what = "Importance sampling finds more mass than the integral did, by more than three standard errors: it is too low";
        rows.push(("contradicted", "by samples".to_owned(), what));
    }
    if let Some(check) = &answer.inference.check {
        let what =
            "∫ p(z|x) dz, p(x) being the one above and the integral taken on another grid: 1 if both saw all of it";
        rows.push(("· ∫ p(z|x) dz", format!("{:.4}", check.mass), what));
        if let Some(identity) = check.identity {
            let what = "ELBO + KL(q(z|x) || p(z|x)) − log p(x), in nats, the KL and the p(z|x) in it on grids of their own: 0 if all \
                        three hold";
            rows.push(("· ELBO + KL − log p(x)", format!("{identity:+.4}"), what));
        }
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
    ]);
    if let (Some(objective), Some(amortisation)) = (gap.objective(), gap.amortisation()) {
        rows.extend([
            (
                "· objective",
                format::short(objective),
                "What the best Gaussian for the objective that the run was trained with loses against the best for the ELBO: 0 at β = 1",
            ),
            (
                "· amortisation",
                format::short(amortisation),
                "What the encoder loses in that objective by answering at once instead of searching for the best Gaussian. At β = 1 \
                 the three add up to the gap",
            ),
        ]);
    }
    rows.extend([
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
        ("entropy", format::short(posterior.entropy), "−∫ p(z|x) log p(z|x) dz, in nats; that of N(0, I) is 2.84"),
        (
            "negentropy",
            format::short(posterior.negentropy()),
            "½ ln((2πe)² |C|) − entropy, in nats: how far p(z|x) is from the Gaussian with its covariance C, 0 if it is one",
        ),
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
        let meaning = "Over the test images, when the measures were last taken (tab Measures)";
        rows.push(("mean test log p(x)", format::short(evidence.value), meaning));
    }
    rows
}
