//! Layers in the order in which an image goes through them, found by their names and, where these say nothing, by their shapes.

use super::found::Layer;
use super::roles::{Role, is_of_sigma, natural, role};

/// The layers of an autoencoder.
pub struct Arranged {
    pub encoder: Vec<Layer>,
    pub mu: Layer,
    pub logvar: Option<Layer>,
    /// To the pixels.
    pub decoder: Vec<Layer>,
    /// What was taken for granted, as parts of a sentence.
    pub assumed: Vec<String>,
}

/// None where no order leads from the pixels to the pixels.
pub fn arrange(layers: Vec<Layer>) -> Option<Arranged> {
    let mut assumed = Vec::new();
    let (mut encoder, mut decoder, mut others, mut mu, mut logvar) = (vec![], vec![], vec![], None, None);
    for layer in layers {
        match role(&layer.name) {
            Role::Encoder => encoder.push(layer),
            Role::Decoder => decoder.push(layer),
            Role::Mu if mu.is_none() => mu = Some(layer),
            Role::Logvar if logvar.is_none() => {
                if is_of_sigma(&layer.name) {
                    assumed.push(format!("`{}` taken for ln σ²", layer.name));
                }
                logvar = Some(layer);
            }
            Role::LogSigma if logvar.is_none() => {
                assumed.push(format!("`{}` taken for ln σ", layer.name));
                logvar = Some(layer.doubled());
            }
            _ => others.push(layer),
        }
    }
    let arranged = if encoder.is_empty() && decoder.is_empty() {
        let by = |key: fn(&str) -> String| {
            let mut others = others.clone();
            others.sort_by_key(|layer| key(&layer.name));
            others
        };
        // `fc3` comes behind `fc21` in some models, and `fc10` behind `fc9` in others.
        let (natural, plain) = (by(natural), by(str::to_owned));
        by_shape(&natural, mu.clone(), logvar.clone()).or_else(|| by_shape(&plain, mu, logvar))
    } else {
        by_name(encoder, decoder, others, mu, logvar, &mut assumed)
    };
    arranged.map(|(encoder, mu, logvar, decoder)| Arranged { encoder, mu, logvar, decoder, assumed })
}

type Parts = (Vec<Layer>, Layer, Option<Layer>, Vec<Layer>);

fn by_name(
    mut encoder: Vec<Layer>,
    mut decoder: Vec<Layer>,
    others: Vec<Layer>,
    mu: Option<Layer>,
    logvar: Option<Layer>,
    assumed: &mut Vec<String>,
) -> Option<Parts> {
    for layer in others {
        // A layer without a side lies next to the code.
        let is_from_code = mu.as_ref().is_some_and(|mu| layer.is_dense() && layer.inputs() == mu.outputs());
        if is_from_code { decoder.push(layer) } else { encoder.push(layer) }
    }
    let mut encoder = in_order(encoder, None, true)?;
    let (mu, logvar) = match (mu, logvar) {
        (Some(mu), logvar) => (mu, logvar),
        (None, Some(_)) => return None,
        (None, None) => {
            let last = encoder.pop().filter(Layer::is_dense)?;
            let latent = decoder.iter().filter(|layer| layer.is_dense()).map(Layer::inputs);
            let both = last.outputs().is_multiple_of(2) && latent.clone().all(|inputs| inputs != last.outputs());
            if both && latent.clone().any(|inputs| 2 * inputs == last.outputs()) {
                assumed.push(format!("the halves of `{}` taken for μ and ln σ²", last.name));
                (last.half(0, "mu"), Some(last.half(last.outputs() / 2, "logvar")))
            } else {
                (last, None)
            }
        }
    };
    if !mu.is_dense() || logvar.as_ref().is_some_and(|logvar| logvar.weight.shape != mu.weight.shape) {
        return None;
    }
    let decoder = in_order(decoder, Some(mu.outputs()), false)?;
    Some((encoder, mu, logvar, decoder))
}

/// Dense layers one after the other, their heads where they are known.
fn by_shape(layers: &[Layer], mu: Option<Layer>, logvar: Option<Layer>) -> Option<Parts> {
    if !layers.iter().chain(&mu).chain(&logvar).all(Layer::is_dense) {
        return None;
    }
    let follows = |pair: &[Layer]| pair[0].outputs() == pair[1].inputs();
    let chains = |part: &[Layer]| part.windows(2).all(follows);
    let splits = (0..layers.len()).filter_map(|at| {
        let (before, after) = layers.split_at(at);
        let (mu, logvar, after) = match (&mu, &logvar) {
            (Some(mu), logvar) => (mu.clone(), logvar.clone(), after),
            (None, None) => match after {
                [mu, logvar, after @ ..] if mu.weight.shape == logvar.weight.shape && !after.is_empty() => {
                    (mu.clone(), Some(logvar.clone()), after)
                }
                [mu, after @ ..] if !after.is_empty() => (mu.clone(), None, after),
                _ => return None,
            },
            (None, Some(_)) => return None,
        };
        let is_whole = chains(before)
            && chains(after)
            && before.last().is_none_or(|last| last.outputs() == mu.inputs())
            && after.first()?.inputs() == mu.outputs()
            && after.last()?.outputs() == before.first().unwrap_or(&mu).inputs();
        is_whole.then(|| (before.to_vec(), mu, logvar, after.to_vec()))
    });
    // The code is where it is narrowest.
    splits.min_by_key(|(_, mu, ..)| mu.outputs())
}

/// Of a convolutional network first the one kind of layers and then the other, each in the order of names; dense ones so that each
/// takes what the one before it gives.
fn in_order(mut layers: Vec<Layer>, inputs: Option<usize>, is_encoder: bool) -> Option<Vec<Layer>> {
    layers.sort_by_key(|layer| (layer.is_dense() == is_encoder, natural(&layer.name)));
    if !layers.iter().all(Layer::is_dense) {
        return Some(layers);
    }
    let mut chain: Vec<Layer> = Vec::new();
    while !layers.is_empty() {
        let wanted = chain.last().map(Layer::outputs).or(inputs);
        let next = layers.iter().position(|layer| wanted.is_none_or(|wanted| layer.inputs() == wanted))?;
        chain.push(layers.remove(next));
    }
    Some(chain)
}
