//! The runs of a session as the trainer thread holds them: what they learn with, what is known of them, their timelines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::kept::{Kept, KeptRun, Origin, State};
use super::messages::{Event, Live, LiveRun, Stage};
use super::timeline::{Timeline, thin};
use super::{RunId, SessionId};
use crate::config::PlaneChoice;
use crate::explore::Summary;
use crate::explore::dimensions::of_all;
use crate::model::{Checkpoint, Codes, Frozen, ModelError, Places, Plane};
use crate::progress::Progress;
use crate::train::{LockStep, Run};

/// At most twenty states a second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Publishing may take a quarter of the time at most: it pauses for three times as long as it took.
const PAUSE_FACTOR: u32 = 3;
/// Images of the probe that are encoded between two looks at whether the program closes.
const CHUNK: usize = 1_000;
/// The rate is measured over at least this long.
const RATE_WINDOW: Duration = Duration::from_millis(500);

/// Gives each run an id that no other has had.
#[derive(Default)]
pub struct RunIds(u64);

impl RunIds {
    fn next(&mut self) -> RunId {
        self.0 += 1;
        RunId(self.0 - 1)
    }

    /// Gives no id up to this one any more.
    fn pass(&mut self, RunId(id): RunId) {
        self.0 = self.0.max(id.saturating_add(1));
    }
}

/// All runs of a session.
pub struct Runs {
    pub lockstep: LockStep,
    pub stage: Stage,
    pub publish_at: Instant,
    pub rate: Rate,
    /// Of each run in `lockstep`.
    known: Vec<Known>,
    timelines: Vec<Timeline>,
    /// Runs that there have been.
    entered: usize,
    /// Of the data set, once it has been asked for.
    hash: Option<String>,
}

/// What is known of a run besides what it learns with.
struct Known {
    id: RunId,
    number: usize,
    origin: Option<Arc<Origin>>,
    plane: PlaneChoice,
    /// What its codes were when it was last well.
    seen: Seen,
    failure_reported: bool,
}

/// The codes of the probe, and how they lie in the plane.
#[derive(Default)]
struct Seen {
    codes: Arc<Codes>,
    plane: Arc<Plane>,
    places: Arc<Places>,
    summary: Summary,
}

impl Runs {
    /// The runs of a session that begins; the codes of `probe` test images will be streamed.
    pub fn new(session: SessionId, lockstep: LockStep, probe: usize, ids: &mut RunIds) -> Self {
        let mut runs = Self::unknown(session, lockstep, probe);
        (0..runs.lockstep.runs.len()).for_each(|_| runs.enter(None, ids));
        runs
    }

    /// Those of an earlier session, as they were there.
    pub fn restored(session: SessionId, mut lockstep: LockStep, kept: &Kept, ids: &mut RunIds) -> Self {
        for (run, kept) in lockstep.runs.iter_mut().zip(&kept.runs) {
            (run.recent, run.failure) = (kept.newest.terms, kept.failure.clone());
        }
        let mut runs = Self::unknown(session, lockstep, kept.probe);
        (runs.entered, runs.hash) = (kept.entered, Some(kept.hash.clone()));
        for kept in &kept.runs {
            ids.pass(kept.id);
            let live = |state: &State| {
                let plane = &state.checkpoint.plane;
                let places = plane.places(&state.codes);
                LiveRun {
                    id: kept.id,
                    number: kept.number,
                    origin: kept.origin.clone(),
                    checkpoint: state.checkpoint.clone(),
                    full: state.codes.clone(),
                    summary: runs.summary(&places, &state.codes),
                    codes: Arc::new(places),
                    terms: state.terms,
                    history: state.history.clone(),
                }
            };
            let LiveRun { checkpoint, codes: places, full: codes, summary, .. } = live(&kept.newest);
            let timeline = Timeline::of(kept.states.iter().map(live).collect());
            runs.known.push(Known {
                id: kept.id,
                number: kept.number,
                origin: kept.origin.clone(),
                plane: kept.plane,
                seen: Seen { codes, plane: checkpoint.plane.clone(), places, summary },
                failure_reported: false,
            });
            runs.timelines.push(timeline);
        }
        runs
    }

    /// None of the runs in `lockstep` is known yet.
    fn unknown(session: SessionId, lockstep: LockStep, probe: usize) -> Self {
        let dataset = lockstep.dataset.clone();
        let probe = Arc::new(dataset.probe(probe));
        Self {
            stage: Stage { session, dataset, probe },
            publish_at: Instant::now(),
            rate: Rate::new(),
            known: Vec::new(),
            timelines: Vec::new(),
            entered: 0,
            hash: None,
            lockstep,
        }
    }

