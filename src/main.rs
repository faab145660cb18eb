//! Parses the arguments, runs one front end, prints an error once.

use std::io::Write;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match latent_explorer::cli::run() {
        Ok(code) => code,
        Err(error) => {
            // Where no one can read it, the exit code still says it.
            let _ = writeln!(std::io::stderr(), "latent-explorer: {error:#}");
            ExitCode::FAILURE
        }
    }
}
