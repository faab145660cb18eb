use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use latent_explorer::config::{ModelKind, Place, TrainConfig};
use latent_explorer::model::{
    Autoencoder, Checkpoint, Compute, Frozen, Progress, bernoulli_nll, evaluate, initial_parameters, kl, layout, named,
};
use latent_explorer::progress;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use tempfile::TempDir;

use crate::support::{SIDE, model, model_config, split};

fn checkpoint(kind: ModelKind) -> Checkpoint {
    let model = model_config(kind);
    let progress = Progress { step: 7, epoch: 1, data: "bars".into(), train: TrainConfig::default() };
    let parameters = initial_parameters(&model, 3);
    Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane: Default::default() }
}

fn saved(kind: ModelKind) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    checkpoint(kind).save(&path).unwrap();
    (folder, path)
}

fn refusal(path: &Path) -> String {
    let text = Checkpoint::load(path).unwrap_err().to_string();
    assert!(text.contains("model.safetensors"), "{text}");
    text
}

#[test]
fn the_likelihood_of_large_logits_is_finite() {
    let logits = Tensor::new(&[[200f32, -200.0, 1e4, -1e4]], &Device::Cpu).unwrap();
    let x = Tensor::new(&[[1f32, 0.0, 0.5, 0.5]], &Device::Cpu).unwrap();
    let nll: f32 = bernoulli_nll(&logits, &x).unwrap().to_scalar().unwrap();
    assert_eq!(nll, 1e4);
}

#[test]
fn the_likelihood_of_nan_is_nan() {
    let logits = Tensor::new(&[[f32::NAN, 0.0]], &Device::Cpu).unwrap();
    let nll: f32 = bernoulli_nll(&logits, &logits.zeros_like().unwrap()).unwrap().to_scalar().unwrap();
    assert!(nll.is_nan());
}

