//! The list of models of a session: what a reset starts again.
//!
//! A model either follows the settings or has its own. One that follows is started with their layers, p(x|z), β, learning rate
//! and seed, and changes with them while it learns: the AE and the VAE that a session has to begin with. One that was described
//! by itself keeps its parts, β, learning rate and seed whatever is set, as a fork does; its β and learning rate are changed in
//! the head of its pane, and a reset starts it with what they have become. Data and batch size are those of all, so that runs of
//! one seed see the same batches.
//!
//! A new run is added to the list, and one that ends with its pane is taken out. Forks are not in it, for they begin with a state
//! rather than from nothing; nor are runs beside opened ones, where a reset goes back to what was opened. Undo ends runs and never
//! brings one back, so that the list goes with the runs there are. Where it is empty an AE and a VAE are started.

use serde::{Deserialize, Serialize};

use super::Session;
use crate::config::ModelKind;
use crate::engine::{LiveRun, RunId};
use crate::train::RunSettings;

/// Models that a saved list may have: twice as many as there can be panes, for a run need not be shown.
const MOST: usize = 8;

/// What a model is started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Recipe {
    /// What the settings say, now and later.
    AsSet(ModelKind),
    /// Its own, but for the batch size.
    Own(RunSettings),
}

/// One of the models of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub recipe: Recipe,
    /// The run that it has become, once that has come in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

impl From<Recipe> for Member {
    fn from(recipe: Recipe) -> Self {
        Self { recipe, run: None }
    }
}

/// An AE and a VAE, which follow the settings.
pub fn usual() -> Vec<Member> {
    [ModelKind::Ae, ModelKind::Vae].map(|kind| Recipe::AsSet(kind).into()).into()
}

/// The same without what cannot be started.
pub fn sanitised(mut roster: Vec<Member>) -> Vec<Member> {
    let is_sound = |member: &Member| match &member.recipe {
        Recipe::AsSet(_) => true,
        Recipe::Own(own) => own.model.validate().and(own.train.validate()).is_ok(),
    };
    roster.retain(is_sound);
    roster.truncate(MOST);
    if roster.is_empty() { usual() } else { roster }
}

/// A run that has been asked for and has not come in yet.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The step for undo that asked for it.
    pub by: u64,
    /// Whether it is in the list.
    pub is_listed: bool,
}

impl Session {
    /// Whether the runs are those that were opened, so that a reset goes back to them.
    pub fn is_resumed(&self) -> bool {
        self.is_opened() && self.stage.as_ref().is_none_or(|stage| stage.dataset.source == self.opened_on)
    }

    /// Whether a run changes with the settings.
    pub fn follows(&self, run: &LiveRun) -> bool {
        run.origin.is_none() && !self.document.own.contains_key(&run.id)
    }

    /// The runs that do.
    pub(super) fn followers(&self) -> impl Iterator<Item = &LiveRun> {
        self.runs().filter(|run| self.follows(run))
    }

    /// Notes which of the models a run that has come in is; whether what it is trained with is its own.
    pub(super) fn enlist(&mut self, run: &LiveRun, asked: Option<Asked>) -> bool {
        if run.origin.is_some() || self.is_resumed() {
            return run.origin.is_some() || asked.is_some();
        }
        let member = self.document.settings.roster.iter_mut().find(|member| member.run.is_none());
        member.is_some_and(|member| {
            member.run = Some(run.id);
            matches!(member.recipe, Recipe::Own(_))
        })
    }

    /// Takes the models of these runs out of the list.
    pub(super) fn strike(&mut self, is_gone: impl Fn(RunId) -> bool) {
        self.document.settings.roster.retain(|member| !member.run.is_some_and(&is_gone));
    }

    /// Takes out the model of the run that has been waited for longest, which will not come.
    pub(super) fn strike_asked(&mut self) {
        let waiting = self.expected.iter().filter(|asked| asked.is_listed).count();
        let Some(asked) = self.expected.pop_front() else { return };
        let roster = &mut self.document.settings.roster;
        if let Some(place) = roster.len().checked_sub(waiting).filter(|&place| asked.is_listed && place < roster.len())
        {
            roster.remove(place);
        }
    }

    /// The list as it is to be started again: each model with what its run is trained with now.
    pub(super) fn roster(&self) -> Vec<Member> {
        let now = |member: &Member| {
            let mut member = member.clone();
            let own = member.run.take().and_then(|run| self.document.own.get(&run));
            if let (Recipe::Own(settings), Some(own)) = (&mut member.recipe, own) {
                (settings.train.beta, settings.train.learning_rate) = (own.beta, own.learning_rate);
            }
            member
        };
        self.document.settings.roster.iter().map(now).collect()
    }
}
