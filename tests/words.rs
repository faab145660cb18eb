//! The list of words of a quantised code against brute force in double precision.

use latent_explorer::config::{Codebook, Likelihood, ModelConfig, ModelKind, ModelSpec, Place};
use latent_explorer::explore::inference::learned_prior;
use latent_explorer::explore::{Weights, Words, cut_to, draw_words, softmax};
use latent_explorer::model::{Autoencoder, Compute, Frozen, InPlane, Plane, initial_parameters, layout};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};

use crate::support::{model_config, split};

/// A VQ-VAE with these words, each of some latent dimensions, and so many tokens.
pub fn quantised(vectors: &[f32], size: usize, tokens: usize) -> Autoencoder {
    let (config, parameters) = parameters(vectors, size, tokens);
    Autoencoder::new(&config, &parameters, Compute::cpu(1)).unwrap()
}

/// What it is made of.
pub fn parameters(vectors: &[f32], size: usize, tokens: usize) -> (ModelConfig, Vec<f32>) {
    let plain = model_config(ModelKind::VqVae);
    let codebook = Codebook { words: vectors.len() / size, tokens, ..Codebook::default() };
    let config = ModelConfig { spec: ModelSpec { latent: size * tokens, codebook, ..plain.spec }, ..plain };
    config.validate().unwrap();
    let mut parameters: Vec<f32> = initial_parameters(&config, 5).into_iter().map(|v| 3.0 * v).collect();
    let mut at = 0;
    for (name, shape) in layout(&config) {
        let count: usize = shape.iter().product();
        if name == "codebook.weight" {
            parameters[at..at + count].copy_from_slice(vectors);
        }
        at += count;
    }
    (config, parameters)
}

fn normal(seed: u64, count: usize) -> Vec<f32> {
    standard_normal(&mut stream(seed, Purpose::Samples, 0), count)
}

fn words_of(model: &InPlane, codes: &[f32]) -> Words {
    Words::of(model, codes, &Progress::silent()).unwrap().unwrap()
}

/// The nearest of the words and how much nearer it is than the next.
fn nearest(piece: &[f32], vectors: &[f32], size: usize) -> (usize, f64) {
    let far =
        |word: &[f32]| -> f64 { word.iter().zip(piece).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum() };
    let mut order: Vec<(f64, usize)> = vectors.chunks_exact(size).map(far).zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    (order[0].1, order[1].0 - order[0].0)
}

