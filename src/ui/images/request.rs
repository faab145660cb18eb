//! What is asked of the workers: images as a person wants them read, with what a look at them needs.

use std::sync::Arc;

use crate::config::DataSource;
use crate::data::{self, Contents, DataError, Dataset, Split};
use crate::engine::{Job, JobError, Request, Urgency};
use crate::explore::{Picture, tile};

/// Images of a contact sheet and how many to a row.
const SHOWN: usize = 70;
pub const ACROSS: usize = 10;

#[derive(Clone, PartialEq)]
pub struct ReadRequest(pub DataSource);

/// Images that have been read and not been used yet.
#[derive(Clone)]
pub struct Preview {
    pub dataset: Arc<Dataset>,
    pub contents: Contents,
    /// Some of the images, `ACROSS` to a row.
    pub sheet: Arc<Picture>,
}

impl Request for ReadRequest {
    type Reply = Preview;
    const NAME: &'static str = "images";

    fn urgency(&self) -> Urgency {
        Urgency::File
    }

    fn work(&self, job: &Job<Preview>) -> Result<Preview, JobError> {
        let loaded =
            job.watch(|progress| data::load(&self.0, job.compute().memory, &progress)).map_err(
                |error| match error {
                    DataError::Cancelled(_) => JobError::Cancelled,
                    error => JobError::Other(error.to_string()),
                },
            )?;
        let sheet = Arc::new(contact_sheet(&loaded.dataset.train));
        Ok(Preview { dataset: Arc::new(loaded.dataset), contents: loaded.contents, sheet })
    }
}

/// Images of all parts of a set, for they often lie class by class.
fn contact_sheet(train: &Split) -> Picture {
    let some = train.spread(SHOWN);
    tile(&some.gather(0..some.len()), some.shape, ACROSS)
}
