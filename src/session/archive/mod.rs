//! A session as a file: a zip of safetensors and JSON, with a picture. Opens no file and draws nothing; of what is large it
//! holds one state at a time.
//!
//! `session.json` holds all but numbers in bulk, which lie in folders: `runs/0/newest` and `runs/0/states/0` each have the
//! weights with the optimiser's moments, the codes of the probe and the history; `opened/0` is what a reset goes back to. A
//! reader passes over entries and fields that it does not know, so that a file of a newer minor version opens; what a newer
//! major version wrote is refused. The numbers of kept states, which never change, may lie in files `beside` it.

mod beside;
mod entries;
mod states;

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Document, Settings};
use crate::config::{DataSource, PlaneChoice};
use crate::engine::{Kept, KeptRun, Origin, RunId};
use crate::model::ModelError;
use crate::train::Opened;
use entries::{Entries, Packer};

pub use beside::{Beside, names_beside, write_numbers};

/// What such a file is called after the dot.
pub const ENDING: &str = "latent";

const SESSION: &str = "session.json";
const PICTURE: &str = "picture.png";
const FORMAT: &str = "latent-explorer session";
/// Of the format: a reader needs the same first number.
const VERSION: [u32; 2] = [1, 0];

/// A session at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    pub about: About,
    pub made: Made,
    pub kept: Arc<Kept>,
    /// Its planes, as PNG.
    pub picture: Option<Vec<u8>>,
    /// Kept states whose numbers could not be read.
    pub missing: usize,
}

/// What a person needs to know it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Seconds since 1970.
    pub saved: u64,
    /// What the runs in the panes are called, from left to right.
    pub names: Vec<String>,
    /// What its images are called.
    pub data: String,
    pub epoch: u64,
    pub step: u64,
}

/// What a session is besides its runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Made {
    pub document: Document,
    /// The step that each run came in with.
    pub entered: BTreeMap<RunId, u64>,
    /// The step of each run that a file of the person's holds.
    pub saved: BTreeMap<RunId, u64>,
    /// What runs are called that were given no name.
    pub default_names: BTreeMap<RunId, String>,
    /// What a reset goes back to, if the window was opened on trained runs, and the data that they were opened on.
    #[serde(skip)]
    pub opened: Vec<Opened>,
    pub opened_on: DataSource,
    /// The person's own settings, which theirs stand in for.
    pub own: Settings,
}

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("it is not a whole session ({0}): it is cut short, damaged or of another program")]
    Damaged(String),
    #[error(
        "it was saved by a newer version of the program (its format is {}.{}, this one reads {}): update to open it",
        .0[0], .0[1], VERSION[0]
    )]
    Newer([u32; 2]),
    #[error("its part {part} is damaged: {what}")]
    Part { part: String, what: String },
    #[error("it cannot be written: {0}")]
    Unwritable(String),
    #[error(transparent)]
    File(#[from] io::Error),
}

/// What `session.json` holds.
#[derive(Serialize, Deserialize)]
struct Contents {
    format: String,
    version: [u32; 2],
    about: About,
    made: Made,
    data: DataSource,
    hash: String,
    probe: usize,
    entered: usize,
    runs: Vec<Run>,
    #[serde(default)]
    opened: usize,
}

/// A run but for its states.
#[derive(Serialize, Deserialize)]
struct Run {
    id: RunId,
    number: usize,
    origin: Option<Arc<Origin>>,
    #[serde(default)]
    plane: PlaneChoice,
    failure: Option<String>,
    states: usize,
    /// What the numbers of each are called, if they lie beside the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    beside: Vec<String>,
}

impl Archive {
    /// Writes all of it.
    pub fn write(&self, file: impl Write + Seek) -> Result<(), ArchiveError> {
        self.pack(file, |_| Vec::new())
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, ArchiveError> {
        let mut bytes = Vec::new();
        self.write(Cursor::new(&mut bytes))?;
        Ok(bytes)
    }

    /// With the numbers of the states of each run in it, or beside it if they have names there.
    fn pack(&self, file: impl Write + Seek, names: impl Fn(&KeptRun) -> Vec<String>) -> Result<(), ArchiveError> {
        let Self { about, made, kept, picture, .. } = self;
        let run = |run: &KeptRun| Run {
            id: run.id,
            number: run.number,
            origin: run.origin.clone(),
            plane: run.plane,
            failure: run.failure.clone(),
            states: run.states.len(),
            beside: names(run),
        };
        let contents = Contents {
            format: FORMAT.to_owned(),
            version: VERSION,
            about: About { data: kept.data.title(), epoch: kept.epoch(), step: kept.step(), ..about.clone() },
            made: made.clone(),
            data: kept.data.clone(),
            hash: kept.hash.clone(),
            probe: kept.probe,
            entered: kept.entered,
            runs: kept.runs.iter().map(run).collect(),
            opened: made.opened.len(),
        };
        let mut packer = Packer::new(file);
        packer.json(SESSION, &contents)?;
        if let Some(picture) = picture {
            packer.bytes(PICTURE, picture)?;
        }
        for (i, (run, written)) in kept.runs.iter().zip(&contents.runs).enumerate() {
            states::pack(&mut packer, &newest(i), &run.newest)?;
            for (k, state) in run.states.iter().enumerate() {
                if written.beside.is_empty() {
                    states::pack_numbers(&mut packer, &earlier(i, k), state)?;
                }
                states::pack_small(&mut packer, &earlier(i, k), state)?;
            }
        }
        for (i, run) in made.opened.iter().enumerate() {
            states::pack_opened(&mut packer, &opened(i), run)?;
        }
        packer.finish()
    }

    /// Reads and checks everything.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArchiveError> {
        Self::read_beside(Cursor::new(bytes), |_| Err::<Cursor<&[u8]>, _>(io::ErrorKind::NotFound.into()))
    }