/// Whether a convex polygon, whose corners go round to the left, holds a place.
fn holds(polygon: &[Place], at: Place) -> bool {
    (0..polygon.len()).all(|i| {
        let [a, b] = [polygon[i], polygon[(i + 1) % polygon.len()]].map(|corner| corner.map(f64::from));
        let [x, y] = at.map(f64::from);
        (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0.0
    })
}

/// That the cell of the word that a place's code is nearest to, and no other, holds the place; how many places were tried.
fn assert_cells(words: &Words, model: &InPlane, vectors: &[f32]) -> usize {
    let cells = words.cells(&Progress::silent()).unwrap();
    let mut tried = 0;
    for place in normal(8, 2_000).as_chunks::<2>().0.iter().map(|z| z.map(|v| 2.0 * v)) {
        let code = model.plane().code(place);
        let piece = &code[words.token * words.size..(words.token + 1) * words.size];
        let (word, ahead) = nearest(piece, vectors, words.size);
        if ahead < 1e-3 {
            continue;
        }
        assert_eq!(words.nearest(place), word, "{place:?}");
        let held: Vec<usize> = (0..cells.len()).filter(|&k| cells[k].len() > 2 && holds(&cells[k], place)).collect();
        assert_eq!(held, [word], "{place:?}");
        tried += 1;
    }
    tried
}

#[test]
fn usage_is_how_many_codes_are_nearest_to_each_word() {
    let (vectors, images) = (normal(1, 24), split(60).gather(0..60));
    let model = quantised(&vectors, 2, 1);
    let codes = model.codes_of(&images, &Progress::silent()).unwrap().mu;
    let words = words_of(&model.into(), &codes);
    let mut chosen = vec![0; 12];
    codes.chunks_exact(2).for_each(|code| chosen[nearest(code, &vectors, 2).0] += 1);
    assert_eq!((&words.chosen, words.images, words.len()), (&chosen, 60, 12));
    assert!(chosen.contains(&0) && words.used() > 1, "the case has dead words and used ones: {chosen:?}");
    assert_eq!(words.used(), chosen.iter().filter(|&&n| n > 0).count());
    let entropy: f64 = chosen.iter().filter(|&&n| n > 0).map(|&n| n as f64 / 60.0).map(|p| -p * p.ln()).sum();
    assert!((words.perplexity() - entropy.exp()).abs() < 1e-9);
    assert!(((0..12).map(|k| words.share(k)).sum::<f64>() - 1.0).abs() < 1e-12);
    let order = words.order(true);
    assert!(order.windows(2).all(|pair| chosen[pair[0]] >= chosen[pair[1]]));
    assert_eq!(words.order(false), (0..12).collect::<Vec<_>>());
}

#[test]
fn a_cell_is_where_its_word_is_nearest() {
    let vectors = normal(2, 40);
    let model = InPlane::from(quantised(&vectors, 2, 1));
    let words = words_of(&model, &[]);
    assert_eq!(words.places.as_flattened(), vectors);
    assert!(assert_cells(&words, &model, &vectors) > 800);
}

#[test]
fn of_two_words_in_one_place_the_first_has_the_cell() {
    let vectors = [0.5, 0.5, -1.0, 0.0, 0.5, 0.5];
    let model = InPlane::from(quantised(&vectors, 2, 1));
    let words = words_of(&model, &[]);
    let cells = words.cells(&Progress::silent()).unwrap();
    assert!(cells[0].len() > 2 && cells[1].len() > 2 && cells[2].is_empty());
    assert_eq!((words.nearest([0.6, 0.5]), words.nearest([-0.9, 0.5])), (0, 1));
}

#[test]
fn the_plane_of_two_dimensions_of_a_token_shows_the_cells_of_that_token() {
    let vectors = normal(3, 20);
    let plane = Plane::along([2, 3], vec![0.3, -0.2, 0.5, 1.0]);
    let model = InPlane::new(quantised(&vectors, 2, 2), plane.into());
    let codes = normal(4, 4 * 50);
    let words = words_of(&model, &codes);
    assert_eq!((words.token, words.images), (1, 50));
    assert_eq!(words.chosen.iter().sum::<u64>(), 100, "a word a token");
    assert!(assert_cells(&words, &model, &vectors) > 800);
    let code = words.code(7);
    assert_eq!(code, [&[0.3, -0.2], &vectors[14..16]].concat());
    let place = words.places[7];
    assert_eq!(place, vectors[14..16]);
    assert_eq!(words.spell(&[3, 9]), [&vectors[6..8], &vectors[18..20]].concat());
}

#[test]
fn a_plane_through_more_dimensions_cuts_the_cells() {
    let vectors = normal(5, 3 * 14);
    let names = ["a", "b"].map(str::to_owned);
    let plane = Plane::spanned(&[1.0, 2.0, 0.5], &[0.3, -1.0, 1.0], vec![0.2, 0.1, -0.4], names);
    let model = InPlane::new(quantised(&vectors, 3, 1), plane.into());
    assert!(assert_cells(&words_of(&model, &[]), &model, &vectors) > 800);
}

#[test]
fn a_polygon_is_cut_to_a_rectangle() {
    let triangle = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]];
    let inside = cut_to(([-1.0, -1.0], [2.0, 2.0]), &triangle);
    assert_eq!(inside.len(), 4);
    for corner in [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]] {
        assert!(inside.contains(&corner), "{corner:?} of {inside:?}");
    }
    assert!(cut_to(([20.0, 20.0], [30.0, 30.0]), &triangle).is_empty());
}

/// log p(x|z) of decoded pixels, in double precision.
fn bernoulli(pixels: &[f32], image: &[f32]) -> f64 {
    let term = |(&p, &x): (&f32, &f32)| {
        let (p, x) = (f64::from(p), f64::from(x));
        x * p.ln() + (1.0 - x) * (1.0 - p).ln()
    };
    pixels.iter().zip(image).map(term).sum()
}

#[test]
fn the_posterior_over_words_is_bayes_rule_with_equal_shares() {
    let vectors = normal(6, 16);
    let model = InPlane::from(quantised(&vectors, 2, 1));
    assert_eq!(model.config().likelihood, Likelihood::Bernoulli);
    let image = split(3).gather([1]);
    let posterior = words_of(&model, &[]).posterior(&model, &image, &Progress::silent()).unwrap();
    let decoded = model.whole().decoded(&vectors, &Progress::silent()).unwrap();
    let terms: Vec<f64> = decoded.chunks_exact(image.len()).map(|pixels| bernoulli(pixels, &image)).collect();
    let sum: f64 = terms.iter().map(|term| (term - terms[0]).exp()).sum();
    for (p, term) in posterior.iter().zip(&terms) {
        assert!((p - (term - terms[0]).exp() / sum).abs() < 1e-4, "{p} {term}");
    }
    assert_eq!(softmax(&[-1e6, -1e6]), [0.5, 0.5]);
}