#[test]
fn the_kl_of_the_prior_itself_is_zero() {
    let zeros = Tensor::zeros((5, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
    let (mean, variance) = kl(&zeros, &zeros).unwrap();
    assert_eq!((mean.to_scalar::<f32>().unwrap(), variance.to_scalar::<f32>().unwrap()), (0.0, 0.0));
}

#[test]
fn an_ae_and_a_vae_of_one_seed_start_from_the_same_weights() {
    let of = |kind| -> HashMap<String, Vec<f32>> {
        let config = model_config(kind);
        let all = initial_parameters(&config, 5);
        named(&config, &all).into_iter().map(|(name, _, values)| (name, values.to_vec())).collect()
    };
    let (ae, vae) = (of(ModelKind::Ae), of(ModelKind::Vae));
    assert_eq!(vae.len(), ae.len() + 2);
    for (name, values) in ae {
        assert_eq!(values, vae[&name], "{name}");
    }
}

#[test]
fn initial_weights_are_uniform_within_pytorchs_bound() {
    let config = model_config(ModelKind::Vae);
    let all = initial_parameters(&config, 0);
    for pair in named(&config, &all).chunks(2) {
        let bound = 1.0 / (pair[0].1[1] as f32).sqrt();
        for (name, _, values) in pair {
            assert!(values.iter().all(|v| v.abs() <= bound), "{name}");
        }
        let weights = pair[0].2;
        let mean_square = weights.iter().map(|v| v * v).sum::<f32>() / weights.len() as f32;
        assert!((mean_square / (bound * bound / 3.0) - 1.0).abs() < 0.5, "{}", pair[0].0);
    }
}

#[test]
fn a_file_has_pytorchs_names_and_layout() {
    let (_folder, path) = saved(ModelKind::Vae);
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut found: Vec<(String, Vec<usize>)> =
        file.tensors().into_iter().map(|(name, tensor)| (name, tensor.shape().to_vec())).collect();
    found.sort();
    let pixels = SIDE * SIDE;
    let expected = [
        ("decoder.0.bias", vec![8]),
        ("decoder.0.weight", vec![8, 2]),
        ("decoder.1.bias", vec![16]),
        ("decoder.1.weight", vec![16, 8]),
        ("decoder.out.bias", vec![pixels]),
        ("decoder.out.weight", vec![pixels, 16]),
        ("encoder.0.bias", vec![16]),
        ("encoder.0.weight", vec![16, pixels]),
        ("encoder.1.bias", vec![8]),
        ("encoder.1.weight", vec![8, 16]),
        ("encoder.logvar.bias", vec![2]),
        ("encoder.logvar.weight", vec![2, 8]),
        ("encoder.mu.bias", vec![2]),
        ("encoder.mu.weight", vec![2, 8]),
    ];
    assert_eq!(found, expected.map(|(name, shape)| (name.to_owned(), shape)));
}

#[test]
fn an_ae_has_no_logvar() {
    assert!(layout(&model_config(ModelKind::Ae)).iter().all(|(name, _)| !name.contains("logvar")));
}

#[test]
fn a_saved_checkpoint_loads_as_it_was() {
    for kind in [ModelKind::Ae, ModelKind::Vae] {
        let (_folder, path) = saved(kind);
        assert_eq!(Checkpoint::load(&path).unwrap(), checkpoint(kind));
    }
}

#[test]
fn a_truncated_file_is_refused_wherever_it_is_cut() {
    let (_folder, path) = saved(ModelKind::Vae);
    let whole = fs::read(&path).unwrap();
    for length in [0, 5, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(refusal(&path).contains("cut short"));
    }
}

#[test]
fn a_safetensors_file_of_another_program_is_refused() {
    let (_folder, path) = saved(ModelKind::Vae);
    let data = [0u8; 8];
    let view = TensorView::new(Dtype::F32, vec![2], &data).unwrap();
    fs::write(&path, serialize([("weight", view)], None).unwrap()).unwrap();
    assert!(refusal(&path).contains("another program"));
}

/// Writes the file of a checkpoint with its tensors changed.
fn save_changed(path: &Path, change: impl FnOnce(&mut Vec<(String, Vec<usize>, Vec<f32>)>)) {
    let checkpoint = checkpoint(ModelKind::Vae);
    let metadata = {
        checkpoint.save(path).unwrap();
        let bytes = fs::read(path).unwrap();
        SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone()
    };
    let mut tensors: Vec<_> =
        named(&checkpoint.model, &checkpoint.parameters).into_iter().map(|(n, s, v)| (n, s, v.to_vec())).collect();
    change(&mut tensors);
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|t| t.2.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
    let views =
        tensors.iter().zip(&bytes).map(|(t, b)| (t.0.clone(), TensorView::new(Dtype::F32, t.1.clone(), b).unwrap()));
    fs::write(path, serialize(views, metadata).unwrap()).unwrap();
}

#[test]
fn a_tensor_of_another_shape_is_refused_by_name() {
    let (_folder, path) = saved(ModelKind::Vae);
    save_changed(&path, |tensors| tensors[0].1 = vec![8, 128]);
    let text = refusal(&path);
    assert!(text.contains("encoder.0.weight") && text.contains("[8, 128]") && text.contains("[16, 64]"), "{text}");
}

#[test]
fn a_tensor_too_few_or_too_many_is_refused_by_name() {
    let (_folder, path) = saved(ModelKind::Vae);
    save_changed(&path, |tensors| drop(tensors.pop()));
    assert!(refusal(&path).contains("decoder.out.bias"));
    save_changed(&path, |tensors| tensors.push(("extra".to_owned(), vec![1], vec![0.0])));
    assert!(refusal(&path).contains("`extra`"));
}

#[test]
fn a_number_that_is_not_finite_is_refused() {
    let (_folder, path) = saved(ModelKind::Vae);
    let mut wrong = checkpoint(ModelKind::Vae);
    // The sixth number of the second weight, behind the first layer.
    std::sync::Arc::make_mut(&mut wrong.parameters)[16 * SIDE * SIDE + 16 + 5] = f32::NAN;
    wrong.save(&path).unwrap();
    let text = refusal(&path);
    assert!(text.contains("NaN at position 5"), "{text}");
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing/model.safetensors");
    assert!(checkpoint(ModelKind::Ae).save(&missing).unwrap_err().to_string().contains("missing"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn images_pass_through_in_any_number() {
    let model = Autoencoder::new(
        &model_config(ModelKind::Vae),
        &initial_parameters(&model_config(ModelKind::Vae), 0),
        Compute::cpu(2),
    );
    let model = model.unwrap();
    let images = split(2_300);
    let all = model.encode_places(&images.gather(0..2_300)).unwrap();
    let one = model.encode_places(&images.gather([2_250])).unwrap();
    assert_eq!(all.mu.len(), 2_300);
    assert!((all.mu[2_250][0] - one.mu[0][0]).abs() < 1e-6);
    let decoded = model.decode_places(&all.mu).unwrap();
    assert_eq!(decoded.len(), 2_300 * SIDE * SIDE);
    assert!(decoded.iter().all(|p| (0.0..=1.0).contains(p)));
}

#[test]
fn an_evaluation_follows_from_its_seed() {
    let model = checkpoint(ModelKind::Vae).restore(Compute::cpu(1)).unwrap();
    let images = split(1_200);
    let first = evaluate(&model, &images, 1, &progress::Progress::silent()).unwrap();
    assert_eq!(first, evaluate(&model, &images, 1, &progress::Progress::silent()).unwrap());
    let other = evaluate(&model, &images, 2, &progress::Progress::silent()).unwrap();
    assert_ne!(first.recon, other.recon);
    assert_eq!((first.kl_mean, first.mse), (other.kl_mean, other.mse));
}

#[test]
fn a_model_is_shared_by_threads_that_decode_at_once() {
    let model = Arc::new(model(ModelKind::Vae));
    let codes: Vec<Place> = (0..300).map(|i| [0.01 * i as f32, -1.0]).collect();
    let expected = model.decode_places(&codes).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (model, codes) = (model.clone(), codes.clone());
            std::thread::spawn(move || model.decode_places(&codes).unwrap())
        })
        .collect();
    threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), expected));
}
