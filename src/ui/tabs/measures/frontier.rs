//! The plane of rate and distortion, along whose frontier one drags to set β.

use egui::{RichText, Ui};

use crate::config::{Beta, PLANE};
use crate::engine::LiveRun;
use crate::figure::{Chart, Theory, Trace, frontier_chart, run_color};
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

/// The frontier by linear theory, through the VAE that follows the settings.
fn theory(session: &Session, deaths: Vec<f64>) -> Option<Theory> {
    Theory::through(&trace(session, followed(session)?), units(session), deaths)
}

/// What is seen, and what is exported.
pub fn chart_of(session: &Session, deaths: Vec<f64>) -> Chart {
    let traces: Vec<Trace> = session.runs().map(|run| trace(session, run)).collect();
    frontier_chart(&traces, theory(session, deaths).as_ref(), Some(session.settings().beta().mean))
}

pub fn show(ui: &mut Ui, session: &Session, deaths: Vec<f64>, actions: &mut Vec<Action>) {
    ui.label(RichText::new("rate and distortion").strong()).on_hover_text(
        "kl against recon on held-out images, nats per image: each run from its first epoch to now. Dashed: where linear \
         theory has the frontier near the VAE; its slope is −β, and each latent unit gains ½ nat where β falls by e. \
         Crosses: where linear theory has a unit die. Drag along it to set β.",
    );
    let shown = chart_of(session, deaths.clone());
    if shown.series.iter().all(|series| series.points.is_empty()) {
        ui.label(RichText::new("A VAE shows here after its first epoch.").color(theme::quiet(ui)));
        return;
    }
    let height = ui.available_height() - 2.0;
    let (response, dragged) = chart::show_draggable(ui, "frontier", &shown, height);
    if let (Some([kl, _]), Some(theory)) = (dragged, theory(session, deaths)) {
        let (beta, _) = theory.at_rate(kl);
        actions.push(Action::Set(Setting::Kl(KlHalves::Both)));
        actions.push(Action::Set(Setting::Beta(Beta::both(beta.clamp(0.01, LARGEST_BETA)))));
    }
    response.on_hover_text(format!("Drag sets β (now {})", session.settings().beta()));
}
