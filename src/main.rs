//! Parses the arguments, runs one front end, prints an error once.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match latent_explorer::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latent-explorer: {error:#}");
            ExitCode::FAILURE
        }
    }
}
