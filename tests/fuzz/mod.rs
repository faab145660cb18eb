//! Files of every format that is read, mutated: what no one wrote is read or refused in a sentence, at once and in little memory.
//!
//! The same targets run under cargo-fuzz for as long as one likes, with what covers more code kept:
//!
//! ```sh
//! cargo install cargo-fuzz
//! cargo fuzz run --fuzz-dir tests/fuzz -O -s none idx tests/fuzz/corpus/idx tests/fuzz/seeds/idx -- -rss_limit_mb=1024 -timeout=10
//! ```
//!
//! What it found is in `found`, and stays here. A target takes minutes to build with its instrumentation, and these seconds.

mod inputs;
mod mutation;
mod seeds;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use latent_explorer::random::{Purpose, stream};
use rayon::prelude::*;

use inputs::{TARGETS, Target};
use mutation::mutated;

/// Of each target.
const MUTATIONS: u64 = 10_000;
/// Far more than any of them takes, also where the machine has other work.
const LONGEST: Duration = Duration::from_secs(120);

/// The files of a folder of this one, in the order of their names.
fn files(folder: &str, target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(folder).join(target);
    let Ok(all) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn every_seed_is_taken() {
    for (name, target) in TARGETS {
        let seeds = files("seeds", name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for (path, bytes) in seeds {
            assert!(target(&bytes), "{} is no longer read; write the seeds again: {}", path.display(), seeds::HOW);
        }
    }
}

#[test]
fn what_was_found_once_is_read_or_refused() {
    for (name, target) in TARGETS {
        for (path, bytes) in files("found", name) {
            run(target, &bytes, &path.display().to_string());
        }
    }
}

#[test]
fn mutated_files_are_read_or_refused() {
    TARGETS.par_iter().for_each(|&(name, target)| {
        let seeds: Vec<Vec<u8>> = files("seeds", name).into_iter().map(|(_, bytes)| bytes).collect();
        for i in 0..MUTATIONS {
            let mut rng = stream(i, Purpose::Samples, 0);
            run(target, &mutated(&seeds, &mut rng), &format!("mutation {i} of {name}"));
        }
    });
}

fn run(target: Target, bytes: &[u8], what: &str) {
    let start = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    assert!(ended.is_ok() && start.elapsed() < LONGEST, "{what}: {:?}", start.elapsed());
}
