"""What is measured: a run, the images it is measured on, and what codes are drawn from."""

from pathlib import Path

import numpy as np

from .files import checkpoint, images_of, spread
from .model import Gaussian, Model

# Training images whose codes an AE's Gaussian is fitted to.
FITTED = 10_000
# Codes that steps are taken from, and samples whose classes are counted.
STEPS = 2_000


class Subject:
    """`effort`: how many images, samples, evidences and gaps, as `eval --all` says."""

    def __init__(self, folder, data, effort, seed):
        config, tensors = checkpoint(folder)
        self.model = Model(config, tensors)
        beta = config["progress"]["train"]["beta"]
        self.beta = (beta["mean"], beta["variance"])
        self.data, self.rng = images_of(data), np.random.default_rng(seed)
        images, labels = self.data["test"]
        some = spread(effort["images"], len(images))
        self.images, self.labels = self.pixels(images[some]), labels[some]
        self.samples = effort["samples"]
        self.steps = min(STEPS, self.samples)
        self.sampled_images = self.pixels(images[spread(self.samples, len(images))])
        self.mu, logvar = self.model.encode(self.images)
        self.sigma = np.exp(0.5 * logvar) if logvar is not None else None
        self.evidence_some = spread(effort["evidence"], len(some))
        self.gaps_some = spread(effort["gaps"], len(some))
        self.evidence_images, self.evidence_mu = self.images[self.evidence_some], self.mu[self.evidence_some]
        self.prior_gaussian = Gaussian(*self.model.prior.moments())
        if self.model.is_variational:
            self.source, self.gaussian = self.model.prior, self.prior_gaussian
        else:
            train = self.data["train"][0]
            self.trained_codes = self.model.encode(self.pixels(train[spread(FITTED, len(train))]))[0]
            self.source = self.gaussian = Gaussian.fitted(self.trained_codes)

    def evidence_prior(self):
        return self.model.prior

    @staticmethod
    def pixels(images):
        """Bytes (n, rows, cols) -> (n, pixels) in [0, 1]."""
        return images.reshape(len(images), -1) / 255.0

    def sources(self):
        """What samples are drawn from, each with what its measures' names end in."""
        fitted = [] if self.model.is_variational else [("_fitted", self.source)]
        return [("", self.model.prior), *fitted]
