//! Measures of log p(x): the evidence, and how far the ELBO is from it.

use super::super::exact::exact_evidence;
use super::super::fitted::Fitted;
use super::super::inference::{Gap, Inference, Quadrature, evidence_of_split};
use super::Estimated;
use super::inputs::{Inputs, Measures};
use super::mixture::mixture;
use super::whitened::Whitened;
use crate::data;
use crate::model::{Codes, ModelError, Prior};
use crate::progress::Progress;

/// Of the mixture that is fitted to an AE's codes.
const COMPONENTS: usize = 20;

/// log p(x): exact where that is cheap, else by quadrature over the plane, if the codes are one.
pub fn evidence(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    let config = inputs.model.config();
    let images = inputs.test.spread(inputs.effort.evidence);
    let all = match exact_evidence(inputs.model, &images, &progress.part(0.01, 0.1))? {
        Some(all) => all,
        None if config.is_plane() && !config.is_quantised() => {
            let all = evidence_of_split(inputs.model, &images, Quadrature::default(), &progress.part(0.1, 1.0))?;
            all.iter().map(|e| e.log).collect()
        }
        None => return Ok(()),
    };
    match inputs.terms.elbo() {
        Some(elbo) => {
            // The images are the same for all terms, so that ELBO and gap are log p(x) to the last digit.
            let some: Vec<usize> = data::spread(inputs.test.len(), images.len()).collect();
            let gaps: Vec<f64> = all.iter().zip(&some).map(|(log, &i)| log - elbo[i]).collect();
            measures.insert("log_evidence", Estimated::mean_of_some(&elbo, &gaps, &some));
            measures.insert("gap", Estimated::mean(&gaps));
        }
        None => _ = measures.insert("log_evidence", Estimated::mean(&all)),
    }
    Ok(())
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
        measures.insert(id, Estimated::mean(&all.iter().map(|e| e.log).collect::<Vec<_>>()));
    }
    Ok(())
}

/// What log p(x) − ELBO is made of, over the plane; an AE has no ELBO.
pub fn gaps(inputs: &Inputs, measures: &mut Measures, progress: &Progress) -> Result<(), ModelError> {
    if inputs.codes.logvar.is_none() || !inputs.model.config().is_plane() {
        return Ok(());
    }
    let some = inputs.test.spread(inputs.effort.gaps);
    let inferences = Inference::of_split(inputs.model, &some, progress)?;
    let all: Vec<Gap> = inferences.into_iter().filter_map(|inference| inference.encoder).map(|(_, gap)| gap).collect();
    let of = |part: fn(&Gap) -> f64| Estimated::mean(&all.iter().map(part).collect::<Vec<_>>());
    measures.insert("approximation_gap", of(Gap::approximation));
    measures.insert("amortisation_gap", of(Gap::amortisation));
    Ok(())
}
