//! The measures as a person reads of them.

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
    /// It depends on what one wants.
    Neither,
}

/// A measure in words.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// What it is called in JSON.
    pub name: &'static str,
    /// What it is called on the screen.
    pub title: &'static str,
    pub definition: &'static str,
    pub source: &'static str,
    pub unit: &'static str,
    pub better: Better,
}

/// In the order in which they are shown.
pub const CATALOGUE: [About; 24] = [
    About {
        name: "recon",
        title: "recon",
        definition: "−log p(x|z) at one code z drawn from each posterior, summed over pixels. What a reconstruction costs.",
        source: "Kingma and Welling 2014",
        unit: "nats per image",
        better: Better::Lower,
    },
    About {
        name: "kl_mean",
        title: "kl_mean",
        definition: "½ Σ μ², the part of KL(q(z|x) || N(0, I)) that the posteriors' means pay. It pulls them to 0.",
        source: "Kingma and Welling 2014, appendix B",
        unit: "nats per image",
        better: Better::Neither,
    },
    About {
        name: "kl_variance",
        title: "kl_variance",
        definition: "½ Σ (σ² − 1 − ln σ²), the part that the variances pay. It keeps them at 1.",
        source: "Kingma and Welling 2014, appendix B",
        unit: "nats per image",
        better: Better::Neither,
    },
    About {
        name: "elbo",
        title: "ELBO",
        definition: "−(recon + kl), whatever β was. It is never above log p(x).",
        source: "Kingma and Welling 2014",
        unit: "nats per image",
        better: Better::Higher,
    },
    About {
        name: "log_evidence",
        title: "log p(x)",
        definition: "log ∫ p(z) p(x|z) dz under N(0, I), by quadrature over the plane, refined until it changes by less than \
                     0.01 nat. An AE was never told of this prior: its number says how bad a generator that makes it.",
        source: "midpoint rule on an adaptive grid",
        unit: "nats per image",
        better: Better::Higher,
    },
    About {
        name: "approximation_gap",
        title: "gap, approximation",
        definition: "log p(x) less the ELBO of the best diagonal Gaussian for each image. What no encoder could do better.",
        source: "Cremer, Li and Duvenaud 2018",
        unit: "nats per image",
        better: Better::Lower,
    },
    About {
        name: "amortisation_gap",
        title: "gap, amortisation",
        definition: "The ELBO of the best diagonal Gaussian for each image less that of the encoder's answer. What is lost by \
                     answering at once.",
        source: "Cremer, Li and Duvenaud 2018",
        unit: "nats per image",
        better: Better::Lower,
    },
    About {
        name: "mse",
        title: "mse",
        definition: "Squared error a pixel of the image decoded from the posterior's mean. Grey values are in [0, 1].",
        source: "",
        unit: "grey²",
        better: Better::Lower,
    },
    About {
        name: "active_units",
        title: "active units",
        definition: "Latent dimensions whose posterior mean varies over images by more than 0.01 (variance). The others say \
                     nothing of the image.",
        source: "Burda, Grosse and Salakhutdinov 2016",
        unit: "of 2",
        better: Better::Higher,
    },
    About {
        name: "sigma_mean",
        title: "mean σ",
        definition: "The posteriors' σ, averaged over images and dimensions. 1 is the prior's own, 0 a point.",
        source: "",
        unit: "",
        better: Better::Neither,
    },
    About {
        name: "mean_spread",
        title: "spread",
        definition: "Standard deviation of the codes (posterior means) over images, root mean square over dimensions. 1 is the \
                     prior's own.",
        source: "",
        unit: "",
        better: Better::Neither,
    },
    About {
        name: "mutual_information",
        title: "I(n; z)",
        definition: "How well a code tells which image it came from: KL(q(z|x) || q(z)), averaged. At most the log of the \
                     number of images.",
        source: "Hoffman and Johnson 2016",
        unit: "nats",
        better: Better::Neither,
    },
    About {
        name: "kl_aggregate",
        title: "KL(q(z) || p(z))",
        definition: "How far all codes together are from the prior. With I(n; z) it adds up to the KL.",
        source: "Hoffman and Johnson 2016",
        unit: "nats",
        better: Better::Lower,
    },
    About {
        name: "jump_p50",
        title: "jump, median",
        definition: "|f(z + δ) − f(z)| / |δ| over codes z that one would draw, δ a twentieth of the codes' spread in a random \
                     direction, |δ| in spreads. How fast the image changes.",
        source: "",
        unit: "grey per spread",
        better: Better::Lower,
    },
    About {
        name: "jump_p95",
        title: "jump, 95 %",
        definition: "The same where it changes faster than in 95 of 100 places. Continuity is that this is not much larger \
                     than the median.",
        source: "",
        unit: "grey per spread",
        better: Better::Lower,
    },
    About {
        name: "jump_p99",
        title: "jump, 99 %",
        definition: "The same where it changes faster than in 99 of 100 places. The tears in the plane.",
        source: "",
        unit: "grey per spread",
        better: Better::Lower,
    },
    About {
        name: "class_changes",
        title: "class changes",
        definition: "The share of such steps after which the decoded image has another class. Classes are read from the 5 \
                     nearest of 5,000 training images.",
        source: "",
        unit: "share",
        better: Better::Lower,
    },
    About {
        name: "precision",
        title: "precision",
        definition: "The share of images decoded from N(0, I) that lie within the reach of a test image (its third neighbour), \
                     in 50 principal components. How many samples look real.",
        source: "Kynkäänniemi et al. 2019, k = 3",
        unit: "share",
        better: Better::Higher,
    },
    About {
        name: "recall",
        title: "recall",
        definition: "The share of test images that lie within the reach of a sample from N(0, I). How much of the data is \
                     generated at all.",
        source: "Kynkäänniemi et al. 2019, k = 3",
        unit: "share",
        better: Better::Higher,
    },
    About {
        name: "precision_fitted",
        title: "precision, fitted",
        definition: "Precision of images decoded from a Gaussian fitted to an AE's codes. An AE has no prior of its own.",
        source: "Kynkäänniemi et al. 2019, k = 3",
        unit: "share",
        better: Better::Higher,
    },
    About {
        name: "recall_fitted",
        title: "recall, fitted",
        definition: "Recall of images decoded from a Gaussian fitted to an AE's codes. An AE has no prior of its own.",
        source: "Kynkäänniemi et al. 2019, k = 3",
        unit: "share",
        better: Better::Higher,
    },
    About {
        name: "overlap",
        title: "overlap",
        definition: "Bhattacharyya coefficient ∫ √(q q') of each posterior and that of the image whose code is nearest. 1 if \
                     they are the same, 0 if they do not meet.",
        source: "Bhattacharyya 1943",
        unit: "",
        better: Better::Higher,
    },
    About {
        name: "separation",
        title: "separation",
        definition: "The share of images whose class most of the 5 nearest other codes have. What a code says of the class.",
        source: "Cover and Hart 1967",
        unit: "share",
        better: Better::Higher,
    },
    About {
        name: "blur",
        title: "blur",
        definition: "Variance of the Laplacian of samples over that of test images. Below 1, samples have softer edges.",
        source: "Pech-Pacheco et al. 2000",
        unit: "ratio",
        better: Better::Higher,
    },
];

/// The measure of a name.
pub fn about(name: &str) -> Option<&'static About> {
    CATALOGUE.iter().find(|about| about.name == name)
}
