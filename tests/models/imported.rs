//! State dicts of PyTorch: which are recognised, what they become, and damage.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use latent_explorer::config::{Arch, ImageShape, Likelihood, ModelKind, PriorKind};
use latent_explorer::model::{Checkpoint, Compute, Facts, Frozen, Imported, Runner, export, import, is_foreign};
use latent_explorer::progress;
use safetensors::tensor::{Dtype, TensorView, serialize};
use tempfile::TempDir;

use crate::exported::{checkpoint, models};

type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

/// Tensors of these names and shapes with numbers of their own.
fn tensors(all: &[(&str, &[usize])]) -> Tensors {
    let values = |shape: &[usize], i: usize| -> Vec<f32> {
        (0..shape.iter().product()).map(|k| ((i * 37 + k * 11) % 101) as f32 / 500.0 - 0.1).collect()
    };
    all.iter().enumerate().map(|(i, (name, shape))| (name.to_string(), shape.to_vec(), values(shape, i))).collect()
}

/// Weights and biases of layers.
fn layers(all: &[(&str, &[usize])]) -> Tensors {
    let both = |&(name, shape): &(&str, &[usize])| {
        // Transposed convolutions have their outputs second.
        let outputs = if shape.len() == 4 && name.starts_with("dec") { shape[1] } else { shape[0] };
        [(format!("{name}.weight"), shape.to_vec()), (format!("{name}.bias"), vec![outputs])]
    };
    let named: Vec<(String, Vec<usize>)> = all.iter().flat_map(both).collect();
    tensors(&named.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect::<Vec<_>>())
}

fn safetensors(all: &Tensors) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        all.iter().map(|(.., values)| values.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
    let views = all
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    serialize(views, None).unwrap()
}

/// As `torch.save` writes a state dict; the pickle names `shape_of` each tensor.
fn torch_file(all: &Tensors, shape_of: impl Fn(&[usize]) -> Vec<usize>) -> Vec<u8> {
    torch_file_of(all, &pickle(all, shape_of))
}

fn torch_file_of(all: &Tensors, pickle: &[u8]) -> Vec<u8> {
    let values = |values: &Vec<f32>| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    archive(pickle, &all.iter().map(|(.., all)| values(all)).collect::<Vec<_>>())
}

fn pickle(all: &Tensors, shape_of: impl Fn(&[usize]) -> Vec<usize>) -> Vec<u8> {
    let text = |text: &str| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let int = |value: usize| [b"J", &(value as i32).to_le_bytes()[..]].concat();
    let tuple = |parts: &[Vec<u8>]| [b"(", &parts.concat()[..], b"t"].concat();
    let ints = |all: &[usize]| tuple(&all.iter().map(|&v| int(v)).collect::<Vec<_>>());
    let mut pickle = b"\x80\x02}(".to_vec();
    for (i, (name, shape, values)) in all.iter().enumerate() {
        let strides: Vec<usize> = (0..shape.len()).map(|d| shape[d + 1..].iter().product()).collect();
        let class = b"ctorch\nFloatStorage\n".to_vec();
        let storage =
            [tuple(&[text("storage"), class, text(&i.to_string()), text("cpu"), int(values.len())]), b"Q".to_vec()];
        let hooks = b"ccollections\nOrderedDict\n)R".to_vec();
        let arguments = [storage.concat(), int(0), ints(&shape_of(shape)), ints(&strides), b"\x89".to_vec(), hooks];
        pickle.extend(
            [text(name), b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(), tuple(&arguments), b"R".to_vec()].concat(),
        );
    }
    pickle.extend(b"u.");
    pickle
}

