//! One binary for all tests, a module for each room of the house.

mod architecture;
mod cli;
mod data;
mod engine;
mod explore;
mod mnist;
mod model;
mod oracle;
mod support;
mod train;
mod ui;
