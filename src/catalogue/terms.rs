//! The terms of the loss.

use super::{About, Better};

/// Those that are measured of a run, in the order in which they are shown.
pub static TERMS: [&About; 6] = [&RECON, &KL_MEAN, &KL_VARIANCE, &KL, &QUANTISATION, &ELBO];

pub static RECON: About = About {
    id: "recon",
    title: "recon",
    formula: Some("−log p(x|z)"),
    definition: "The reconstruction term, at one code z drawn from each posterior, summed over pixels. Below 0 a density is \
                 above 1.",
    source: Some("Kingma and Welling 2014"),
    unit: "nats per image",
    better: Better::Lower,
};

pub static KL_MEAN: About = About {
    id: "kl_mean",
    title: "kl_mean",
    formula: Some("½ Σ μ²"),
    definition: "The part of the kl that the posteriors' means pay (global). It pulls them to 0.",
    source: Some("Kingma and Welling 2014, appendix B"),
    unit: "nats per image",
    better: Better::Neither,
};

pub static KL_VARIANCE: About = About {
    id: "kl_variance",
    title: "kl_variance",
    formula: Some("½ Σ (σ² − 1 − ln σ²)"),
    definition: "The part of the kl that the posteriors' variances pay (local). It keeps them at 1.",
    source: Some("Kingma and Welling 2014, appendix B"),
    unit: "nats per image",
    better: Better::Neither,
};

pub static KL: About = About {
    id: "kl",
    title: "kl",
    formula: Some("KL(q(z|x) || p(z))"),
    definition: "The divergence of the posteriors from the prior: how much the codes say of the images, the rate. Under N(0, I) it is kl_mean + kl_variance; under another prior it is taken by quadrature, or with more than two dimensions at the code that recon drew; of words it is the log of their number, for each token.",
    source: Some("Kingma and Welling 2014"),
    unit: "nats per image",
    better: Better::Neither,
};

pub static QUANTISATION: About = About {
    id: "quantisation",
    title: "quantisation",
    formula: Some("‖z_e − e_k‖²"),
    definition: "The squared distance of the encoder's answer from the word that takes its place. Only a list of words has it.",
    source: Some("van den Oord et al. 2017"),
    unit: "per image",
    better: Better::Neither,
};

pub static ELBO: About = About {
    id: "elbo",
    title: "ELBO",
    formula: Some("−(recon + kl)"),
    definition: "A lower bound of log p(x), whatever β was.",
    source: Some("Kingma and Welling 2014"),
    unit: "nats per image",
    better: Better::Higher,
};

/// For plots in which lower is better.
pub static NEGATIVE_ELBO: About = About {
    id: "negative_elbo",
    title: "−ELBO",
    formula: Some("recon + kl"),
    definition: "The ELBO with its sign changed: an upper bound of −log p(x), and the loss at β = 1.",
    source: Some("Kingma and Welling 2014"),
    unit: "nats per image",
    better: Better::Lower,
};
