//! What exact inference says of one image beside log p(x) and the ELBO, and what linear theory says of the data.

use super::{About, Better};

/// In the order in which they are shown; an id is the path in what `infer` or `sweep` prints.
pub static INFERENCE: [About; 17] = [
    About {
        id: "gap.whole",
        title: "gap",
        formula: Some("log p(x) − ELBO = KL(q(z|x) || p(z|x))"),
        definition: "How far the encoder's Gaussian is from the true posterior.",
        source: Some("Kingma and Welling 2014"),
        unit: "nats",
        better: Better::Neither,
    },
    About {
        id: "gap.approximation",
        title: "approximation",
        formula: None,
        definition: "log p(x) less the ELBO of the best diagonal Gaussian, found by natural-gradient steps from the encoder's \
                     answer, the posterior's moments and each of its modes. What no diagonal Gaussian could do better.",
        source: Some("Cremer et al. 2018; Khan and Lin 2017"),
        unit: "nats",
        better: Better::Neither,
    },
    About {
        id: "gap.objective",
        title: "objective",
        formula: None,
        definition: "The ELBO of that Gaussian less that of the best one for the objective that the run was trained with, β times \
                     the KL. 0 at β = 1; where the image decides alone, ½ (β − 1 − ln β) a dimension.",
        source: None,
        unit: "nats",
        better: Better::Neither,
    },
    About {
        id: "gap.amortisation",
        title: "amortisation",
        formula: None,
        definition: "By how much the encoder's answer falls short of the latter in that objective. What is lost by answering at once; \
                     at β = 1 the three add up to the gap.",
        source: Some("Cremer et al. 2018"),
        unit: "nats",
        better: Better::Neither,
    },
    About {
        id: "check.mass",
        title: "∫ p(z|x) dz",
        formula: Some("∫ p(z) p(x|z) dz / p(x)"),
        definition: "The integral taken once more, on a grid that shares no place with the one that p(x) is from. 1 if both saw all \
                     that there is.",
        source: None,
        unit: "",
        better: Better::Neither,
    },
    About {
        id: "check.identity",
        title: "ELBO + KL − log p(x)",
        formula: None,
        definition: "The ELBO and the encoder's KL from p(z|x) against log p(x), the KL and the p(z|x) in it by places of their own. 0 if \
                     all three hold.",
        source: None,
        unit: "nats",
        better: Better::Neither,
    },
    About {
        id: "posterior.modes",
        title: "modes",
        formula: None,
        definition: "Peaks of p(z|x) that are at least a hundredth of the highest and half as high again as the pass to a \
                     higher one.",
        source: None,
        unit: "",
        better: Better::Neither,
    },
    About {
        id: "posterior.negentropy",
        title: "negentropy",
        formula: Some("½ ln((2πe)^D |C|) − H"),
        definition: "How far p(z|x) is from the Gaussian with the same covariance C, H being its entropy: 0 if it is one.",
        source: Some("Comon 1994"),
        unit: "nats",
        better: Better::Neither,
    },
    About {
        id: "estimates.prior",
        title: "naive estimate",
        formula: Some("log 1/K Σ p(x|z), z from p(z)"),
        definition: "An estimate of log p(x) from K samples of the prior. Few of them meet the image, so it is too low on average.",
        source: None,
        unit: "nats",
        better: Better::Higher,
    },
    About {
        id: "estimates.importance",
        title: "importance sampling",
        formula: Some("log 1/K Σ p(x|z) p(z) / q(z|x), z from q(z|x)"),
        definition: "An estimate of log p(x) from K samples of the encoder's Gaussian: a lower bound that K tightens.",
        source: Some("Burda et al. 2016"),
        unit: "nats",
        better: Better::Higher,
    },
    About {
        id: "importance.effective_size",
        title: "effective samples",
        formula: Some("(Σ w)² / Σ w²"),
        definition: "Of the 5,000 samples that log p(x) is estimated from where codes have other dimensions than two: how many \
                     equal weights would say as much.",
        source: Some("Kong 1992"),
        unit: "",
        better: Better::Higher,
    },
    About {
        id: "importance.k_hat",
        title: "Pareto k̂",
        formula: None,
        definition: "How heavy the tail of those samples' weights is. From 0.7 on a few of them decide, and the estimate is not \
                     to be believed.",
        source: Some("Vehtari et al. 2024"),
        unit: "",
        better: Better::Lower,
    },
    About {
        id: "annealed.log_evidence",
        title: "annealed importance sampling",
        formula: None,
        definition: "An estimate of log p(x) from 200 chains that go from a Gaussian to the posterior by many small steps.",
        source: Some("Neal 2001"),
        unit: "nats",
        better: Better::Higher,
    },
    About {
        id: "gradients.reparameterised_variance",
        title: "gradient variance, reparameterised",
        formula: Some("z = μ + σ·ε"),
        definition: "Variance of one sample's estimate of ∂ELBO/∂μ and ∂ELBO/∂σ by the derivative through the sample.",
        source: Some("Kingma and Welling 2014"),
        unit: "",
        better: Better::Lower,
    },
    About {
        id: "gradients.score_variance",
        title: "gradient variance, score function",
        formula: Some("log p(x|z) · ∂ log q(z|x)"),
        definition: "Variance of one sample's estimate of ∂ELBO/∂μ and ∂ELBO/∂σ by the score function.",
        source: Some("Williams 1992"),
        unit: "",
        better: Better::Lower,
    },
    About {
        id: "gradients.baseline_variance",
        title: "gradient variance, score function with a baseline",
        formula: Some("(log p(x|z) − b) · ∂ log q(z|x)"),
        definition: "The same with a baseline b, the mean of log p(x|z) over the other samples: what is the same for all \
                     samples adds no variance then.",
        source: Some("Mnih and Rezende 2016"),
        unit: "",
        better: Better::Lower,
    },
    About {
        id: "killing_betas",
        title: "β at which a unit dies",
        formula: Some("λ / c"),
        definition: "The variance of the data along a principal component over the variance c of a pixel: a linear VAE has no \
                     use for the unit from there on. Bernoulli pixels are measured in units of p (1 − p).",
        source: Some("Lucas et al. 2019"),
        unit: "",
        better: Better::Neither,
    },
];
