//! The models that jobs restore.

use std::sync::{Arc, Barrier};

use latent_explorer::engine::{Job, JobError, JobName, Request, Requests, Shared, Urgency, Workers};
use latent_explorer::model::{Checkpoint, Compute, InPlane};

use super::{answered, workers};
use crate::support::{fixed_checkpoint, wait_for};

/// A request for a model.
#[derive(Clone, PartialEq)]
struct Restore(Shared<Checkpoint>, Urgency);

impl Request for Restore {
    type Reply = Arc<InPlane>;
    const NAME: &'static str = "restore";

    fn urgency(&self) -> Urgency {
        self.1
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        Ok(job.model(&self.0)?)
    }
}

#[test]
fn a_model_is_restored_once_for_both_workers() {
    // Both jobs begin at the same time, each on its thread.
    let both = Barrier::new(2);
    let before = Box::new(move |name: &JobName| {
        if name.to_string() == "restore 0" || name.to_string() == "restore 1" {
            both.wait();
        }
    });
    let workers = Workers::spawn_with(Compute::cpu(1), || (), before).unwrap();
    let mut requests = Requests::new(&workers);
    let checkpoint = Arc::new(fixed_checkpoint("bars"));
    requests.ask(0, Restore(Shared(checkpoint.clone()), Urgency::Drag));
    requests.ask(1, Restore(Shared(checkpoint.clone()), Urgency::Drag));
    let other = Arc::new(fixed_checkpoint("bars"));
    let [one, two] = [0, 1].map(|key| answered(&mut requests, key).reply.clone());
    assert!(Arc::ptr_eq(&one, &two));
    requests.ask(2, Restore(Shared(other), Urgency::Study));
    assert!(!Arc::ptr_eq(&one, &answered(&mut requests, 2).reply), "another checkpoint, if of the same numbers");
    requests.ask(3, Restore(Shared(checkpoint), Urgency::View));
    assert!(Arc::ptr_eq(&one, &answered(&mut requests, 3).reply));
}

#[test]
fn a_checkpoint_that_cannot_be_restored_is_a_failure() {
    let workers = workers();
    let mut requests = Requests::new(&workers);
    let mut checkpoint = fixed_checkpoint("bars");
    std::sync::Arc::make_mut(&mut checkpoint.parameters).pop();
    requests.ask(0, Restore(Shared(Arc::new(checkpoint)), Urgency::Study));
    let failure = wait_for(|| {
        requests.poll();
        requests.failure(0).map(str::to_owned)
    });
    assert!(failure.contains("parameters"), "{failure}");
}