/// A zip of a pickle and of storages.
fn archive(pickle: &[u8], storages: &[Vec<u8>]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("archive/data.pkl", stored).unwrap();
    zip.write_all(pickle).unwrap();
    for (i, bytes) in storages.iter().enumerate() {
        zip.start_file(format!("archive/data/{i}"), stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read(name: &str, bytes: &[u8], facts: &Facts) -> Result<Imported, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    import(&path, facts).map_err(|e| e.to_string())
}

fn imported(all: &Tensors) -> Result<Imported, String> {
    read("model.safetensors", &safetensors(all), &Facts::default())
}

#[track_caller]
fn refused(all: &Tensors) -> String {
    imported(all).err().expect("refused")
}

const EXAMPLE: [(&str, &[usize]); 5] =
    [("fc1", &[400, 784]), ("fc21", &[20, 400]), ("fc22", &[20, 400]), ("fc3", &[400, 20]), ("fc4", &[784, 400])];

#[test]
fn the_vae_of_pytorchs_examples_is_recognised() {
    let Imported { checkpoint, notice } = imported(&layers(&EXAMPLE)).unwrap();
    let model = &checkpoint.model;
    assert_eq!((model.kind, &model.arch, model.latent), (ModelKind::Vae, &Arch::Mlp(vec![400]), 20));
    assert_eq!((model.shape, checkpoint.progress.data.path.as_str()), (ImageShape::grey(28, 28), "mnist"));
    for said in ["VAE", "400", "20 latent", "ReLU", "28 x 28", "Bernoulli"] {
        assert!(notice.contains(said), "{said}: {notice}");
    }
    // The head of μ is the first of the two.
    let at = 400 * 784 + 400;
    assert_eq!(checkpoint.parameters[at..at + 20 * 400], layers(&EXAMPLE)[2].2);
}

/// Layers of one network by other names: those of the encoder, the heads, and those of the decoder.
const SPELLINGS: [[&str; 7]; 6] = [
    ["encoder.0", "encoder.2", "encoder.mu", "encoder.logvar", "decoder.0", "decoder.2", "decoder.4"],
    [
        "module.enc.fc1",
        "module.enc.fc2",
        "module.enc.fc_mean",
        "module.enc.fc_log_var",
        "module.dec.a",
        "module.dec.b",
        "module.dec.c",
    ],
    ["vae.encode1", "vae.hidden", "vae.z_mean", "vae.z_logvar", "vae.latent2hidden", "vae.decode1", "vae.decode2"],
    ["fc1", "fc2", "fc_mu", "fc_var", "fc3", "fc4", "fc5"],
    ["encoder.net.0", "encoder.net.2", "to_mu", "to_logvar", "decoder_input", "decoder.0", "decoder.2"],
    ["encoder.lin1", "encoder.lin2", "encMu", "encLogvar", "decoder.lin9", "decoder.lin10", "final_layer"],
];

#[test]
fn the_usual_names_of_layers_are_recognised() {
    for names in SPELLINGS {
        let shapes: [&[usize]; 7] = [&[32, 64], &[16, 32], &[3, 16], &[3, 16], &[16, 3], &[32, 16], &[64, 32]];
        let found = imported(&layers(&names.into_iter().zip(shapes).collect::<Vec<_>>()));
        let found = found.map(|Imported { checkpoint: Checkpoint { model, .. }, .. }| {
            (model.kind, model.arch.clone(), model.latent)
        });
        assert_eq!(found, Ok((ModelKind::Vae, Arch::Mlp(vec![32, 16]), 3)), "{names:?}");
    }
}

#[test]
fn an_autoencoder_without_heads_has_its_code_where_it_is_narrowest() {
    for names in [["encoder.0", "encoder.2", "decoder.0", "decoder.2"], ["fc1", "fc2", "fc3", "fc4"]] {
        let shapes: [&[usize]; 4] = [&[16, 64], &[2, 16], &[16, 2], &[64, 16]];
        let found = imported(&layers(&names.into_iter().zip(shapes).collect::<Vec<_>>())).unwrap();
        let model = &found.checkpoint.model;
        assert_eq!((model.kind, &model.arch, model.latent), (ModelKind::Ae, &Arch::Mlp(vec![16]), 2), "{names:?}");
    }
}

#[test]
fn a_last_layer_twice_as_wide_as_the_code_is_mu_and_logvar() {
    let all =
        layers(&[("encoder.0", &[16, 64]), ("encoder.2", &[6, 16]), ("decoder.0", &[16, 3]), ("decoder.2", &[64, 16])]);
    let Imported { checkpoint, notice } = imported(&all).unwrap();
    assert_eq!((checkpoint.model.kind, checkpoint.model.latent), (ModelKind::Vae, 3));
    assert!(notice.contains("halves of `encoder.2`"), "{notice}");
}

#[test]
fn a_head_of_log_sigma_is_doubled_and_that_is_said() {
    let all = |head| {
        layers(&[("enc", &[16, 64]), ("mu", &[2, 16]), (head, &[2, 16]), ("dec1", &[16, 2]), ("dec2", &[64, 16])])
    };
    let of = |head| imported(&all(head)).unwrap();
    let (plain, sigma) = (of("logvar"), of("log_sigma"));
    let at = 16 * 64 + 16 + 2 * 16 + 2;
    assert_eq!(sigma.checkpoint.parameters[at], 2.0 * plain.checkpoint.parameters[at]);
    assert!(sigma.notice.contains("`log_sigma` taken for ln σ"), "{}", sigma.notice);
    assert!(of("fc_sigma").notice.contains("`fc_sigma` taken for ln σ²"));
}

/// What a model says of some images: codes, and what is decoded of them.
fn said(checkpoint: &Checkpoint) -> (Vec<f32>, Vec<f32>) {
    let (model, quiet) = (checkpoint.restore(Compute::cpu(1)).unwrap(), progress::Progress::silent());
    let images: Vec<f32> = (0..3 * checkpoint.model.pixels()).map(|i| (i * 29 % 83) as f32 / 83.0).collect();
    let codes = model.codes_of(&images, &quiet).unwrap();
    let decoded = model.decoded(&codes.mu, &quiet).unwrap();
    ([codes.mu, codes.logvar.unwrap_or_default()].concat(), decoded)
}

#[test]
fn what_was_exported_to_pytorch_comes_back_the_same() {
    for shape in [ImageShape::grey(28, 28), ImageShape::rgb(9, 7)] {
        for (name, model) in models(shape) {
            let before = checkpoint(&model);
            let files = export(&before, Runner::PyTorch).unwrap();
            let facts =
                Facts { shape: Some(model.shape), likelihood: Some(before.model.likelihood), ..Facts::default() };
            let after = read("model.safetensors", &files[1].bytes, &facts).unwrap().checkpoint;
            // A closed form comes back as the network that it is, a VampPrior as the mixture that it is.
            assert_eq!((&after.model.arch, after.model.latent), (&model.arch, model.latent), "{name}");
            assert_eq!(after.model.kind, if name == "pca" { ModelKind::Vae } else { model.kind }, "{name}");
            assert_eq!(said(&after), said(&before), "{name}");
            if model.prior != PriorKind::Normal {
                let prior = |c: &Checkpoint| {
                    c.restore(Compute::cpu(1)).unwrap().prior().unwrap().log_density(&vec![0.3; model.latent])
                };
                assert!((prior(&after) - prior(&before)).abs() < 1e-5, "{name}");
            }
        }
    }
}

#[test]
fn a_file_of_torch_save_is_read_as_the_safetensors_file_is() {
    let all = layers(&EXAMPLE);
    let torch = read("model.pt", &torch_file(&all, <[usize]>::to_vec), &Facts::default()).unwrap().checkpoint;
    assert_eq!(torch.parameters, imported(&all).unwrap().checkpoint.parameters);
}

#[test]
fn a_map_names_what_is_not_recognised_and_leaves_out_the_rest() {
    let mut all =
        layers(&[("a", &[16, 64]), ("b", &[2, 16]), ("c", &[16, 2]), ("d", &[64, 16]), ("classifier", &[10, 16])]);
    all.push(("bn.running_mean".to_owned(), vec![16], vec![0.0; 16]));
    let said = refused(&all);
    assert!(said.contains("--map") && said.contains("classifier.weight [10, 16]"), "{said}");
    let names =
        |names: &[(&str, &str)]| names.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<HashMap<_, _>>();
    let map = |all: &[(&str, &str)]| Facts { names: Some(names(all)), ..Facts::default() };
    let ours = [("encoder.0", "a"), ("encoder.mu", "b"), ("decoder.0", "c"), ("decoder.out", "d")];
    let found = read("model.safetensors", &safetensors(&all), &map(&ours)).unwrap();
    assert_eq!((found.checkpoint.model.kind, found.checkpoint.model.latent), (ModelKind::Ae, 2));
    let said = read("model.safetensors", &safetensors(&all), &map(&[("encoder.0", "z")])).err().unwrap();
    assert!(said.contains("`z`") && said.contains("a.weight [16, 64]"), "{said}");
}

#[test]
fn what_does_not_fit_is_refused_with_its_shapes_and_those_that_would() {
    let said = refused(&layers(&[
        ("encoder.0", &[16, 64]),
        ("encoder.2", &[2, 16]),
        ("decoder.0", &[12, 2]),
        ("decoder.2", &[64, 12]),
    ]));
    assert!(said.contains("does not mirror") && said.contains("[12, 2]") && said.contains("[16, 2]"), "{said}");
    let conv: [(&str, &[usize]); 7] = [
        ("encoder.0", &[32, 1, 4, 4]),
        ("encoder.2", &[64, 32, 4, 4]),
        ("encoder.5", &[16, 3136]),
        ("fc_mu", &[2, 16]),
        ("decoder.0", &[3136, 2]),
        ("decoder.3", &[64, 32, 4, 4]),
        ("decoder.5", &[32, 1, 4, 4]),
    ];
    let said = refused(&layers(&conv));
    assert!(said.contains("[32, 1, 4, 4]") && said.contains("[32, 1, 3, 3]"), "{said}");
    let norm = [layers(&EXAMPLE), tensors(&[("bn1.weight", &[400]), ("bn1.running_mean", &[400])])].concat();
    assert!(refused(&norm).contains("`bn1."), "{}", refused(&norm));
    assert!(refused(&layers(&[("encoder.0", &[2, 35]), ("decoder.0", &[35, 2])])).contains("--size-of"));
    let mut infinite = layers(&EXAMPLE);
    infinite[1].2[3] = f32::NAN;
    assert!(refused(&infinite).contains("not finite"));
}

#[test]
fn what_a_state_dict_does_not_say_is_taken_from_what_was_said() {
    let all = layers(&[("encoder.0", &[2, 36]), ("decoder.0", &[36, 2])]);
    let facts = Facts {
        shape: Some(ImageShape::rgb(3, 4)),
        likelihood: Some(Likelihood::LEARNED),
        data: Some("shapes".into()),
        names: None,
    };
    let Imported { checkpoint, notice } = read("m.safetensors", &safetensors(&all), &facts).unwrap();
    assert_eq!((checkpoint.model.shape, checkpoint.model.likelihood), (ImageShape::rgb(3, 4), Likelihood::LEARNED));
    assert!(checkpoint.progress.data.path == "shapes" && !notice.contains("--likelihood"), "{notice}");
    let wrong = Facts { shape: Some(ImageShape::grey(5, 5)), ..Facts::default() };
    assert!(read("m.safetensors", &safetensors(&all), &wrong).err().unwrap().contains("36 numbers"));
}

#[test]
fn a_file_of_ours_is_not_taken_for_one_of_others() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    checkpoint(&models(ImageShape::grey(28, 28))[1].1).save(&path).unwrap();
    assert!(!is_foreign(&path) && !is_foreign(folder.path()) && !is_foreign(Path::new("no such.pt")));
    fs::write(&path, safetensors(&layers(&EXAMPLE))).unwrap();
    assert!(is_foreign(&path));
}

/// A file of `torch.save` with a few layers.
pub fn small_torch_file() -> Vec<u8> {
    torch_file(&layers(&SMALL), <[usize]>::to_vec)
}

const SMALL: [(&str, &[usize]); 2] = [("encoder.0", &[2, 4]), ("decoder.0", &[4, 2])];

#[test]
fn a_damaged_file_of_torch_save_is_refused_or_read_and_never_fatal() {
    let whole = torch_file(&layers(&SMALL), <[usize]>::to_vec);
    assert!(read("m.pt", &whole, &Facts::default()).is_ok());
    for length in (0..whole.len() - 1).step_by(7) {
        assert!(read("m.pt", &whole[..length], &Facts::default()).is_err(), "{length} bytes");
    }
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        refused += usize::from(read("m.pt", &damaged, &Facts::default()).is_err());
    }
    assert!(refused > whole.len() / 3, "{refused} of {}", whole.len());
    for garbage in [&b""[..], b"PK", b"no zip at all", &[0x80; 4_000]] {
        assert!(read("m.pt", garbage, &Facts::default()).is_err());
    }
}

