//! A model that has collapsed is not the better one by any measure that says which way is better.

use latent_explorer::catalogue::Better;
use latent_explorer::config::Beta;
use latent_explorer::data::{Dataset, Split};
use latent_explorer::model::fit;

use super::*;

const FEW: Effort = Effort { images: 90, evidence: 30, gaps: 4, samples: 90, seed: 0 };

/// Images that principal components know how to draw: two directions of a Gaussian, a little noise, and a class by the first.
fn linear_images(count: usize, index: u64) -> Split {
    let (directions, codes) = (normal(2, 64, 20), normal(count, 2, index));
    let noise = normal(count, 64, index + 1);
    let pixel = |i: usize, p: usize| {
        let along = 0.1 * codes[2 * i] * directions[p] + 0.06 * codes[2 * i + 1] * directions[64 + p];
        (255.0 * (0.5 + along + 0.02 * noise[64 * i + p])).round().clamp(0.0, 255.0) as u8
    };
    let images = (0..count).flat_map(|i| (0..64).map(move |p| (i, p))).map(|(i, p)| pixel(i, p)).collect();
    let labels = (0..count).map(|i| u16::from(codes[2 * i] > 0.0)).collect();
    Split { shape: ImageShape::grey(8, 8), images, labels }
}

fn linear_set() -> Dataset {
    let class_names = vec!["low".into(), "high".into()];
    let (train, test) = (linear_images(300, 21), linear_images(90, 23));
    Dataset { source: "directions".into(), class_names, train, test, factors: None }
}

/// Every image decoded as this one, whatever its code, which the encoder makes N(0, I) (or 0) of every image.
fn one_image(kind: ModelKind, likelihood: Likelihood, image: &[f32]) -> Measures {
    let mut config = model_config(kind);
    (config.spec.arch, config.spec.likelihood) = (Arch::Mlp(Vec::new()), likelihood);
    let model = with_parameters(&config, |_, values| match values.len() {
        64 => values.copy_from_slice(image),
        _ => values.fill(0.0),
    });
    measure(&model, &linear_set(), 1.0.into(), FEW, &Progress::silent()).unwrap()
}

/// Principal components, a model that has not collapsed; and its likelihood.
fn whole() -> (Measures, Likelihood) {
    let set = linear_set();
    let spec = ModelSpec { likelihood: Likelihood::LEARNED, ..ModelSpec::new(ModelKind::Pca) };
    let config = ModelConfig { shape: set.train.shape, spec };
    let model = fit(&config, Beta::both(1.0), &set.train, Compute::cpu(2), &Progress::silent()).unwrap();
    let c = model.config().likelihood.c().unwrap();
    (measure(&model, &set, 1.0.into(), FEW, &Progress::silent()).unwrap(), Likelihood::Gaussian { c, learned: false })
}

fn mean_image() -> Vec<f32> {
    let train = linear_set().train;
    let images = train.gather(0..train.len());
    (0..64).map(|p| images.iter().skip(p).step_by(64).sum::<f32>() / train.len() as f32).collect()
}

#[test]
fn where_better_is_said_a_collapsed_model_is_not_better() {
    let (whole, likelihood) = whole();
    for kind in [ModelKind::Vae, ModelKind::Ae] {
        for image in [mean_image(), linear_set().train.gather([7])] {
            let collapsed = one_image(kind, likelihood, &image);
            for about in catalogue::measures().filter(|about| about.better != Better::Neither) {
                let (Some(good), Some(bad)) = (whole.get(about.id), collapsed.get(about.id)) else { continue };
                let gain = if about.better == Better::Higher { good.value - bad.value } else { bad.value - good.value };
                assert!(gain >= -1e-9, "{kind}: {} is {} and, collapsed, {}", about.id, good.value, bad.value);
            }
        }
    }
}

#[test]
fn what_says_no_better_would_have_praised_the_collapse() {
    let (good, likelihood) = whole();
    let all: Vec<Measures> =
        (0..8).map(|i| one_image(ModelKind::Vae, likelihood, &linear_set().train.gather([i]))).collect();
    // The one image has been chosen well.
    let bad = all.into_iter().max_by(|a, b| a["density"].value.total_cmp(&b["density"].value)).unwrap();
    let [good_value, bad_value] = [&good, &bad].map(|of| |id: &str| of[id].value);
    assert!(bad_value("precision") == 1.0 && good_value("precision") < 1.0, "{}", good_value("precision"));
    assert!(bad_value("density") > good_value("density"), "{}", good_value("density"));
    assert!(bad_value("class_changes") <= good_value("class_changes"));
    assert!(bad_value("overlap") > good_value("overlap"));
    assert!(bad_value("kl_aggregate").abs() < 0.05 && good_value("kl_aggregate") > 0.05);
    assert!(bad_value("gap").abs() < 1e-3);
    assert!(!bad.contains_key("jump_p50"));
    for id in ["precision", "density", "class_changes", "overlap", "kl_aggregate", "gap", "jump_p50", "jump_ratio"] {
        assert_eq!(catalogue::about(id).unwrap().better, Better::Neither, "{id}");
    }
}

#[test]
fn emptiness_and_reencoding_error_tell_a_collapsed_model() {
    let (whole, likelihood) = whole();
    let collapsed = one_image(ModelKind::Vae, likelihood, &mean_image());
    assert!(collapsed["emptiness"].value > 0.9 && collapsed["emptiness"].value > whole["emptiness"].value);
    assert!((collapsed["reencoding_error"].value - 1.0).abs() < 0.2, "{:?}", collapsed["reencoding_error"].value);
    assert!(whole["reencoding_error"].value < 0.2, "{:?}", whole["reencoding_error"].value);
}