    /// What a later session needs to go on from here.
    pub fn kept(&mut self) -> Result<Kept, ModelError> {
        self.lockstep.checkpoint()?;
        let mut runs = Vec::new();
        for ((run, known), timeline) in self.lockstep.runs.iter().zip(&self.known).zip(&self.timelines) {
            let mut checkpoint = Checkpoint { plane: known.seen.plane.clone(), ..(*run.last_good).clone() };
            if run.failure.is_none() {
                checkpoint.moments = Some(Arc::new(run.trainer.moments()?));
            }
            let state = |state: &LiveRun| State {
                checkpoint: state.checkpoint.clone(),
                codes: state.full.clone(),
                terms: state.terms,
                history: state.history.clone(),
            };
            runs.push(KeptRun {
                id: known.id,
                number: known.number,
                origin: known.origin.clone(),
                plane: known.plane,
                failure: run.failure.clone(),
                newest: State {
                    checkpoint: Arc::new(checkpoint),
                    codes: known.seen.codes.clone(),
                    terms: run.recent,
                    history: Arc::new(run.history.clone()),
                },
                states: timeline.states().iter().map(state).collect(),
            });
        }
        let (dataset, probe) = (&self.stage.dataset, self.stage.probe.len());
        let hash = self.hash.get_or_insert_with(|| dataset.hash()).clone();
        Ok(Kept { data: dataset.source.clone(), hash, probe, entered: self.entered, runs })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Makes the newest run of `lockstep` known.
    pub fn enter(&mut self, origin: Option<Arc<Origin>>, ids: &mut RunIds) {
        let (id, number) = (ids.next(), self.entered);
        self.known.push(Known {
            id,
            number,
            origin,
            plane: PlaneChoice::default(),
            seen: Seen::default(),
            failure_reported: false,
        });
        self.timelines.push(Timeline::default());
        self.entered += 1;
    }

    /// Where in `lockstep` a run is.
    pub fn position(&self, id: RunId) -> Option<usize> {
        self.known.iter().position(|known| known.id == id)
    }

    /// Takes a run away.
    pub fn remove(&mut self, i: usize) {
        self.lockstep.runs.remove(i);
        self.known.remove(i);
        self.timelines.remove(i);
    }

    /// Takes away what came after the first `len` runs, perhaps in part.
    pub fn truncate(&mut self, len: usize) {
        self.lockstep.runs.truncate(len);
        self.known.truncate(len);
        self.timelines.truncate(len);
    }

    /// Drops states from the timelines until they fit into `budget` bytes.
    pub fn thin(&mut self, budget: usize) {
        thin(&mut self.timelines, budget);
    }

    /// Keeps the states that are due in their timelines, which may take `budget` bytes.
    pub fn keep_states(&mut self, budget: usize, progress: &Progress) -> Result<(), ModelError> {
        let due = |(run, timeline): (&Run, &Timeline)| {
            run.failure.is_none() && timeline.is_due(run.trainer.steps(), run.at_epoch_start())
        };
        let due: Vec<bool> = self.lockstep.runs.iter().zip(&self.timelines).map(due).collect();
        if !due.contains(&true) {
            return Ok(());
        }
        // So that what is kept and what is shown share their weights.
        self.lockstep.checkpoint()?;
        for (i, _) in due.iter().enumerate().filter(|(_, due)| **due) {
            let state = self.whole_state(i, progress)?;
            if state.checkpoint.is_finite() {
                self.timelines[i].push(state);
            }
        }
        self.thin(budget);
        Ok(())
    }

    /// What the other side may see: weights, codes of the probe, terms, curves; and the runs that have newly failed.
    pub fn snapshot(&mut self, training: bool, progress: &Progress) -> Result<(Live, Vec<Event>), ModelError> {
        let start = Instant::now();
        self.lockstep.checkpoint()?;
        for i in 0..self.len() {
            if self.lockstep.runs[i].failure.is_none() || self.known[i].seen.codes.is_empty() {
                self.look(i, progress)?;
            }
        }
        let mut failures = Vec::new();
        for (run, known) in self.lockstep.runs.iter().zip(&mut self.known) {
            if let (Some(reason), false) = (run.failure.clone(), known.failure_reported) {
                known.failure_reported = true;
                failures.push(Event::RunFailed { run: known.id, reason });
            }
        }
        let live = Live {
            session: self.stage.session,
            epoch: self.lockstep.epoch(),
            step: self.lockstep.runs.iter().map(|run| run.trainer.steps()).max().unwrap_or(0),
            training,
            images_per_second: self.rate.per_second,
            runs: (0..self.len()).map(|i| self.state(i, self.lockstep.runs[i].last_good.clone())).collect(),
            timelines: self.timelines.iter().map(|timeline| timeline.states().into()).collect(),
        };
        self.publish_at = Instant::now() + SHORTEST_PAUSE.max(start.elapsed() * PAUSE_FACTOR);
        Ok((live, failures))
    }

    /// All that a run is, with what its optimiser needs to go on.
    pub fn whole_state(&mut self, i: usize, progress: &Progress) -> Result<LiveRun, ModelError> {
        self.look(i, progress)?;
        let run = &self.lockstep.runs[i];
        let mut checkpoint = run.checkpoint(&self.stage.dataset.source)?;
        checkpoint.moments = Some(Arc::new(run.trainer.moments()?));
        Ok(self.state(i, Arc::new(checkpoint)))
    }

    /// Whether a run has failed and no one has been told.
    pub fn news_of_failure(&self) -> bool {
        self.lockstep.runs.iter().zip(&self.known).any(|(run, known)| run.failure.is_some() && !known.failure_reported)
    }

    /// Shows another plane of a run from now on.
    pub fn choose_plane(&mut self, i: usize, plane: PlaneChoice) {
        self.known[i].plane = plane;
        self.lay_out(i);
        // What is looked back at lies in the same plane.
        let (labels, classes) = (&self.stage.probe.labels, self.stage.dataset.class_names.len());
        let mut before = self.known[i].seen.plane.clone();
        for state in self.timelines[i].states_mut().iter_mut().rev() {
            let chosen = Arc::new(Plane::chosen(plane, &state.full, &before));
            if chosen != state.checkpoint.plane {
                let places = chosen.places(&state.full);
                state.summary = of_all(Summary::new(&places, labels, classes), &state.full);
                state.codes = Arc::new(places);
                Arc::make_mut(&mut state.checkpoint).plane = chosen.clone();
            }
            before = chosen;
        }
    }

    /// Encodes the probe with a run's weights.
    fn look(&mut self, i: usize, progress: &Progress) -> Result<(), ModelError> {
        let model = self.lockstep.runs[i].trainer.model();
        let mut codes = Codes { latent: model.latent(), ..Codes::default() };
        let probe = &self.stage.probe;
        for (start, images) in probe.parts(model.compute().memory.rows(probe.pixels(), CHUNK)) {
            progress.at(start as f64 / probe.len() as f64)?;
            codes.extend(model.codes_of(&images, &Progress::silent())?);
        }
        self.known[i].seen.codes = Arc::new(codes);
        self.lay_out(i);
        Ok(())
    }

    /// Puts the codes that were last seen into the plane.
    fn lay_out(&mut self, i: usize) {
        let Known { plane, seen, .. } = &mut self.known[i];
        let plane = Plane::chosen(*plane, &seen.codes, &seen.plane);
        let places = plane.places(&seen.codes);
        (seen.plane, seen.places) = (Arc::new(plane), Arc::new(places));
        let (places, codes) = (seen.places.clone(), seen.codes.clone());
        self.known[i].seen.summary = self.summary(&places, &codes);
    }

    /// What codes say that lie at these places.
    fn summary(&self, places: &Places, codes: &Codes) -> Summary {
        of_all(Summary::new(places, &self.stage.probe.labels, self.stage.dataset.class_names.len()), codes)
    }

    /// What may be seen of a run: `checkpoint`, and the codes that were last looked at.
    fn state(&self, i: usize, mut checkpoint: Arc<Checkpoint>) -> LiveRun {
        let (run, known) = (&self.lockstep.runs[i], &self.known[i]);
        if checkpoint.plane != known.seen.plane {
            Arc::make_mut(&mut checkpoint).plane = known.seen.plane.clone();
        }
        LiveRun {
            id: known.id,
            number: known.number,
            origin: known.origin.clone(),
            checkpoint,
            codes: known.seen.places.clone(),
            full: known.seen.codes.clone(),
            summary: known.seen.summary.clone(),
            terms: run.recent,
            history: Arc::new(run.history.clone()),
        }
    }
}

/// Images a second.
pub struct Rate {
    since: Instant,
    images: usize,
    per_second: f64,
}

impl Rate {
    /// Measured from now on.
    pub fn new() -> Self {
        Self { since: Instant::now(), images: 0, per_second: 0.0 }
    }

    /// Counts images that have just been learned from.
    pub fn count(&mut self, images: usize) {
        self.images += images;
        let elapsed = self.since.elapsed();
        if elapsed >= RATE_WINDOW {
            *self = Self { since: Instant::now(), images: 0, per_second: self.images as f64 / elapsed.as_secs_f64() };
        }
    }
}
