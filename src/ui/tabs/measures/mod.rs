//! The measures of the runs that are shown: taken by the workers with progress, in a table with the runs as columns; and the
//! plane of rate and distortion.

mod classes;
mod frontier;
mod request;
mod table;

use egui::{ProgressBar, RichText, Ui, UiBuilder};

use self::request::{MeasuresRequest, TheoryRequest};
use super::{About, Tab};
use crate::config::Likelihood;
use crate::engine::{Requests, RunId, Workers};
use crate::explore::Frontier;
use crate::explore::measures::{Effort, as_csv};
use crate::format;
use crate::session::{Action, Export, ExportId, Finding, Measured, Notice, Session};
use crate::ui::command::Command;
use crate::ui::export::{Content, Offer, chart_content, checkpoints, figure_name};
use crate::ui::look::theme::{self, GAP};

/// The share of the tab's width that the table takes.
const TABLE: f32 = 0.56;
const FRONTIER: ExportId = ExportId::new("measures", "frontier");
const TABLE_OF_MEASURES: ExportId = ExportId::new("measures", "table");
const CLASSES: ExportId = ExportId::new("measures", "classes");
const NOTHING: &str = "Nothing has been measured yet: press Measure in the tab Measures first.";

pub struct MeasuresTab {
    measures: Requests<RunId, MeasuresRequest>,
    theory: Requests<(), TheoryRequest>,
}

impl MeasuresTab {
    pub fn new(workers: &Workers) -> Self {
        Self { measures: Requests::new(workers), theory: Requests::new(workers) }
    }

    /// The frontier by linear theory, as far as it is known.
    pub fn frontier(&self, session: &Session) -> Option<Frontier> {
        let likelihood = session.settings().likelihood;
        let asked = (frontier::units(session), likelihood == Likelihood::Bernoulli);
        let answer = self.theory.answer(()).filter(|a| (a.request.units, a.request.bernoulli) == asked)?;
        Some(answer.reply.frontier(likelihood))
    }

    /// The β at which it has each unit die.
    pub fn killing_betas(&self, session: &Session) -> Vec<f64> {
        self.frontier(session).map_or_else(Vec::new, |frontier| frontier.deaths().to_vec())
    }

    /// Asks for the measures of the runs that the session wants measured, each in the state in which it is shown, and hands
    /// over what has been found.
    fn update_measures(&mut self, session: &Session, actions: &mut Vec<Action>) {
        let wanted = session.measuring();
        for run in self.measures.poll() {
            if let Some(reason) = self.measures.failure(run) {
                let name = session.state_of(run).map(|run| session.name(run)).unwrap_or_default();
                actions.push(Action::Notify(Notice::error(format!("{name} could not be measured: {reason}"))));
                actions.push(Action::Note(Finding::Unmeasured { run }));
            } else if let Some(answer) = self.measures.answer(run).filter(|answer| answer.is_final) {
                let measured = Measured { of: answer.request.checkpoint.clone(), measures: answer.reply.clone() };
                actions.push(Action::Note(Finding::Measures { run, measured }));
            }
        }
        self.measures.retain(|run| wanted.contains(run));
        let Some(stage) = session.stage() else { return };
        for &run in wanted {
            match session.state_of(run) {
                Some(state) if self.measures.asked(run).is_none() => {
                    let (checkpoint, dataset) = (state.checkpoint.clone(), stage.dataset.clone());
                    self.measures.ask(run, MeasuresRequest { checkpoint, dataset });
                }
                Some(_) => {}
                None => actions.push(Action::Note(Finding::Unmeasured { run })),
            }
        }
    }