#[test]
fn a_damaged_pickle_in_a_whole_zip_is_refused_or_read_and_never_fatal() {
    let all = layers(&SMALL);
    let whole = pickle(&all, <[usize]>::to_vec);
    let mut refused = 0;
    for at in 0..whole.len() {
        for flip in [1 << (at % 8), 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            let said = read("m.pt", &torch_file_of(&all, &damaged), &Facts::default()).err();
            assert!(said.iter().all(|said| said.lines().count() == 1), "{said:?}");
            refused += usize::from(said.is_some());
        }
        assert!(read("m.pt", &torch_file_of(&all, &whole[..at]), &Facts::default()).is_err(), "{at} bytes");
    }
    assert!(refused > whole.len() / 2, "{refused} of {}", 2 * whole.len());
}

#[test]
fn shapes_that_the_file_cannot_hold_are_refused_without_room_for_them() {
    for shape in [vec![1 << 30, 1 << 30], vec![1 << 30; 9], vec![3, 4], vec![0, 1 << 30, 1 << 30]] {
        let file = torch_file(&layers(&SMALL), |_| shape.clone());
        assert!(read("m.pt", &file, &Facts::default()).is_err(), "{shape:?}");
    }
}

#[test]
fn pickles_that_ask_for_more_than_they_are_worth_are_refused() {
    // Each pair of the last pair: 2^60 objects.
    let doubling = [b"\x80\x02Nq\x00".to_vec(), b"h\x00h\x00\x86q\x00".repeat(60), b".".to_vec()].concat();
    // Within each other, call within call.
    let nested = [b"\x80\x02N".to_vec(), vec![0x85; 150_000], b".".to_vec()].concat();
    let endless = [b"\x80\x02".to_vec(), vec![b'N'; 300_000], b".".to_vec()].concat();
    let text = b"\x80\x02X\xff\xff\xff\xffab.".to_vec();
    let number = b"\x80\x02\x8a\xff\x01.".to_vec();
    let arguments = b"\x80\x02}(X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n)Ru.".to_vec();
    for pickle in [doubling, nested, endless, text, number, arguments] {
        let said = read("m.pt", &archive(&pickle, &[]), &Facts::default()).err().unwrap();
        assert!(said.len() < 1_000, "{said}");
    }
}

#[test]
fn code_in_a_pickle_is_not_run() {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("made");
    let command = format!("touch {}", made.display());
    let length = (command.len() as u32).to_le_bytes();
    let pickle = [b"\x80\x02cos\nsystem\n(X".as_slice(), &length, command.as_bytes(), b"tR."].concat();
    assert!(read("m.pt", &archive(&pickle, &[]), &Facts::default()).err().unwrap().contains("state dict"));
    assert!(!made.exists());
}
