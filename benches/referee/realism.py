"""Are samples real and of every kind: precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), k = 3,
among 50 principal components of the test images and the norm of what these leave out."""

import numpy as np

from . import distances, estimate
from .estimate import Estimate
from .files import spread

K, COMPONENTS = 3, 50
REPEATS = 3
PART = 1_000


class Features:
    def __init__(self, images):
        self.mean = images.mean(0)
        values, vectors = np.linalg.eigh(np.cov(images.T, bias=True))
        self.axes = vectors[:, ::-1][:, :COMPONENTS]

    def of(self, images):
        apart = images - self.mean
        along = apart @ self.axes
        return np.column_stack([along, np.linalg.norm(apart - along @ self.axes.T, axis=1)])


def reaches(points):
    """The squared distance of each from its third nearest other."""
    if len(points) <= K:
        return np.full(len(points), -1.0)
    return np.concatenate([
        np.partition(distances.squared(points[i : i + PART], points), K, axis=1)[:, K] for i in range(0, len(points), PART)
    ])


class Realism:
    def __init__(self, images):
        self.features = Features(images)
        self.real = self.features.of(images)
        self.reach = reaches(self.real)

    def of(self, images, noise):
        """The four measures of some images."""
        made = self.features.of(images)
        own = reaches(made)
        inside = np.empty(len(made))
        covered, recalled = np.zeros(len(self.real), bool), np.zeros(len(self.real), bool)
        for i in range(0, len(made), PART):
            squares = distances.squared(made[i : i + PART], self.real)
            within = squares <= self.reach
            inside[i : i + PART] = within.sum(1)
            covered |= within.any(0)
            recalled |= (squares <= own[i : i + PART, None]).any(0)
        is_one = len(made) == 1
        return {
            "coverage": estimate.share(covered.mean(), len(self.real), noise),
            "precision": Estimate(float(inside[0] > 0)) if is_one else estimate.share((inside > 0).mean(), len(made), noise),
            "density": Estimate(inside[0] / K) if is_one else estimate.mean(inside / K, noise),
            "recall": estimate.share(recalled.mean(), len(self.real), noise),
        }


def realism(subject, measured):
    model, rng, n = subject.model, subject.rng, subject.samples
    of = Realism(subject.sampled_images)

    def add(suffix, images, repeats):
        several = [of.of(images(), float(repeats > 1)) for _ in range(repeats)]
        for name in several[0]:
            if repeats == 1:
                measured[name + suffix] = several[0][name]
            else:
                # Even where no draw differed, one image more or less is chance.
                measured[name + suffix] = estimate.repeated([each[name] for each in several], 1 / n)

    for suffix, source in subject.sources():
        add(suffix, lambda: model.decode(source.draw(n, rng)), REPEATS)
    train = subject.data["train"][0]
    add("_held_in", lambda: subject.pixels(train[spread(n, len(train))]), 1)
    add("_mean_image", lambda: subject.sampled_images.mean(0, keepdims=True), 1)
    add("_noise", lambda: rng.random((n, subject.images.shape[1])), 2)
