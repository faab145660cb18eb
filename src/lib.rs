//! Latent Explorer: see why an autoencoder cannot generate and a variational autoencoder can.
//!
//! The house, from the ground up; a module knows those above it in this list and nothing of those below:
//!
//! - [`catalogue`], [`config`], [`format`], [`progress`], [`random`], [`files`]: the terms and measures in words; what a
//!   person can choose; how numbers read; how long work says how far it is; seeded numbers; files that are whole or not there.
//! - [`data`]: images in. Plain numbers; no tensors.
//! - [`model`]: the mathematics, in candle. With [`train`] the only place that knows candle.
//! - [`train`]: one step at a time, for runs in lock-step; the folder that a run is kept in. No threads, no screen.
//! - [`explore`]: pure functions of codes and of a frozen model: paths, pictures, fields;
//!   `inference` takes integrals over the plane, `measures` says in numbers what a latent space is like.
//! - [`figure`]: what planes and plots show as marks, and marks as SVG, PNG and GIF in bytes.
//! - [`engine`]: the threads; commands go down, events come up. No mathematics, no screen.
//! - [`session`]: what a person has made, the actions that change it, and what they send out. No threads, no screen.
//! - [`ui`] and [`cli`]: the two front ends. No mathematics. Only `ui` knows egui, only `cli` knows clap.

pub mod bench;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod data;
pub mod engine;
pub mod explore;
pub mod figure;
pub mod files;
pub mod format;
pub mod model;
pub mod progress;
pub mod random;
pub mod session;
pub mod train;
pub mod ui;
