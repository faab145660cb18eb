//! What a layer is for, read from its name.

/// The part of an autoencoder that a layer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Encoder,
    Mu,
    /// ln σ².
    Logvar,
    /// ln σ, half of it.
    LogSigma,
    Decoder,
    Codebook,
    Unknown,
}

const DECODER: &[&str] =
    &["decoder", "dec", "decode", "decoding", "generator", "deconv", "up", "final", "out", "output", "recon"];
const ENCODER: &[&str] = &["encoder", "enc", "encode", "encoding", "down"];
const MU: &[&str] = &["mu", "mus", "mean", "means", "loc", "zmean"];
const LOGVAR: &[&str] = &["logvar", "logvars", "var", "variance", "lnvar", "zlogvar", "sigma", "std", "scale"];
const SIGMA: &[&str] = &["sigma", "std", "scale"];
const LOG_SIGMA: &[&str] = &["logsigma", "logstd", "logscale"];
const CODEBOOK: &[&str] =
    &["codebook", "embedding", "embeddings", "embed", "vq", "quantizer", "quantiser", "quantize", "quantise"];

/// The role that a name tells of.
pub fn role(name: &str) -> Role {
    let words = words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    match () {
        () if has(CODEBOOK) => Role::Codebook,
        // A decoder may have a mean too.
        () if has(DECODER) => Role::Decoder,
        () if has(MU) => Role::Mu,
        () if has(LOG_SIGMA) || has(&["log"]) && has(SIGMA) => Role::LogSigma,
        () if has(LOGVAR) => Role::Logvar,
        () if has(ENCODER) => Role::Encoder,
        () => Role::Unknown,
    }
}

/// Whether a name says σ where ln σ² is meant more often.
pub fn is_of_sigma(name: &str) -> bool {
    words(name).iter().any(|word| SIGMA.contains(&word.as_str()))
}

/// The words of a name in lower case: `encoder.fc_logVar2` -> encoder, fc, log, var.
fn words(name: &str) -> Vec<String> {
    let (mut all, mut word, mut before) = (Vec::new(), String::new(), ' ');
    for c in name.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && before.is_lowercase()) {
            all.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    all
}

/// A key that sorts `layer.10` behind `layer.9`.
pub fn natural(name: &str) -> String {
    let (mut key, mut digits) = (String::new(), String::new());
    for c in name.chars().chain([' ']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            key.push_str(&format!("{digits:0>12}"));
            digits.clear();
        }
        key.push(c);
    }
    key
}
