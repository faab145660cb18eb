//! Which plane through a latent space of other than two dimensions a picture shows.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use clap::Args;

use super::data::{DataArguments, load_data};
use super::load_checkpoint;
use crate::config::{Axes, PLANE, PlaneChoice};
use crate::model::{Autoencoder, Checkpoint, Codes, Compute, Frozen, InPlane, Plane};
use crate::progress::Progress;

#[derive(Clone, Debug, Default, Args)]
pub struct PlaneArguments {
    /// The plane through more than two latent dimensions: two of them, counted from 1 as the axes are named, or pc for the first
    /// two principal components of the codes [default: 1,2]
    #[arg(long, value_name = "I,J|pc", value_parser = axes)]
    pub plane: Option<Axes>,
    /// The test image whose code it goes through, counted from 0 [default: through 0]
    #[arg(long, value_name = "N")]
    pub anchor: Option<usize>,
}

impl PlaneArguments {
    /// A run as the plane shows it; its codes are those of the test images of `data`, or of its own.
    pub fn load(&self, run: &Path, data: &DataArguments, compute: Compute) -> Result<(Checkpoint, InPlane)> {
        let mut checkpoint = load_checkpoint(run)?;
        let choice = self.choice(run, checkpoint.model.latent)?;
        let model = checkpoint.restore(compute)?;
        let is_read = choice.anchor.is_some() || choice.axes == Axes::Components;
        let codes = if is_read { self.codes(run, &checkpoint, &model, data)? } else { none(&model) };
        checkpoint.plane = Arc::new(Plane::chosen(choice, &codes, &checkpoint.plane));
        let plane = checkpoint.plane.clone();
        Ok((checkpoint, InPlane::new(model, plane)))
    }

    /// Whether any was asked for.
    pub fn is_given(&self) -> bool {
        self.plane.is_some() || self.anchor.is_some()
    }

    /// The codes of all test images; among them must be that of the anchor.
    pub fn codes(
        &self,
        run: &Path,
        checkpoint: &Checkpoint,
        model: &Autoencoder,
        data: &DataArguments,
    ) -> Result<Codes> {
        let test = load_data(checkpoint, data, model.compute().memory)?.test;
        if let Some(image) = self.anchor {
            let (run, count) = (run.display(), test.len());
            ensure!(
                image < count,
                "{run}: there is no test image {image} to go through; they are counted from 0 to {}",
                count - 1
            );
        }
        Ok(model.codes_of_split(&test, &Progress::silent())?)
    }

    fn choice(&self, run: &Path, latent: usize) -> Result<PlaneChoice> {
        let run = run.display();
        ensure!(
            latent != PLANE || !self.is_given(),
            "{run}: it has two latent dimensions, which are the plane; leave out --plane and --anchor"
        );
        ensure!(
            latent > 1 || self.plane.is_none(),
            "{run}: it has one latent dimension, through which there is no plane; leave out --plane"
        );
        if let Some(Axes::Dimensions(pair)) = self.plane {
            pair.iter().try_for_each(|&index| within(&run, index, latent))?;
        }
        Ok(PlaneChoice { axes: self.plane.unwrap_or_default(), anchor: self.anchor })
    }
}

/// Refuses a dimension (counted from 0) that a run has not.
pub fn within(run: &dyn std::fmt::Display, index: usize, latent: usize) -> Result<()> {
    ensure!(index < latent, "{run}: it has {latent} latent dimensions, 1 to {latent}, and no dimension {}", index + 1);
    Ok(())
}

fn none(model: &Autoencoder) -> Codes {
    Codes { latent: model.latent(), ..Codes::default() }
}

fn axes(text: &str) -> Result<Axes, String> {
    if text == "pc" {
        return Ok(Axes::Components);
    }
    let parts: Vec<usize> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    match parts[..] {
        [i, j] if i > 0 && j > 0 && i != j && text.matches(',').count() == 1 => Ok(Axes::Dimensions([i - 1, j - 1])),
        _ => Err("give two different dimensions counted from 1, e.g. 3,7, or pc".to_owned()),
    }
}
