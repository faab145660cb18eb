//! The plane of rate and distortion, along whose frontier one drags to set β.

use egui::{RichText, Ui};

use crate::config::{Beta, PLANE};
use crate::engine::LiveRun;
use crate::explore::Frontier;
use crate::figure::{Chart, Tangent, Theory, Trace, frontier_chart, run_color};
use crate::session::{Action, KlHalves, LARGEST_BETA, Session, Setting};
use crate::ui::look::{chart, theme};

/// A run over rate and distortion, from its first epoch to now; an AE, which has no rate, has no points.
fn trace(session: &Session, run: &LiveRun) -> Trace {
    Trace {
        name: session.name(run),
        color: run_color(run.number),
        beta: run.checkpoint.progress.train.beta.mean,
        points: run.history.held_out.points().iter().filter_map(|(_, t)| Some([t.kl()?, t.recon])).collect(),
    }
}

/// The VAE that follows the settings.
fn followed(session: &Session) -> Option<&LiveRun> {
    session.runs().find(|run| run.checkpoint.model.has_gaussian() && run.origin.is_none())
}

/// The latent dimensions that linear theory is asked about.
pub fn units(session: &Session) -> usize {
    followed(session).map_or(PLANE, |run| run.checkpoint.model.latent)
}

/// Linear theory, with the tangent at the VAE that follows the settings.
fn theory(session: &Session, frontier: Option<Frontier>) -> Option<Theory> {
    let tangent = Tangent::at(&trace(session, followed(session)?));
    Some(Theory { frontier: frontier?, tangent })
}

/// What is seen, and what is exported.
pub fn chart_of(session: &Session, frontier: Option<Frontier>) -> Chart {
    let traces: Vec<Trace> = session.runs().map(|run| trace(session, run)).collect();
    frontier_chart(&traces, theory(session, frontier).as_ref(), Some(session.settings().beta().mean))
}

pub fn show(ui: &mut Ui, session: &Session, frontier: Option<Frontier>, actions: &mut Vec<Action>) {
    ui.label(RichText::new("rate and distortion").strong()).on_hover_text(
        "kl against recon on held-out images, nats per image: each run and each fork from its first epoch to its newest state, a \
         point. Dashed: the frontier of linear VAEs of the same images, rate Σ ½ ln⁺(λ/β) and distortion D₀ − ½ Σ (λ − β)⁺, a curve \
         of its own; crosses: where a unit of theirs dies. Short line: the tangent at the VAE, whose slope is −β if it has learnt all \
         that it can. Drag along the rate to set β as linear theory has it there.",
    );
    let shown = chart_of(session, frontier.clone());
    if shown.series.iter().all(|series| series.points.is_empty()) {
        ui.label(RichText::new("A VAE shows here after its first epoch.").color(theme::quiet(ui)));
        return;
    }
    let height = ui.available_height() - 2.0;
    let (response, dragged) = chart::show_draggable(ui, "frontier", &shown, height);
    if let (Some([kl, _]), Some(theory)) = (dragged, theory(session, frontier)) {
        let beta = theory.frontier.beta(kl);
        actions.push(Action::Set(Setting::Kl(KlHalves::Both)));
        actions.push(Action::Set(Setting::Beta(Beta::both(beta.clamp(0.01, LARGEST_BETA)))));
    }
    response.on_hover_text(format!("Drag sets β (now {})", session.settings().beta()));
}
