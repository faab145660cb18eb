"""Where the codes of all images are together: I(n; z) and KL(q(z) || p(z)) of Hoffman and Johnson 2016, bracketed as Poole et al.
2019 do; over a plane by integration, else from one code drawn from each posterior. Overlaps and classes of neighbours."""

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import logsumexp

from . import estimate
from .estimate import Estimate
from .terms import entropy, log_posterior

# A posterior is cut off at so many σ; a lattice has so many nodes in the narrowest σ.
REACH, FINENESS = 6.5, 1.0
# Where the others are less than this share of q(z), they are added up by themselves.
CANCELLED = 1e-9
DRAWS = 3


def log_mixture(z, mu, sigma, part=500):
    """ln Σ_j q_j(z_i), and the same without q_i: z: (n, latent), one for each posterior."""
    whole, others = np.empty(len(z)), np.empty(len(z))
    precision = sigma**-2.0
    # ½ (z − μ)² / σ², multiplied out, so that all pairs are one product.
    right = np.concatenate([precision, -2.0 * mu * precision], axis=1).T
    height = -np.log(sigma).sum(1) - 0.5 * (np.log(2 * np.pi) + mu**2 * precision).sum(1)
    for i in range(0, len(z), part):
        rows = np.arange(i, min(i + part, len(z)))
        terms = height - 0.5 * (np.concatenate([z[rows] ** 2, z[rows]], axis=1) @ right)
        whole[rows] = logsumexp(terms, axis=1)
        terms[np.arange(len(rows)), rows] = -np.inf
        others[rows] = logsumexp(terms, axis=1)
    return whole, others


class Lattice:
    """n q(z) = Σ q_i(z) on a lattice of the plane."""

    def __init__(self, mu, sigma):
        self.step = sigma.min(0) / FINENESS
        self.low = (mu - REACH * sigma).min(0)
        counts = np.ceil(((mu + REACH * sigma).max(0) - self.low) / self.step).astype(int) + 2
        if counts.prod() > 150_000_000:
            raise MemoryError(f"a lattice of {counts[0]} x {counts[1]} nodes")
        self.density = np.zeros(counts)
        self.mu, self.sigma = mu, sigma
        for i in range(len(mu)):
            rows, cols, a, b = self.patch(i)
            self.density[rows, cols] += np.outer(a, b)

    def patch(self, i):
        """Where posterior i is, and its density there: the outer product of two vectors."""
        slices, factors = [], []
        for d in range(2):
            mu, sigma, step, low = self.mu[i, d], self.sigma[i, d], self.step[d], self.low[d]
            start, end = int(np.floor((mu - REACH * sigma - low) / step)), int(np.ceil((mu + REACH * sigma - low) / step)) + 1
            at = low + step * np.arange(max(start, 0), end)
            slices.append(slice(max(start, 0), end))
            factors.append(np.exp(-0.5 * ((at - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi)))
        return *slices, *factors

    def information(self):
        """KL(q_i || q) of each image, and E_{q_i} ln q_i / q of the others."""
        n, area = len(self.mu), self.step.prod()
        lower, upper = np.empty(n), np.empty(n)
        own = -entropy(self.sigma)
        for i in range(n):
            rows, cols, a, b = self.patch(i)
            q = np.outer(a, b)
            total = self.density[rows, cols]
            weight = q * area
            lower[i] = own[i] - (weight * np.log(np.maximum(total, 1e-300))).sum() + np.log(n)
            others = total - q
            unsure = weight[others < CANCELLED * total].sum()
            if unsure > 1e-9:
                upper[i] = own[i] - self.among_others(i) + np.log(n - 1)
            else:
                upper[i] = own[i] - (weight * np.log(np.maximum(others, 1e-300))).sum() + np.log(n - 1)
        return lower, upper

    def among_others(self, i, nodes=24):
        """E_{q_i} ln Σ_{j ≠ i} q_j, term by term: far from all others nothing may cancel."""
        u, w = np.polynomial.hermite_e.hermegauss(nodes)
        z = np.stack(np.meshgrid(*(self.mu[i, d] + self.sigma[i, d] * u for d in range(2)), indexing="ij"), -1).reshape(-1, 2)
        rest = np.delete(np.arange(len(self.mu)), i)
        log = logsumexp(log_posterior(z[:, None], self.mu[None, rest], self.sigma[None, rest]), axis=1)
        return np.outer(w, w).ravel() @ log / w.sum() ** 2


def surgery(subject, kl, measured):
    """kl: of each image, exact over a plane. Over a plane the lower bound is integrated; the upper one, and the intervals of all, are
    those of one code drawn from each posterior."""
    model, mu, sigma = subject.model, subject.mu, subject.sigma
    n = len(mu)
    of = {"mutual_information": [], "mutual_information_upper": [], "kl_aggregate": []}
    between = []
    for _ in range(DRAWS):
        z = mu + sigma * subject.rng.standard_normal(mu.shape)
        whole, others = log_mixture(z, mu, sigma)
        # What one draw says of KL(q || p) is used only where it is not known.
        own = -entropy(sigma)
        lower, upper = own - whole + np.log(n), own - others + np.log(n - 1)
        of["mutual_information"].append(lower)
        of["mutual_information_upper"].append(upper)
        rate = kl if model.latent == 2 or model.has_normal_prior else own - model.prior.log_density(z)
        of["kl_aggregate"].append(rate - lower)
        between.append(upper - lower)
    error = lambda draws: np.sqrt(np.var(draws, axis=0, ddof=1).sum() * (1 + 1 / DRAWS)) / n
    for name, draws in of.items():
        measured[name] = Estimate(np.mean(draws), error(draws), estimate.mean(draws[0]).interval, 0.05)
    if model.latent == 2:
        lower, upper = Lattice(mu, sigma).information()
        measured["mutual_information"].value, measured["mutual_information"].noise = lower.mean(), 0.0
        measured["kl_aggregate"].value, measured["kl_aggregate"].noise = (kl - lower).mean(), 0.0
        measured["mutual_information_upper"].value, measured["mutual_information_upper"].noise = upper.mean(), error(between)


def majority(labels):
    """The class that most of each row have, who come nearest first; of several the one whose first is nearest."""
    votes = (labels[:, :, None] == labels[:, None, :]).sum(2)
    return labels[np.arange(len(labels)), votes.argmax(1)]


def neighbours(subject, measured):
    mu, sigma = subject.mu, subject.sigma
    _, near = cKDTree(mu).query(mu, 7)
    # Oneself is left out, also where another has the same code.
    others = np.array([row[row != i][:5] for i, row in enumerate(near)])
    measured["separation"] = estimate.share((majority(subject.labels[others]) == subject.labels).mean(), len(mu))
    if sigma is not None:
        other = others[:, 0]
        squares = sigma**2 + sigma[other] ** 2
        log = 0.5 * (np.log(2 * sigma * sigma[other] / squares)).sum(1) - 0.25 * ((mu - mu[other]) ** 2 / squares).sum(1)
        measured["overlap"] = estimate.mean(np.exp(log))