#[test]
fn of_several_tokens_the_posterior_keeps_the_others_as_the_encoder_has_them() {
    let vectors = normal(7, 12);
    let plane = Plane::along([2, 3], vec![0.0; 4]);
    let model = InPlane::new(quantised(&vectors, 2, 2), plane.into());
    let image = split(3).gather([2]);
    let posterior = words_of(&model, &[]).posterior(&model, &image, &Progress::silent()).unwrap();
    let code = model.whole().codes_of(&image, &Progress::silent()).unwrap().mu;
    let codes: Vec<f32> = vectors.chunks_exact(2).flat_map(|word| [code[0], code[1], word[0], word[1]]).collect();
    let decoded = model.whole().decoded(&codes, &Progress::silent()).unwrap();
    let terms: Vec<f64> = decoded.chunks_exact(image.len()).map(|pixels| bernoulli(pixels, &image)).collect();
    for (p, expected) in posterior.iter().zip(softmax(&terms)) {
        assert!((p - expected).abs() < 1e-4);
    }
}

/// The learned shares, and the mean of log p(x) under them.
fn fitted(terms: &[f64], words: usize) -> (Vec<f64>, f64) {
    let learned = learned_prior(terms, words, &Progress::silent()).unwrap();
    (learned.log_weight.iter().map(|log| log.exp()).collect(), *learned.mean_log_evidence.last().unwrap())
}

#[test]
fn images_that_one_word_each_explains_give_the_shares_of_these_words() {
    // 6 images of word 0, 3 of word 2, 1 of word 3.
    let words = [0, 0, 0, 2, 2, 0, 3, 0, 2, 0];
    let row = |&word: &usize| (0..4).map(move |k| if k == word { -80.0 } else { -900.0 });
    let terms: Vec<f64> = words.iter().flat_map(row).collect();
    let (shares, log_evidence) = fitted(&terms, 4);
    for (share, expected) in shares.iter().zip([0.6, 0.0, 0.3, 0.1]) {
        assert!((share - expected).abs() < 1e-9, "{shares:?}");
    }
    let entropy = -(0.6f64 * 0.6f64.ln() + 0.3 * 0.3f64.ln() + 0.1 * 0.1f64.ln());
    assert!((log_evidence - (-80.0 - entropy)).abs() < 1e-6);
}

#[test]
fn the_shares_of_two_words_are_where_the_evidence_is_highest() {
    let rows = [[0.9f64, 0.2], [0.5, 0.4], [0.1, 0.8], [0.7, 0.3], [0.2, 0.3]];
    let terms: Vec<f64> = rows.iter().flatten().map(|p| p.ln()).collect();
    let mean = |share: f64| rows.iter().map(|[a, b]| (share * a + (1.0 - share) * b).ln()).sum::<f64>() / 5.0;
    let best = (0..=100_000).map(|i| f64::from(i) / 1e5).max_by(|a, b| mean(*a).total_cmp(&mean(*b))).unwrap();
    let (shares, log_evidence) = fitted(&terms, 2);
    assert!((shares[0] - best).abs() < 2e-3, "{shares:?} {best}");
    assert!((log_evidence - mean(best)).abs() < 1e-5 && (shares[0] + shares[1] - 1.0).abs() < 1e-9);
}

#[test]
fn the_learned_prior_makes_images_likelier_than_the_uniform_one() {
    let vectors = normal(9, 12);
    let model = InPlane::from(quantised(&vectors, 2, 1));
    let (words, images) = (words_of(&model, &[]), split(30).gather(0..30));
    let weights = Weights::of(&model, &words, &split(30), &Progress::silent()).unwrap();
    let decoded = model.whole().decoded(&vectors, &Progress::silent()).unwrap();
    let pixels = decoded.len() / 6;
    let evidence = |shares: &[f64]| -> f64 {
        let of = |image: &[f32]| {
            let each = decoded.chunks_exact(pixels).map(|decoded| bernoulli(decoded, image));
            each.zip(shares).map(|(term, share)| term.exp() * share).sum::<f64>().ln()
        };
        images.chunks_exact(pixels).map(of).sum::<f64>() / 30.0
    };
    let (learned, uniform) = (evidence(&weights.shares), evidence(&[1.0 / 6.0; 6]));
    assert!((weights.log_evidence - learned).abs() < 1e-3, "{} {learned}", weights.log_evidence);
    assert!(learned > uniform + 0.01, "{learned} {uniform}");
    assert_eq!(weights.images, 30);
}

#[test]
fn integers_are_drawn_as_often_as_their_shares_say() {
    let (shares, count) = ([0.5f64, 0.0, 0.2, 0.3], 20_000);
    let mut counts = [0.0f64; 4];
    for draw in 0..count {
        let tuple = draw_words(&shares, 2, draw);
        assert_eq!(tuple.len(), 2);
        tuple.iter().for_each(|&word| counts[word] += 0.5 / count as f64);
    }
    for (share, counted) in shares.iter().zip(counts) {
        // Five standard deviations.
        assert!((share - counted).abs() < 5.0 * (0.25 / 40_000f64).sqrt(), "{counts:?}");
    }
    assert_eq!(counts[1], 0.0);
    assert_eq!(draw_words(&shares, 3, 5), draw_words(&shares, 3, 5));
}
