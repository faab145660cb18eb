//! log p(x|z) of images for many codes, as integrals under N(0, I) need it: of a model, or of anything else that knows it. As
//! ∫ p(x|z) p(z) dz = ∫ N(z; 0, I) [p(x|z) p(z) / N(z; 0, I)] dz, what a prior is beside N(0, I) is part of the likelihood: all
//! that is written for N(0, I) is right for it too.

use std::ops::Range;

use super::super::gaussian::log_prior_f64;
use super::super::statistics::log_sum_exp;
use crate::config::Place;
use crate::model::{Frozen, LogSum, ModelError, Prior};
use crate::progress::{Cancelled, Progress};

/// Components of a prior at codes that are looked at between two reports.
const LOOKED_AT: usize = 200_000;

/// Codes that are decoded together in any case.
const TOGETHER: usize = 64;

/// Some of the codes, and the images that are looked at with them.
pub type Group = (Range<usize>, Vec<usize>);

/// log p(x|z) of some images.
pub trait LogLikelihood {
    /// How many images there are.
    fn images(&self) -> usize;

    /// Of each group log p(x|z) of each of its images for each of its codes: (images, codes), row by row.
    fn groups(&self, codes: &[Place], groups: &[Group], progress: &Progress) -> Result<Vec<Vec<f64>>, ModelError>;

    /// Of codes that are, four by four, the centres of the quarters of cells, how much higher log p(x|z) may be at a peak elsewhere in
    /// the quarter, whatever the image: a peak is not to hide between them. 0 where nothing is known of it.
    fn rises(&self, codes: &[Place], _: &Progress) -> Result<Vec<f32>, ModelError> {
        Ok(vec![0.0; codes.len()])
    }

    /// log p(z) / N(z; 0, I) at codes; none where the prior is N(0, I).
    fn tilts(&self, _: &[Place], _: &Progress) -> Result<Option<Vec<f64>>, ModelError> {
        Ok(None)
    }

    /// `groups` and `rises` of such codes.
    fn quarters(
        &self,
        codes: &[Place],
        groups: &[Group],
        progress: &Progress,
    ) -> Result<(Vec<Vec<f64>>, Vec<f32>), ModelError> {
        Ok((self.groups(codes, groups, &progress.part(0.0, 0.9))?, self.rises(codes, &progress.part(0.9, 1.0))?))
    }

    /// log p(x|z) of one image for each code.
    fn of_image(&self, image: usize, codes: &[Place], progress: &Progress) -> Result<Vec<f64>, ModelError> {
        Ok(self.groups(codes, &[(0..codes.len(), vec![image])], progress)?.concat())
    }

    /// Of every image log Σ_k p(x|z_k) e^(log_weight_k), and its terms that may rise to within `margin` nats of the largest; the rises of
    /// such codes.
    fn log_sums(
        &self,
        codes: &[Place],
        log_weights: &[f64],
        margin: f64,
        progress: &Progress,
    ) -> Result<(Vec<LogSum>, Vec<f32>), ModelError> {
        let (terms, rises) = self.quarters(codes, &[(0..codes.len(), (0..self.images()).collect())], progress)?;
        let of = |terms: &[f64]| {
            let terms: Vec<f64> = terms.iter().zip(log_weights).map(|(term, weight)| term + weight).collect();
            let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log = log_sum_exp(terms.iter().copied());
            let may_matter = |(k, term): &(u32, f64)| *term + f64::from(rises[*k as usize]) >= most - margin;
            LogSum { log, terms: (0..).zip(terms).filter(may_matter).collect() }
        };
        Ok((terms.concat().chunks_exact(codes.len()).map(of).collect(), rises))
    }
}

/// log p(z) − log N(z; 0, I) at codes; none where the prior is N(0, I).
pub(super) fn tilt(prior: &Prior, codes: &[Place], progress: &Progress) -> Result<Option<Vec<f64>>, Cancelled> {
    if prior.is_normal() {
        return Ok(None);
    }
    let mut reports = progress.throttled(LOOKED_AT);
    let mut tilts = Vec::with_capacity(codes.len());
    for z in codes {
        reports.before(prior.len(), tilts.len(), codes.len())?;
        tilts.push(prior.log_density_at(*z) - log_prior_f64(z.map(f64::from)));
    }
    Ok(Some(tilts))
}

/// The likelihood of a model for images (n, pixels), times p(z) / N(z; 0, I) where its prior is another.
pub struct OfModel<'a> {
    pub model: &'a dyn Frozen,
    pub images: &'a [f32],
}