    fn controls(&self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let wanted = session.measuring();
        if wanted.is_empty() {
            let meaning = format!(
                "Takes all measures of the run in each pane, in the state that is shown: on up to {} test images and samples, \
                 as `latent-explorer eval --all` does. Training goes on meanwhile",
                format::grouped(Effort::USUAL.images as u64)
            );
            if ui.button("Measure").on_hover_text(meaning).clicked() {
                actions.push(Action::Measure(true));
            }
            if let Some(csv) = csv_of(session) {
                let meaning = "The table as CSV, with intervals, n and units, to the clipboard";
                if ui.button("Copy").on_hover_text(meaning).clicked() {
                    ui.copy_text(csv);
                }
                if ui.button("CSV…").on_hover_text("The same to a file; asks where").clicked() {
                    actions.push(Action::Export(Export { what: TABLE_OF_MEASURES, to: None }));
                }
            }
            let note = "point at a name for its definition, at a number for its n; ± is a 95 % interval, ✔ the better";
            ui.label(RichText::new(note).small().color(theme::quiet(ui)));
            return;
        }
        if ui.button("Stop").on_hover_text("Ends the measuring; what was measured before stays").clicked() {
            actions.push(Action::Measure(false));
        }
        let names = wanted.iter().filter_map(|run| session.state_of(*run)).map(|run| session.name(run));
        let shares: f64 = wanted.iter().filter_map(|run| self.measures.progress(*run)).sum();
        ui.add(ProgressBar::new((shares / wanted.len() as f64) as f32).desired_width(200.0).show_percentage());
        let text = format!("measuring {}", names.collect::<Vec<_>>().join(" and "));
        ui.label(RichText::new(text).small().color(theme::quiet(ui)));
    }
}

/// The measures of the runs that are shown, if there are any.
fn csv_of(session: &Session) -> Option<String> {
    let runs: Vec<_> = session
        .shown_runs()
        .into_iter()
        .filter_map(|run| Some((run, session.findings().measures.get(&run.id)?)))
        .map(|(run, measured)| (session.name(run), &*measured.measures, run.checkpoint.model.likelihood))
        .collect();
    let named: Vec<_> = runs.iter().map(|(name, measures, likelihood)| (&**name, *measures, *likelihood)).collect();
    (!named.is_empty()).then(|| as_csv(&named))
}

impl Tab for MeasuresTab {
    fn about(&self) -> About {
        About {
            id: "measures",
            name: "Measures",
            meaning: "What regular means, in numbers: continuity, completeness, and what they cost",
        }
    }

    fn update(&mut self, session: &Session, actions: &mut Vec<Action>) {
        self.update_measures(session, actions);
        self.theory.poll();
        if let Some(stage) = session.stage().filter(|_| self.is_at_work(session)) {
            let bernoulli = session.settings().likelihood == Likelihood::Bernoulli;
            let (dataset, units) = (stage.dataset.clone(), frontier::units(session));
            self.theory.ask((), TheoryRequest { dataset, units, bernoulli });
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let room = ui.available_rect_before_wrap();
        let (left, right) = room.split_left_right_at_fraction(TABLE);
        ui.scope_builder(UiBuilder::new().max_rect(left), |ui| {
            ui.horizontal(|ui| self.controls(ui, session, actions));
            let height = ui.available_height() - GAP;
            table::show(ui, session, height);
        });
        let theory = self.frontier(session);
        ui.scope_builder(UiBuilder::new().max_rect(right.with_min_x(right.left() + GAP)), |ui| {
            frontier::show(ui, session, theory, actions);
        });
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        match session.measuring().is_empty() {
            true => vec![Command::new("Take all measures", Action::Measure(true))],
            false => vec![Command::new("Stop taking measures", Action::Measure(false))],
        }
    }

    fn exports(&self, session: &Session) -> Vec<Offer> {
        let mut offers = vec![Offer {
            id: FRONTIER,
            title: "Rate and distortion".to_owned(),
            file_name: figure_name(session, "frontier"),
        }];
        let title = "Measures as a table".to_owned();
        offers.push(Offer { id: TABLE_OF_MEASURES, title, file_name: "measures.csv".to_owned() });
        if session.has_classes() {
            let title = "Classes of samples".to_owned();
            offers.push(Offer { id: CLASSES, title, file_name: figure_name(session, "classes") });
        }
        offers
    }

    fn export(&self, what: ExportId, session: &Session) -> Result<Content, String> {
        if what == TABLE_OF_MEASURES {
            let csv = csv_of(session).ok_or(NOTHING)?;
            return Ok(Box::new(move |_, _| Ok(csv.into_bytes())));
        }
        if what == CLASSES {
            let chart = classes::chart_of(session).ok_or(NOTHING)?;
            return Ok(chart_content(chart, session, &checkpoints(session)));
        }
        let chart = frontier::chart_of(session, self.frontier(session));
        Ok(chart_content(chart, session, &checkpoints(session)))
    }
}
