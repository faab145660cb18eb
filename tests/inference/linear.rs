//! Principal components: log p(x) in closed form against quadrature and against the Gaussian over all pixels.

use std::f64::consts::TAU;

use latent_explorer::config::{ModelKind, ModelSpec, TrainConfig};
use latent_explorer::explore::inference::{Hint, Inference, OfModel, Quadrature, evidence_of};
use latent_explorer::model::{Autoencoder, Compute, Frozen, fit};
use latent_explorer::progress::Progress;
use nalgebra::{DMatrix, DVector};

use crate::support::{model_config, split};

fn fitted(latent: usize, beta: f64) -> Autoencoder {
    let mut config = model_config(ModelKind::Pca);
    config.spec = ModelSpec { latent, ..config.spec };
    let beta = TrainConfig { beta: beta.into(), ..TrainConfig::default() }.beta;
    fit(&config, beta, &split(300), Compute::cpu(2), &Progress::silent()).unwrap()
}

/// log N(x; m, W Wᵀ + c I) over all pixels.
fn on_paper(model: &Autoencoder, image: &[f32]) -> f64 {
    let (latent, pixels) = (model.latent(), image.len());
    let decoded = |code: &[f32]| model.decoded(code, &Progress::silent()).unwrap();
    let mean = decoded(&vec![0.0; latent]);
    let w = DMatrix::from_fn(pixels, latent, |p, d| {
        let code: Vec<f32> = (0..latent).map(|e| f32::from(u8::from(e == d))).collect();
        f64::from(decoded(&code)[p]) - f64::from(mean[p])
    });
    let c = model.config().likelihood.c().unwrap();
    let covariance = &w * w.transpose() + DMatrix::identity(pixels, pixels) * c;
    let off = DVector::from_iterator(pixels, image.iter().zip(&mean).map(|(&x, &m)| f64::from(x) - f64::from(m)));
    let factor = covariance.cholesky().unwrap();
    let log_determinant = 2.0 * factor.l().diagonal().iter().map(|v| v.ln()).sum::<f64>();
    -0.5 * (pixels as f64 * TAU.ln() + log_determinant + off.dot(&factor.solve(&off)))
}

#[test]
fn principal_components_have_the_evidence_of_the_gaussian_over_all_pixels() {
    let images = split(20).gather(0..20);
    for (latent, beta) in [(1, 1.0), (2, 1.0), (2, 30.0), (5, 1.0)] {
        let model = fitted(latent, beta);
        let all = evidence_of(&model, &images, Quadrature::default(), &Progress::silent()).unwrap();
        for (evidence, image) in all.iter().zip(images.chunks_exact(64)) {
            let exact = on_paper(&model, image);
            let off = (evidence.log - exact).abs();
            assert!(off < 1e-3, "{latent}: {} instead of {exact}", evidence.log);
        }
    }
}

#[test]
fn quadrature_agrees_with_the_closed_form_of_principal_components_and_their_gap_is_0() {
    let model = fitted(2, 1.0);
    let images = split(6).gather(0..6);
    let exact = model.exact_evidence(&images, &Progress::silent()).unwrap().unwrap();
    for (image, exact) in images.chunks_exact(64).zip(exact) {
        let hints = Hint::of(&model.encode_places(image).unwrap());
        let bounds = Quadrature::bounds(model.prior().unwrap(), &hints);
        let likelihood = OfModel { model: &model, images: image };
        let found = super::EXACT.evidence(&likelihood, &hints, bounds, &Progress::silent()).unwrap();
        assert!((found[0].log - exact).abs() < 1e-2, "{} instead of {exact}", found[0].log);
        let inference = Inference::of(&model, image, 1.0.into(), &Progress::silent()).unwrap();
        let (_, gap) = inference.encoder.unwrap();
        assert_eq!(inference.evidence.log, exact);
        assert!(gap.whole().abs() < 5e-3, "{gap:?}");
        let check = inference.check.unwrap();
        assert!((check.mass - 1.0).abs() < 1e-2 && check.identity.unwrap().abs() < 1e-2, "{check:?}");
    }
}

#[test]
fn other_models_have_no_closed_form() {
    for kind in [ModelKind::Ae, ModelKind::Vae, ModelKind::VqVae] {
        let model = crate::support::model(kind);
        assert_eq!(model.exact_evidence(&split(1).gather([0]), &Progress::silent()).unwrap(), None);
    }
}
