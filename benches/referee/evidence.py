"""log p(x) = log ∫ p(z) p(x|z) dz over the plane: midpoints of squares that are halved, each image by itself, wherever it has mass, until
halving once more changes nothing. Held against importance sampling, which knows of no squares."""

import numpy as np
from scipy.special import logsumexp
from sklearn.mixture import GaussianMixture

from . import estimate
from .model import Mixture, Pairs

# Nodes along a square's side, and how far below an image's highest one mass ends, in nats.
NODES, MASS = 8, 16.0
# An image is done where halving changes its log p(x) by less, in nats.
CHANGE = 1e-3
LEVELS = 9
COMPONENTS = 20
# By how much a square may hold more than its highest node says, at most, of the first levels and of the rest.
STEEPEST = (30.0, 10.0, 3.0)


class Squares:
    """Of one level: which images are still in which squares."""

    def __init__(self, corner, side, cells, images):
        self.corner, self.side, self.cells, self.images = corner, side, cells, images

    def nodes(self, cell):
        step = self.side / NODES
        along = (np.arange(NODES) + 0.5) * step
        low = self.corner + cell * self.side
        return np.stack(np.meshgrid(low[0] + along, low[1] + along, indexing="ij"), -1).reshape(-1, 2)


def area(model, prior, mu):
    """Where prior and codes are, and the first spacing of nodes: fine beside the spread of the codes, and beside the prior."""
    mean, factor = prior.moments()
    reach = 7.0 * np.sqrt((factor**2).sum(1))
    low, high = np.minimum(mean - reach, mu.min(0)), np.maximum(mean + reach, mu.max(0))
    margin = 0.5 * mu.std(0)
    return low - margin, high + margin, min(0.08 * np.sqrt(mu.var(0).mean()), 0.4 * prior.narrowest())


def log_evidence(model, prior, images, mu, report=None):
    """Of each image: (n, pixels) -> (n)."""
    pairs, n = Pairs(model, images), len(images)
    low, high, step = area(model, prior, mu)
    side = step * NODES
    counts = np.ceil((high - low) / side).astype(int)
    everyone = np.arange(n)
    cells = np.stack(np.meshgrid(*(np.arange(c) for c in counts), indexing="ij"), -1).reshape(-1, 2)
    level = Squares(low, side, cells, [everyone] * len(cells))
    best, last, done = np.full(n, -np.inf), np.full(n, np.nan), np.full(n, False)
    for depth in range(LEVELS):
        total = np.full(n, -np.inf)
        found = []
        weight = 2 * np.log(level.side / NODES)
        for start in range(0, len(level.cells), 64):
            group = range(start, min(start + 64, len(level.cells)))
            z = np.concatenate([level.nodes(level.cells[i]) for i in group])
            codes, log_prior = pairs.codes(z), prior.log_density(z)
            for k, i in enumerate(group):
                at = slice(k * NODES**2, (k + 1) * NODES**2)
                some = level.images[i]
                log = pairs.log(some, (codes[0][:, at], codes[1][at])) + log_prior[at]
                most = log.max(1)
                total[some] = np.logaddexp(total[some], most + np.log(np.exp(log - most[:, None]).sum(1)) + weight)
                best[some] = np.maximum(best[some], most)
                grid = log.reshape(-1, NODES, NODES)
                found.append(bounds(grid, STEEPEST[min(depth, 2)]))
        # An image whose total has settled stays what it is; the others go on where they have mass.
        settled = np.abs(total - last) < CHANGE
        last = np.where(done, last, total)
        done |= settled & (depth > 1)
        if report:
            report(depth, total, done, len(level.cells))
        if done.all():
            break
        level = halved(level, found, best, done, mu)
    if not done.all():
        print(f"  log p(x) of {(~done).sum()} images still changes after {LEVELS} levels.")
    return last


def bounds(grid, steepest):
    """What a square may reach in each of its quarters: its highest node and what neighbours differ by at most.
    grid: (n, NODES, NODES) -> (n, 2, 2)."""
    half = NODES // 2
    most = grid.reshape(-1, 2, half, 2, half).max((2, 4))
    steep = np.maximum(np.abs(np.diff(grid, axis=1))[:, :, 1:], np.abs(np.diff(grid, axis=2))[:, 1:, :])
    return most + np.minimum(steep.reshape(len(grid), -1).max(1), steepest)[:, None, None]


