//! How much the measures look at.

/// Numbers of all images together whose evidence is taken, whose gap is split, and that are drawn: all of MNIST's, but for the gaps
/// 510 of it.
const EVIDENCE: usize = 8_000_000;
const GAPS: usize = 400_000;
const SAMPLES: usize = 100_000_000;
/// Numbers of an image from which on its posterior is so narrow that images share no codes: the time of each grows, too.
const LARGE: usize = 4_096;
/// However large they are, a few.
const LEAST: usize = 4;

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Test images, spread over the set.
    pub images: usize,
    /// Of these, images whose evidence is taken.
    pub evidence: usize,
    /// Of these, images whose gap is split, which takes longest of all.
    pub gaps: usize,
    /// Samples, and as many test images beside them.
    pub samples: usize,
    pub seed: u64,
}

impl Effort {
    /// What window and command line look at. One and the same, as some measures depend on how many images there are: of more,
    /// posteriors overlap more and a code says more of its image.
    pub const USUAL: Self = Self { images: 10_000, evidence: 10_000, gaps: 500, samples: 10_000, seed: 0 };

    /// The same of at most so many images.
    pub fn of(images: usize) -> Self {
        let at_most = |usual: usize| usual.min(images);
        let Self { images, evidence, gaps, samples, seed } = Self::USUAL;
        Self {
            images: at_most(images),
            evidence: at_most(evidence),
            gaps: at_most(gaps),
            samples: at_most(samples),
            seed,
        }
    }

    /// As much of it as takes minutes, of so many test images of so many numbers each: what is large is looked at less.
    pub fn within(self, test: usize, pixels: usize) -> Self {
        let images = self.images.min(test);
        Self {
            images,
            evidence: Self::evidence_images(self.evidence.min(images), pixels),
            gaps: Self::gap_images(self.gaps.min(images), pixels),
            samples: self.samples.min(test).min((SAMPLES / pixels).max(10 * LEAST)),
            seed: self.seed,
        }
    }

    /// Of so many images of so many numbers each, those whose log p(x) is taken.
    pub fn evidence_images(images: usize, pixels: usize) -> usize {
        images.min((EVIDENCE / pixels * LARGE / pixels.max(LARGE)).max(10 * LEAST))
    }

    /// The same of those whose gap is split.
    pub fn gap_images(images: usize, pixels: usize) -> usize {
        images.min((GAPS / pixels).max(LEAST / 2))
    }
}
