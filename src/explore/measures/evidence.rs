//! Measures of log p(x): the evidence, and how far the ELBO is from it.

use super::super::exact::exact_evidence;
use super::super::fitted::Fitted;
use super::super::inference::{Evidence, Gap, Inference, Quadrature, evidence_of_split};
use super::Estimated;
use super::inputs::{Inputs, Measures};
use super::mixture::mixture;
use super::whitened::Whitened;
use crate::data;
use crate::model::{Codes, ModelError, Prior};
use crate::progress::Progress;

/// Of the mixture that is fitted to an AE's codes.
const COMPONENTS: usize = 20;

/// Counts and names images whose integral is not to be believed.
const LEFT_OUT: &str = "evidence_left_out";

/// log p(x): exact where that is cheap, else by quadrature over the plane, if the codes are one.
pub fn evidence(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let config = inputs.model.config();
    let images = inputs.test.spread(inputs.effort.evidence);
    let all = match exact_evidence(inputs.model, &images, &progress.part(0.01, 0.1))? {
        Some(all) => all.into_iter().map(Evidence::exact).collect(),
        None if config.is_plane() && !config.is_quantised() => {
            evidence_of_split(inputs.model, &images, Quadrature::default(), &progress.part(0.1, 1.0))?
        }
        None => return Ok(()),
    };
    let (some, logs) = sound(inputs, &all, measures);
    if logs.is_empty() {
        return Ok(());
    }
    // The images are the same for all terms, so that ELBO and gap are log p(x) to the last digit.
    let elbo = inputs.terms.elbo();
    let known = elbo.clone().unwrap_or_else(|| vec![0.0; inputs.test.len()]);
    let gaps: Vec<f64> = logs.iter().zip(&some).map(|(log, &i)| log - known[i]).collect();
    measures.insert("log_evidence", Estimated::mean_of_some(&known, &gaps, &some));
    if elbo.is_some() {
        measures.insert("gap", Estimated::mean(&gaps));
    }
    Ok(())
}

/// Of images spread over the test images those whose evidence may enter an average: which they are, and log p(x). The others are
/// counted and named.
fn sound(inputs: &Inputs, all: &[Evidence], measures: &mut Measures) -> (Vec<usize>, Vec<f64>) {
    let images = data::spread(inputs.test.len(), all.len());
    let (sound, left_out): (Vec<_>, Vec<_>) = images.zip(all).partition(|(_, evidence)| evidence.is_sound());
    // Of all test images, of which these may be some themselves.
    let places: Vec<usize> = data::spread(inputs.dataset.test.len(), inputs.test.len()).collect();
    let mut named: Vec<usize> = left_out.into_iter().map(|(i, _)| places[i]).collect();
    let known = measures.get(LEFT_OUT);
    named.extend(known.into_iter().flat_map(|known| known.named.iter().copied()));
    named.sort_unstable();
    named.dedup();
    measures.insert(LEFT_OUT, Estimated::named(named, known.map_or(0, |known| known.n).max(all.len())));
    sound.into_iter().map(|(i, evidence)| (i, evidence.log)).unzip()
}

/// log p(x) of a model without a prior, under what is fitted to its codes: a Gaussian, and a mixture in coordinates in which that is
/// N(0, I), both by training images. Under N(0, I) itself it says above all on which scale the codes happen to be.
pub fn evidence_of_fitted(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let Inputs { model, effort, .. } = inputs;
    let Some(trained) = inputs.trained.filter(|_| model.config().is_plane()) else { return Ok(()) };
    let from = Fitted::new(trained);
    if from.is_flat() {
        return Ok(());
    }
    let whitened = Codes { latent: trained.latent, mu: from.all_whitened(&trained.mu), logvar: None };
    let mixture = mixture(&whitened, COMPONENTS, effort.seed, &progress.part(0.0, 0.2))?;
    let images = inputs.test.spread(effort.evidence);
    let priors = [("log_evidence_fitted", Prior::normal(2)), ("log_evidence_mixture_fitted", mixture)];
    for (i, (id, prior)) in priors.into_iter().enumerate() {
        let (model, progress) = (Whitened { model, from: &from, prior }, progress.part(0.2, 1.0).part_of(i, 2));
        let all = evidence_of_split(&model, &images, Quadrature::default(), &progress)?;
        let (some, logs) = sound(inputs, &all, measures);
        if !logs.is_empty() {
            measures.insert(id, Estimated::mean_of_some(&vec![0.0; inputs.test.len()], &logs, &some));
        }
    }
    Ok(())
}

/// What log p(x) − ELBO is made of, over the plane, and how far true posteriors are from Gaussians; an AE has no ELBO.
pub fn gaps(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    if !inputs.model.config().is_plane() || inputs.codes.logvar.is_none() {
        return Ok(());
    }
    let some = inputs.test.spread(inputs.effort.gaps);
    let all = Inference::of_split(inputs.model, &some, inputs.beta, &progress.part(0.0, 0.95))?;
    let (all, evidence): (Vec<_>, Vec<Evidence>) =
        all.into_iter().map(|one| ((one.encoder, one.posterior), one.evidence)).unzip();
    sound(inputs, &evidence, measures);
    let sound: Vec<_> = all.into_iter().zip(&evidence).filter(|(_, e)| e.is_sound()).map(|(one, _)| one).collect();
    let gaps: Vec<Gap> = sound.iter().filter_map(|(encoder, _)| Some(encoder.as_ref()?.1)).collect();
    if gaps.is_empty() {
        return Ok(());
    }
    let negentropies: Vec<f64> = sound.iter().map(|(_, posterior)| posterior.negentropy()).collect();
    let progress = progress.part(0.95, 1.0);
    let parts: [([&'static str; 3], Vec<f64>); 5] = [
        (["gap_mean", "gap_p50", "gap_p99"], gaps.iter().map(Gap::whole).collect()),
        (
            ["approximation_gap", "approximation_gap_p50", "approximation_gap_p99"],
            gaps.iter().map(Gap::approximation).collect(),
        ),
        (["objective_gap", "objective_gap_p50", "objective_gap_p99"], gaps.iter().filter_map(Gap::objective).collect()),
        (
            ["amortisation_gap", "amortisation_gap_p50", "amortisation_gap_p99"],
            gaps.iter().filter_map(Gap::amortisation).collect(),
        ),
        (["negentropy", "negentropy_p50", "negentropy_p99"], negentropies),
    ];
    for (i, ([mean, median, most], values)) in parts.into_iter().enumerate() {
        let progress = progress.part_of(i, 5);
        if !values.is_empty() {
            measures.insert(mean, Estimated::mean(&values));
            measures.insert(median, Estimated::quantile(&values, 0.5, &progress.part(0.0, 0.5))?);
            measures.insert(most, Estimated::quantile(&values, 0.99, &progress.part(0.5, 1.0))?);
        }
    }
    Ok(())
}