    /// The same of one whose kept states have their numbers beside it: `open` opens them by name. A state whose numbers cannot
    /// be read is left out.
    pub fn read_beside<F: Read + Seek>(
        file: impl Read + Seek,
        open: impl Fn(&str) -> io::Result<F>,
    ) -> Result<Self, ArchiveError> {
        let mut entries = Entries::open(file)?;
        let Contents { about, mut made, data, hash, probe, entered, runs, opened: count, .. } = contents(&mut entries)?;
        let (mut kept, mut missing) = (Vec::new(), 0);
        for (i, run) in runs.into_iter().enumerate() {
            let mut states = Vec::new();
            let Run { id, number, origin, plane, failure, states: count, beside } = run;
            for k in 0..count {
                let folder = earlier(i, k);
                let numbers = match beside.get(k) {
                    Some(name) => beside::unpack(name, &open, probe),
                    None => Ok(states::unpack_numbers(&mut entries, &folder, probe)?),
                };
                match numbers {
                    Ok(numbers) => states.push(states::unpack_small(&mut entries, &folder, numbers)?),
                    Err(_) => missing += 1,
                }
            }
            let newest = states::unpack(&mut entries, &newest(i), probe)?;
            kept.push(KeptRun { id, number, origin, plane, failure, newest, states });
        }
        for i in 0..count {
            made.opened.push(states::unpack_opened(&mut entries, &opened(i))?);
        }
        let kept = Kept { data, hash, probe, entered, runs: kept };
        check(&kept)?;
        let picture = entries.bytes(PICTURE).ok();
        Ok(Self { about, made, kept: Arc::new(kept), picture, missing })
    }
}

/// What a file says of itself, and its picture; reads nothing else of it.
pub fn cover(file: impl Read + Seek) -> Result<(About, Option<Vec<u8>>), ArchiveError> {
    let mut entries = Entries::open(file)?;
    let about = contents(&mut entries)?.about;
    Ok((about, entries.bytes(PICTURE).ok()))
}

/// Reads `session.json`, whose version is looked at before anything else of it.
fn contents(entries: &mut Entries<impl Read + Seek>) -> Result<Contents, ArchiveError> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
        version: [u32; 2],
    }
    let damaged = |error: serde_json::Error| ArchiveError::Part { part: SESSION.to_owned(), what: error.to_string() };
    let text = entries.bytes(SESSION).map_err(|error| ArchiveError::Damaged(error.to_string()))?;
    let head: Head = serde_json::from_slice(&text).map_err(damaged)?;
    if head.format != FORMAT {
        return Err(ArchiveError::Damaged(format!("it calls itself {:?}", head.format)));
    }
    if head.version[0] > VERSION[0] {
        return Err(ArchiveError::Newer(head.version));
    }
    serde_json::from_slice(&text).map_err(damaged)
}

/// What the parts must be to each other.
fn check(kept: &Kept) -> Result<(), ArchiveError> {
    let wrong = |what: &str| Err(ArchiveError::Part { part: SESSION.to_owned(), what: what.to_owned() });
    let Some(first) = kept.runs.first() else { return wrong("it has no runs") };
    let (shape, mut ids) = (first.newest.checkpoint.model.shape, std::collections::BTreeSet::new());
    for run in &kept.runs {
        let model = &run.newest.checkpoint.model;
        if !ids.insert(run.id) {
            return wrong("two runs have one number");
        }
        let states = || run.states.iter().chain([&run.newest]).map(|state| &state.checkpoint);
        if states().any(|state| state.model.shape != shape || state.model.latent != model.latent) {
            return wrong("its models take images or have codes of several sizes");
        }
        if !states().is_sorted_by_key(|state| state.progress.step) {
            return wrong("the states of a run are out of order");
        }
    }
    Ok(())
}

fn newest(run: usize) -> String {
    format!("runs/{run}/newest")
}

fn earlier(run: usize, state: usize) -> String {
    format!("runs/{run}/states/{state}")
}

fn opened(run: usize) -> String {
    format!("opened/{run}")
}

impl ArchiveError {
    fn of_model(part: &str, error: &ModelError) -> Self {
        Self::Part { part: part.to_owned(), what: error.to_string() }
    }
}
