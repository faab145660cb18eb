//! What is asked of the workers: a path through a run's plane, and the images along it.

use std::sync::Arc;

use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::{FollowedRoute, Picture, Route, decode_strip, follow};
use crate::model::Checkpoint;

/// A route to be followed through a run's plane.
#[derive(Clone)]
pub struct PathRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    pub route: Route,
}

#[derive(Clone)]
pub struct PathReply {
    pub path: Arc<FollowedRoute>,
    /// The images along it, beside each other.
    pub strip: Arc<Picture>,
}

impl PartialEq for PathRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && self.route == other.route
    }
}

impl Request for PathRequest {
    type Reply = PathReply;
    const NAME: &'static str = "path";

    fn urgency(&self) -> Urgency {
        Urgency::Map
    }

    /// While a run learns, the path through its last state is better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run && self.route.interpolation == asked.route.interpolation
    }

    fn work(&self, job: &Job<PathReply>) -> Result<PathReply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let path = job.watch(|progress| follow(&self.route, &*model, &progress.part(0.0, 0.8)))?;
        let strip = job.watch(|progress| decode_strip(&*model, &path.codes, &progress.part(0.8, 1.0)))?;
        Ok(PathReply { path: Arc::new(path), strip: Arc::new(strip) })
    }
}
