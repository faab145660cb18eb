//! The numbers of kept states in files beside that of their session: they never change, so that one who writes the session often
//! writes them once. What they are called follows from what they are.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, Write};

use sha2::{Digest, Sha256};

use super::entries::{Entries, Packer};
use super::{Archive, ArchiveError, contents, states};
use crate::engine::{KeptRun, RunId, State};
use crate::model::{Checkpoint, Codes};

/// Where in such a file they are.
const FOLDER: &str = "state";
/// Numbers that are hashed at a time.
const CHUNK: usize = 4_096;

/// A session whose kept states lie beside it.
pub struct Beside<'a> {
    archive: &'a Archive,
    /// By the names of what is to lie there.
    pub states: BTreeMap<String, &'a State>,
    names: BTreeMap<RunId, Vec<String>>,
}

impl Archive {
    pub fn beside(&self) -> Result<Beside<'_>, ArchiveError> {
        let mut states = BTreeMap::new();
        let mut names = BTreeMap::new();
        for run in &self.kept.runs {
            for state in &run.states {
                let name = name_of(state)?;
                names.entry(run.id).or_insert_with(Vec::new).push(name.clone());
                states.insert(name, state);
            }
        }
        Ok(Beside { archive: self, states, names })
    }
}

impl Beside<'_> {
    /// Writes what does not lie beside it.
    pub fn write(&self, file: impl Write + Seek) -> Result<(), ArchiveError> {
        self.archive.pack(file, |run: &KeptRun| self.names.get(&run.id).cloned().unwrap_or_default())
    }
}

/// The file of the numbers of a state.
pub fn write_numbers(file: impl Write + Seek, state: &State) -> Result<(), ArchiveError> {
    let mut packer = Packer::new(file);
    states::pack_numbers(&mut packer, FOLDER, state)?;
    packer.finish()
}

/// What a session needs beside it.
pub fn names_beside(file: impl Read + Seek) -> Result<Vec<String>, ArchiveError> {
    let runs = contents(&mut Entries::open(file)?)?.runs;
    Ok(runs.into_iter().flat_map(|run| run.beside).collect())
}

pub(super) fn unpack<F: Read + Seek>(
    name: &str,
    open: impl Fn(&str) -> io::Result<F>,
    probe: usize,
) -> Result<(Checkpoint, Codes), ArchiveError> {
    let part = |what: String| ArchiveError::Part { part: name.to_owned(), what };
    // A name leads nowhere else.
    if !name.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return Err(part("it is no name of a state".to_owned()));
    }
    let file = open(name).map_err(|error| part(error.to_string()))?;
    states::unpack_numbers(&mut Entries::open(file)?, FOLDER, probe)
}

/// Of all that is in the file.
fn name_of(state: &State) -> Result<String, ArchiveError> {
    let State { checkpoint, codes, .. } = state;
    let moments = checkpoint.moments.as_deref();
    let about = (&checkpoint.model, &checkpoint.progress, moments.map(|moments| moments.steps));
    let about = serde_json::to_vec(&about).map_err(|error| ArchiveError::Unwritable(error.to_string()))?;
    let mut hasher = Sha256::new_with_prefix(about);
    let moments = moments.into_iter().flat_map(|moments| [&moments.mean, &moments.square]);
    let all = [&*checkpoint.parameters].into_iter().chain(moments).chain([&codes.mu]).chain(&codes.logvar);
    for values in all {
        hasher.update(values.len().to_le_bytes());
        for some in values.chunks(CHUNK) {
            let bytes: Vec<u8> = some.iter().flat_map(|v| v.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
