//! One binary for all tests, a module for each room of the house.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod best_mean;
mod catalogue;
mod classes;
mod cli;
mod colour;
mod data;
mod dimensions;
mod engine;
mod explore;
mod exported;
#[cfg(unix)]
mod faults;
mod figure;
mod files;
mod frontier;
mod fuzz;
mod inference;
mod jobs;
mod kernels;
mod measures;
mod memory;
mod mnist;
mod model;
mod models;
mod oracle;
mod path;
mod planes;
mod priors;
mod progress;
mod run_folder;
mod screenshots;
mod session;
mod support;
mod train;
mod ui;
mod words;