impl OfModel<'_> {
    /// The parts of so many codes whose decoded images fit into the memory, and how far through they are.
    fn tiles(&self, codes: usize) -> impl Iterator<Item = (Range<usize>, [f64; 2])> {
        let size = self.model.compute().memory.rows(self.model.config().pixels(), codes.max(1));
        // Codes of a square of the grid stay together, and of a cell in any case.
        let whole = if size < TOGETHER { 4 } else { TOGETHER };
        let size = if size < codes { (size / whole * whole).max(4) } else { size };
        let share = move |at: usize| at as f64 / codes as f64;
        (0..codes).step_by(size).map(move |start| {
            let end = (start + size).min(codes);
            (start..end, [share(start), share(end)])
        })
    }

    /// Of groups whose codes are decoded together, and the rises of these if they are asked for.
    fn of_groups(
        &self,
        codes: &[Place],
        groups: &[Group],
        rises: &mut Option<Vec<f32>>,
        progress: &Progress,
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let likelihoods = self.model.likelihoods(codes, &progress.part(0.0, 0.5))?;
        let team = &self.model.compute().team;
        let mut terms = likelihoods.groups(self.images, groups, team, &progress.part(0.5, 0.8))?;
        if let Some(rises) = rises {
            rises.extend(likelihoods.rises(&progress.part(0.8, 0.9))?);
        }
        if let Some(tilt) = tilt(self.model.prior()?, codes, &progress.part(0.9, 1.0))? {
            for (terms, (range, _)) in terms.iter_mut().zip(groups).filter(|(_, (range, _))| !range.is_empty()) {
                for row in terms.chunks_exact_mut(range.len()) {
                    row.iter_mut().zip(&tilt[range.clone()]).for_each(|(term, tilt)| *term += tilt);
                }
            }
        }
        Ok(terms)
    }

    /// Of groups of any codes.
    fn of_tiles(
        &self,
        codes: &[Place],
        groups: &[Group],
        rises: &mut Option<Vec<f32>>,
        progress: &Progress,
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let mut all: Vec<Vec<f64>> =
            groups.iter().map(|(codes, images)| vec![0.0; codes.len() * images.len()]).collect();
        for (tile, [from, to]) in self.tiles(codes.len()) {
            let within = groups.iter().enumerate().filter_map(|(i, (codes, images))| {
                let (start, end) = (codes.start.max(tile.start), codes.end.min(tile.end));
                (start < end).then(|| (i, (start - tile.start..end - tile.start, images.clone())))
            });
            let (of, parts): (Vec<usize>, Vec<Group>) = within.unzip();
            let terms = self.of_groups(&codes[tile.clone()], &parts, rises, &progress.part(from, to))?;
            for ((i, (part, _)), terms) in of.into_iter().zip(&parts).zip(terms) {
                let codes = &groups[i].0;
                let columns = tile.start + part.start - codes.start..tile.start + part.end - codes.start;
                for (row, terms) in all[i].chunks_exact_mut(codes.len()).zip(terms.chunks_exact(part.len())) {
                    row[columns.clone()].copy_from_slice(terms);
                }
            }
        }
        Ok(all)
    }

    /// Of codes that are decoded together.
    fn of_codes(
        &self,
        codes: &[Place],
        log_weights: &[f64],
        margin: f64,
        progress: &Progress,
    ) -> Result<(Vec<LogSum>, Vec<f32>), ModelError> {
        let weights: Vec<f32> = match tilt(self.model.prior()?, codes, &progress.part(0.0, 0.1))? {
            Some(tilt) => log_weights.iter().zip(tilt).map(|(w, tilt)| (w + tilt) as f32).collect(),
            None => log_weights.iter().map(|&w| w as f32).collect(),
        };
        let likelihoods = self.model.likelihoods(codes, &progress.part(0.1, 0.3))?;
        let rises = likelihoods.rises(&progress.part(0.3, 0.35))?;
        let margins: Vec<f32> = rises.iter().map(|rise| margin as f32 + rise).collect();
        let team = &self.model.compute().team;
        Ok((likelihoods.log_sums(self.images, &weights, &margins, team, &progress.part(0.35, 1.0))?, rises))
    }
}

impl LogLikelihood for OfModel<'_> {
    fn images(&self) -> usize {
        self.images.len() / self.model.config().pixels()
    }

    fn groups(&self, codes: &[Place], groups: &[Group], progress: &Progress) -> Result<Vec<Vec<f64>>, ModelError> {
        self.of_tiles(codes, groups, &mut None, progress)
    }

    fn rises(&self, codes: &[Place], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        Ok(self.quarters(codes, &[], progress)?.1)
    }

    fn tilts(&self, codes: &[Place], progress: &Progress) -> Result<Option<Vec<f64>>, ModelError> {
        Ok(tilt(self.model.prior()?, codes, progress)?)
    }

    fn quarters(
        &self,
        codes: &[Place],
        groups: &[Group],
        progress: &Progress,
    ) -> Result<(Vec<Vec<f64>>, Vec<f32>), ModelError> {
        let mut rises = Some(Vec::with_capacity(codes.len()));
        let terms = self.of_tiles(codes, groups, &mut rises, progress)?;
        Ok((terms, rises.unwrap_or_default()))
    }

    fn log_sums(
        &self,
        codes: &[Place],
        log_weights: &[f64],
        margin: f64,
        progress: &Progress,
    ) -> Result<(Vec<LogSum>, Vec<f32>), ModelError> {
        let (mut all, mut rises): (Vec<LogSum>, Vec<f32>) = Default::default();
        for (tile, [from, to]) in self.tiles(codes.len()) {
            let start = tile.start as u32;
            let (mut sums, of_tile) =
                self.of_codes(&codes[tile.clone()], &log_weights[tile], margin, &progress.part(from, to))?;
            sums.iter_mut().flat_map(|sum| &mut sum.terms).for_each(|(code, _)| *code += start);
            rises.extend(of_tile);
            match all.is_empty() {
                true => all = sums,
                false => all.iter_mut().zip(sums).for_each(|(all, sum)| add(all, sum, margin, &rises)),
            }
        }
        Ok((all, rises))
    }
}

/// Adds the sum over other codes.
fn add(all: &mut LogSum, other: LogSum, margin: f64, rises: &[f32]) {
    all.log = log_sum_exp([all.log, other.log]);
    all.terms.extend(other.terms);
    let most = all.terms.iter().map(|(_, term)| *term).fold(f64::NEG_INFINITY, f64::max);
    all.terms.retain(|(code, term)| *term + f64::from(rises[*code as usize]) >= most - margin);
}
