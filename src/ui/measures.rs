//! The measures of the runs in the panes: taken on a thread, one run after the other, with progress, until one has enough.

use std::sync::Arc;

use super::session::Session;
use super::settings::Tab;
use crate::config::Likelihood;
use crate::data::Dataset;
use crate::engine::{Errand, Errands};
use crate::explore::measures::{Effort, Measures, measure};
use crate::explore::unit_variances;
use crate::model::{Checkpoint, Compute, ModelError};

/// Training images that the variances of the data are read from.
const THEORY_IMAGES: usize = 10_000;

/// What is to be measured.
#[derive(Clone)]
pub struct Specimen {
    checkpoint: Arc<Checkpoint>,
    dataset: Arc<Dataset>,
}

/// How far it is.
pub enum Progress {
    /// The share that is done.
    Going(f64),
    Done(Arc<Checkpoint>, Measures),
    /// Stopped, or why it could not be done.
    Ended(Option<String>),
}

/// The measures of a pane's run.
#[derive(Default)]
pub struct PaneMeasures {
    /// The share that is done, while they are being taken.
    pub going: Option<f64>,
    pub failure: Option<String>,
    /// Of which state they are.
    pub of: Option<Arc<Checkpoint>>,
    pub measures: Measures,
}

/// A wish for nothing stops what is going on.
pub type Wish = Option<Specimen>;

pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Errands<Wish, Progress>> {
    let compute = compute.with_threads(1);
    Errands::spawn("measures", wake, move |errand, wish: Wish| {
        let Some(specimen) = wish else { return };
        let result = take(errand, &specimen, compute.clone());
        errand.reply(match result {
            Ok(Some(measures)) => Progress::Done(specimen.checkpoint, measures),
            Ok(None) => Progress::Ended(None),
            Err(error) => Progress::Ended(Some(error.to_string())),
        });
    })
}

fn take(
    errand: &Errand<Wish, Progress>,
    specimen: &Specimen,
    compute: Compute,
) -> Result<Option<Measures>, ModelError> {
    let model = specimen.checkpoint.restore(compute)?;
    measure(&model, &specimen.dataset, Effort::QUICK, &mut |done| {
        errand.reply(Progress::Going(done));
        !errand.is_stale()
    })
}

impl PaneMeasures {
    pub fn receive(&mut self, progress: Progress) {
        match progress {
            Progress::Going(share) => self.going = self.going.map(|_| share),
            Progress::Done(of, measures) => {
                *self = Self { of: Some(of), measures, ..Self::default() };
            }
            Progress::Ended(failure) => (self.going, self.failure) = (None, failure),
        }
    }
}

impl Session {
    /// Measures the run of every pane, in the state that it shows, or stops doing so.
    pub(super) fn measure(&mut self, start: bool) {
        let Some(dataset) = self.stage.as_ref().map(|stage| stage.dataset.clone()) else { return };
        for i in 0..self.panes.len() {
            let checkpoint = self.run(i).map(|run| run.checkpoint.clone()).filter(|_| start);
            self.panes[i].measures.going = checkpoint.as_ref().map(|_| 0.0);
            self.measurer.ask(i, checkpoint.map(|checkpoint| Specimen { checkpoint, dataset: dataset.clone() }));
        }
    }

    pub(super) fn receive_measures(&mut self) {
        for (pane, progress) in self.measurer.replies() {
            if let Some(pane) = self.panes.get_mut(pane) {
                pane.measures.receive(progress);
            }
        }
    }
}

/// Whose variances linear theory is asked for: of pixels in units of p (1 − p), or as they are.
#[derive(Clone)]
pub struct Theory {
    dataset: Arc<Dataset>,
    bernoulli: bool,
}

impl PartialEq for Theory {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.dataset, &other.dataset) && self.bernoulli == other.bernoulli
    }
}

/// What was asked, and its answer.
#[derive(Default)]
pub struct UnitVariances {
    asked: Option<Theory>,
    variances: Vec<f64>,
}

pub fn spawn_theory(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Errands<Theory, Vec<f64>>> {
    let compute = compute.with_threads(1);
    Errands::spawn("theory", wake, move |errand, Theory { dataset, bernoulli }: Theory| {
        let some = dataset.train.spread(THEORY_IMAGES);
        errand.reply(unit_variances(&some.gather(0..some.len()), some.pixels(), bernoulli, &compute));
    })
}

impl Session {
    /// Asks for the variances of the data, unless they are known.
    pub(super) fn request_theory(&mut self) {
        let Some(stage) = self.stage.as_ref().filter(|_| self.settings.tab == Tab::Measures) else { return };
        let theory =
            Theory { dataset: stage.dataset.clone(), bernoulli: self.settings.likelihood == Likelihood::Bernoulli };
        if self.unit_variances.asked.as_ref() != Some(&theory) {
            self.unit_variances = UnitVariances { asked: Some(theory.clone()), variances: Vec::new() };
            self.theorist.ask(0, theory);
        }
        if let Some((_, variances)) = self.theorist.replies().pop() {
            self.unit_variances.variances = variances;
        }
    }

    /// The β at which linear theory has each unit die, as far as it is known.
    pub fn killing_betas(&self) -> Vec<f64> {
        let c = self.settings.likelihood.c().unwrap_or(1.0);
        self.unit_variances.variances.iter().map(|variance| variance / c).collect()
    }
}