def halved(level, found, best, done, mu):
    """The quarters of squares in which some image has mass or its own code."""
    cells, images = [], []
    home = np.floor((mu - level.corner) / (level.side / 2)).astype(int)
    for cell, some, of in zip(level.cells, level.images, found):
        left = ~done[some]
        some, of = some[left], of[left]
        if not len(some):
            continue
        for i in range(2):
            for j in range(2):
                quarter = 2 * cell + (i, j)
                keep = (of[:, i, j] > best[some] - MASS) | (home[some] == quarter).all(1)
                if keep.any():
                    cells.append(quarter)
                    images.append(some[keep])
    return Squares(level.corner, level.side / 2, np.array(cells), images)


def by_importance(model, prior, images, mu, sigma, rng, draws=2_000):
    """IWAE's bound and its standard error, of few images, from a posterior widened a little (Burda et al. 2016)."""
    logs, errors = [], []
    for x, m, s in zip(images, mu, sigma):
        # Half from the encoder's Gaussian, half from one twice as wide, as a mixture.
        wide = np.where(np.arange(draws) % 2, 2.0, 1.0)[:, None]
        z = m + wide * s * rng.standard_normal((draws, len(m)))
        of = lambda k: -0.5 * (((z - m) / (k * s)) ** 2 + np.log(2 * np.pi)).sum(1) - np.log(k * s).sum()
        log_q = np.logaddexp(of(1.0), of(2.0)) - np.log(2.0)
        w = model.log_likelihood(np.broadcast_to(x, (draws, len(x))), z) + prior.log_density(z) - log_q
        log = logsumexp(w) - np.log(draws)
        logs.append(log)
        errors.append(np.exp(w - log).std(ddof=1) / np.sqrt(draws))
    return np.array(logs), np.array(errors)


def evidence(subject, measured):
    model = subject.model
    if model.latent != 2:
        return
    every = log_evidence(model, subject.evidence_prior(), subject.evidence_images, subject.evidence_mu)
    subject.log_evidence = every
    measured["log_evidence"] = estimate.mean(every)
    if not model.is_variational:
        return
    # The gap's ELBO is the one that `terms` drew: what chance leaves in it is that of the ELBO.
    noise = measured["elbo"].noise
    measured["gap"] = estimate.mean(every - subject.expected_elbo[subject.evidence_some], noise)
    check(subject, every)


def check(subject, every, count=200):
    some = np.arange(0, len(every), max(len(every) // count, 1))
    sigma = subject.sigma[subject.evidence_some]
    log, error = by_importance(
        subject.model, subject.evidence_prior(), subject.evidence_images[some], subject.evidence_mu[some], sigma[some], subject.rng
    )
    over = (log - every[some]) / np.maximum(error, 1e-6)
    print(f"  importance sampling of {len(some)} images: log p(x) {log.mean():.4f}, quadrature {every[some].mean():.4f}; "
          f"at most {over.max():.1f} standard errors above it")


class InWhitened:
    """A mixture in coordinates L⁻¹ (z − m), as a density of z."""

    def __init__(self, gaussian, mixture):
        self.gaussian, self.mixture = gaussian, mixture

    def log_density(self, z):
        flat = self.gaussian.whitened(z.reshape(-1, z.shape[-1]))
        return self.mixture.log_density(flat).reshape(z.shape[:-1]) - np.log(np.diag(self.gaussian.factor)).sum()

    def moments(self):
        return self.gaussian.moments()

    def narrowest(self):
        return self.gaussian.narrowest() * self.mixture.narrowest()


def fitted_mixture(gaussian, codes, seed):
    """20 Gaussians along the axes of whitened coordinates, by expectation maximisation."""
    fit = GaussianMixture(COMPONENTS, covariance_type="diag", init_params="k-means++", tol=1e-6, max_iter=500, random_state=seed)
    fit.fit(gaussian.whitened(codes))
    return InWhitened(gaussian, Mixture(np.log(fit.weights_), fit.means_, np.sqrt(fit.covariances_)))


def evidence_of_fitted(subject, measured):
    """log p(x) of an AE under a Gaussian, and under a mixture, fitted to its codes of training images."""
    model = subject.model
    if model.latent != 2 or model.is_variational:
        return
    images, mu = subject.evidence_images, subject.evidence_mu
    measured["log_evidence_fitted"] = estimate.mean(log_evidence(model, subject.gaussian, images, mu))
    mixtures = [fitted_mixture(subject.gaussian, subject.trained_codes, seed) for seed in range(6)]
    # What local optimum it ends in is chance: as different as the densities of the codes are.
    noise = np.std([mixture.log_density(mu).mean() for mixture in mixtures], ddof=1)
    every = log_evidence(model, mixtures[0], images, mu)
    measured["log_evidence_mixture_fitted"] = estimate.mean(every, noise * np.sqrt(2))
