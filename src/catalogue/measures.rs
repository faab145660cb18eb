//! What is measured of a run besides the terms of its loss.

use super::{About, Better};

/// In the order in which they are shown.
pub static MEASURES: [About; 20] = [
    About {
        id: "log_evidence",
        title: "log p(x)",
        formula: Some("log ∫ p(z) p(x|z) dz"),
        definition: "The evidence under N(0, I), by quadrature: a grid over all that prior and posteriors reach, whose cells \
                     are cut in four wherever the image has mass and around the encoder's answer, until log p(x) changes by \
                     less than 0.01 nat. An AE was never told of this prior: its number says how bad a generator that makes \
                     it.",
        source: Some("midpoint rule on an adaptive grid"),
        unit: "nats per image",
        better: Better::Higher,
    },
    About {
        id: "approximation_gap",
        title: "gap, approximation",
        formula: None,
        definition: "log p(x) less the ELBO of the best diagonal Gaussian for each image. What no encoder could do better.",
        source: Some("Cremer, Li and Duvenaud 2018"),
        unit: "nats per image",
        better: Better::Lower,
    },
    About {
        id: "amortisation_gap",
        title: "gap, amortisation",
        formula: None,
        definition: "The ELBO of the best diagonal Gaussian for each image less that of the encoder's answer. What is lost by \
                     answering at once.",
        source: Some("Cremer, Li and Duvenaud 2018"),
        unit: "nats per image",
        better: Better::Lower,
    },
    About {
        id: "mse",
        title: "mse",
        formula: None,
        definition: "Squared error a pixel of the image decoded from the posterior's mean. Grey values are in [0, 1].",
        source: None,
        unit: "grey²",
        better: Better::Lower,
    },
    About {
        id: "active_units",
        title: "active units",
        formula: None,
        definition: "Latent dimensions whose posterior mean varies over images by more than 0.01 (variance). The others say \
                     nothing of the image.",
        source: Some("Burda, Grosse and Salakhutdinov 2016"),
        unit: "dimensions",
        better: Better::Higher,
    },
    About {
        id: "sigma_mean",
        title: "mean σ",
        formula: None,
        definition: "The posteriors' σ, averaged over images and dimensions. 1 is the prior's own, 0 a point.",
        source: None,
        unit: "",
        better: Better::Neither,
    },
    About {
        id: "mean_spread",
        title: "spread",
        formula: None,
        definition: "Standard deviation of the codes (posterior means) over images, root mean square over dimensions. 1 is the \
                     prior's own.",
        source: None,
        unit: "",
        better: Better::Neither,
    },
    About {
        id: "mutual_information",
        title: "I(n; z)",
        formula: Some("KL(q(z|x) || q(z)), averaged"),
        definition: "How well a code tells which image it came from. At most the log of the number of images.",
        source: Some("Hoffman and Johnson 2016"),
        unit: "nats",
        better: Better::Neither,
    },
    About {
        id: "kl_aggregate",
        title: "KL(q(z) || p(z))",
        formula: Some("kl − I(n; z)"),
        definition: "How far all codes together are from the prior.",
        source: Some("Hoffman and Johnson 2016"),
        unit: "nats",
        better: Better::Lower,
    },
    About {
        id: "jump_p50",
        title: "jump, median",
        formula: Some("|f(z + δ) − f(z)| / |δ|"),
        definition: "How fast the decoded image changes, over codes z that one would draw, δ a twentieth of the codes' spread \
                     in a random direction, |δ| in spreads.",
        source: None,
        unit: "grey per spread",
        better: Better::Lower,
    },
    About {
        id: "jump_p95",
        title: "jump, 95 %",
        formula: None,
        definition: "The same where it changes faster than in 95 of 100 places. Continuity is that this is not much larger \
                     than the median.",
        source: None,
        unit: "grey per spread",
        better: Better::Lower,
    },
    About {
        id: "jump_p99",
        title: "jump, 99 %",
        formula: None,
        definition: "The same where it changes faster than in 99 of 100 places. The tears in the plane.",
        source: None,
        unit: "grey per spread",
        better: Better::Lower,
    },
    About {
        id: "class_changes",
        title: "class changes",
        formula: None,
        definition: "The share of such steps after which the decoded image has another class. Classes are read from the 5 \
                     nearest of 5,000 training images.",
        source: None,
        unit: "share",
        better: Better::Lower,
    },
    About {
        id: "precision",
        title: "precision",
        formula: None,
        definition: "The share of images decoded from N(0, I) that lie within the reach of a test image (its third neighbour), \
                     in 50 principal components. How many samples look real.",
        source: Some("Kynkäänniemi et al. 2019, k = 3"),
        unit: "share",
        better: Better::Higher,
    },
    About {
        id: "recall",
        title: "recall",
        formula: None,
        definition: "The share of test images that lie within the reach of a sample from N(0, I). How much of the data is \
                     generated at all.",
        source: Some("Kynkäänniemi et al. 2019, k = 3"),
        unit: "share",
        better: Better::Higher,
    },
    About {
        id: "precision_fitted",
        title: "precision, fitted",
        formula: None,
        definition: "Precision of images decoded from a Gaussian fitted to an AE's codes. An AE has no prior of its own.",
        source: Some("Kynkäänniemi et al. 2019, k = 3"),
        unit: "share",
        better: Better::Higher,
    },
    About {
        id: "recall_fitted",
        title: "recall, fitted",
        formula: None,
        definition: "Recall of images decoded from a Gaussian fitted to an AE's codes. An AE has no prior of its own.",
        source: Some("Kynkäänniemi et al. 2019, k = 3"),
        unit: "share",
        better: Better::Higher,
    },
    About {
        id: "overlap",
        title: "overlap",
        formula: Some("∫ √(q q')"),
        definition: "Bhattacharyya coefficient of each posterior and that of the image whose code is nearest. 1 if they are \
                     the same, 0 if they do not meet.",
        source: Some("Bhattacharyya 1943"),
        unit: "",
        better: Better::Higher,
    },
    About {
        id: "separation",
        title: "separation",
        formula: None,
        definition: "The share of images whose class most of the 5 nearest other codes have. What a code says of the class.",
        source: Some("Cover and Hart 1967"),
        unit: "share",
        better: Better::Higher,
    },
    About {
        id: "blur",
        title: "blur",
        formula: None,
        definition: "Variance of the Laplacian of samples over that of test images. Below 1, samples have softer edges.",
        source: Some("Pech-Pacheco et al. 2000"),
        unit: "ratio",
        better: Better::Higher,
    },
];
