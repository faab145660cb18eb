"""What is generated: how fast it changes, what it shows, how sharp it is, and whether the codes that one draws are those that images
have. Pech-Pacheco et al. 2000 for the Laplacian; the rest by the README's formulas."""

import numpy as np
from scipy.spatial import cKDTree

from . import distances, estimate
from .estimate import Estimate
from .files import spread
from .surgery import majority

STEP, NEAR, KNOWN, VOTES = 0.05, 0.2, 5_000, 5
REPEATS = 12


def quantiles(values):
    p50, p95, p99 = np.quantile(values, [0.5, 0.95, 0.99])
    return {"jump_p50": p50, "jump_p95": p95, "jump_p99": p99, "jump_ratio": p95 / p50}


def jumps(subject, measured):
    """Steps δ = 0.05 L u from drawn codes, and the re-encoding of those codes' images."""
    model, source, rng = subject.model, subject.source, subject.rng
    of, half, errors = {}, {}, []
    for repeat in range(REPEATS):
        z = source.draw(subject.steps, rng)
        u = rng.standard_normal(z.shape)
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        here, there = model.decode(z), model.decode(z + STEP * u @ subject.gaussian.factor.T)
        norms = np.linalg.norm(there - here, axis=1)
        apart = lambda rows: STEP * np.sqrt(2 * here[rows].var(0, ddof=1).sum())
        for name, value in quantiles(norms / apart(slice(None))).items():
            of.setdefault(name, []).append(value)
        if repeat == 0:
            drawn = rng.integers(0, len(z), (200, len(z)))
            resamples = [quantiles(norms[rows] / apart(rows)) for rows in drawn]
            for name in resamples[0]:
                half[name] = np.quantile([resample[name] for resample in resamples], [0.025, 0.975])
        error = subject.gaussian.whitened(model.encode(here)[0]) - subject.gaussian.whitened(z)
        errors.append(estimate.root_mean((error**2).mean(1), 1.0))
        if repeat == 0:
            first = (here, there)
    for name, values in of.items():
        repeated = estimate.repeated([Estimate(value) for value in values])
        # A bootstrap of a quantile is itself known to no better than its half.
        measured[name] = Estimate(repeated.value, repeated.noise, tuple(half[name]), 1.0)
    measured["reencoding_error"] = estimate.repeated(errors)
    measured["reencoding_error"].slack = 0.3
    return first


class Classes:
    """The class of an image, as most of the nearest of some training images have it."""

    def __init__(self, subject):
        images, labels = subject.data["train"]
        some = spread(KNOWN, len(images))
        self.images, self.labels = subject.pixels(images[some]), labels[some]

    def of(self, images):
        squares = distances.squared(images, self.images)
        near = np.argpartition(squares, VOTES, axis=1)[:, :VOTES]
        order = np.take_along_axis(squares, near, 1).argsort(1)
        return majority(self.labels[np.take_along_axis(near, order, 1)])


def classes(subject, steps, measured):
    known = Classes(subject)
    n = subject.steps
    changed = (known.of(steps[0]) != known.of(steps[1])).mean()
    measured["class_changes"] = estimate.share(changed, n, np.sqrt(2 * max(changed, 1 / n) * (1 - changed) / n))
    for suffix, source in subject.sources():
        varieties = []
        for _ in range(2):
            of = known.of(subject.model.decode(source.draw(n, subject.rng)))
            share = np.bincount(of) / n
            share = share[share > 0]
            entropy = -(share * np.log(share)).sum()
            sd = np.exp(entropy) * np.sqrt(((share * np.log(share) ** 2).sum() - entropy**2) / n)
            varieties.append(np.exp(entropy))
        # The bootstrap's interval lies lower by the bias of an entropy of few draws, (classes − 1) / 2n.
        value = np.mean(varieties)
        middle = value * (1 - (len(share) - 1) / (2 * n))
        interval = (middle - estimate.Z * sd, middle + estimate.Z * sd)
        measured[f"sample_classes{suffix}"] = Estimate(value, sd * np.sqrt(1.5), interval, 0.4)


def reach(subject, measured):
    """Of draws those that no test code is near, and of test codes those that a draw is near."""
    n, gaussian = subject.samples, subject.gaussian
    tree = cKDTree(gaussian.whitened(subject.mu))
    empty = [(tree.query(gaussian.whitened(subject.source.draw(n, subject.rng)))[0] > NEAR).mean() for _ in range(REPEATS)]
    floor = np.sqrt(max(np.mean(empty), 1 / n) * (1 - min(np.mean(empty), 1 - 1 / n)) / n)
    measured["emptiness"] = estimate.repeated([estimate.share(value, n, 1.0) for value in empty], floor)
    prior = subject.prior_gaussian
    codes = prior.whitened(subject.mu)
    of = lambda: cKDTree(prior.whitened(subject.model.prior.draw(n, subject.rng))).query(codes)[0]
    reached = [(of() < NEAR).mean() for _ in range(REPEATS)]
    measured["codes_reached"] = estimate.repeated([estimate.share(value, n, 1.0) for value in reached], 0.3 / n)


def laplacian_variances(images, shape):
    """The variance over an image of its Laplacian, at all pixels with four neighbours."""
    x = images.reshape(-1, *shape)
    laplacian = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:] - 4 * x[:, 1:-1, 1:-1]
    return laplacian.reshape(len(x), -1).var(1)


def blur(subject, measured):
    under = laplacian_variances(subject.sampled_images, subject.model.shape)
    ratios = []
    for _ in range(4):
        over = laplacian_variances(subject.model.decode(subject.source.draw(subject.samples, subject.rng)), subject.model.shape)
        ratio = over.mean() / under.mean()
        # The ratio of two independent means, by the delta method.
        error = ratio * np.sqrt(over.var() / over.mean() ** 2 + under.var() / under.mean() ** 2) / np.sqrt(len(over))
        ratios.append(Estimate(ratio, 1.0, (ratio - estimate.Z * error, ratio + estimate.Z * error), 0.1))
    noise = ratio * np.sqrt(over.var() / len(over)) / over.mean()
    measured["blur"] = estimate.repeated(ratios, noise)
