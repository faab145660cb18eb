//! One binary for all tests, a module for each room of the house.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod cli;
mod data;
mod engine;
mod explore;
mod figure;
mod inference;
mod kernels;
mod measures;
mod mnist;
mod model;
mod oracle;
mod planes;
mod screenshots;
mod support;
mod train;
mod ui;
