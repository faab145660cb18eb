"""What log p(x) − ELBO is made of (Cremer, Li and Duvenaud 2018): for each image the best diagonal Gaussian, sought by L-BFGS from the
encoder's answer and from every mode of the true posterior, on a lattice of log p(x|z) that all images share; then its ELBO anew."""

import numpy as np
from scipy.ndimage import maximum_filter
from scipy.optimize import minimize

from . import estimate
from .estimate import Estimate
from .evidence import area
from .model import LN_TAU, Pairs
from .terms import entropy

NODES = 250_000
# Modes that are so far below the highest, in nats, are no start.
LOW = 12.0
# The final ELBO: the trapezoid rule out to so many σ.
ACROSS, REACH = 25, 6.0


class Lattice:
    """log p(x|z) and log p(z) where posteriors of some images may be."""

    def __init__(self, model, prior, images, mu, sigma):
        low, high, _ = area(model, prior, mu)
        low, high = np.maximum(low, mu.min(0) - 1.5), np.minimum(high, mu.max(0) + 1.5)
        self.step = max(np.quantile(sigma, 0.02) / 1.5, np.sqrt((high - low).prod() / NODES))
        self.axes = [np.arange(l, h, self.step) for l, h in zip(low, high)]
        z = np.stack(np.meshgrid(*self.axes, indexing="ij"), -1).reshape(-1, 2)
        pairs, everyone = Pairs(model, images), np.arange(len(images))
        self.fit = np.empty((len(images), len(z)), np.float32)
        self.shift = np.full(len(images), -np.inf)
        self.log_prior = prior.log_density(z).reshape(*map(len, self.axes))
        middle = pairs.log(everyone, pairs.codes(mu)).max(1)
        for start in range(0, len(z), 8192):
            log = pairs.log(everyone, pairs.codes(z[start : start + 8192]))
            self.fit[:, start : start + 8192] = log - middle[:, None]
        self.middle = middle

    def of(self, i):
        return self.fit[i].reshape(*map(len, self.axes)).astype(float)

    def modes(self, table):
        joint = table + self.log_prior
        is_mode = (joint == maximum_filter(joint, 5)) & (joint > joint.max() - LOW)
        weight = np.exp(joint - joint.max())
        weight /= weight.sum()
        grid = np.meshgrid(*self.axes, indexing="ij")
        mean = np.array([(weight * g).sum() for g in grid])
        deviation = np.sqrt([(weight * (g - m) ** 2).sum() for g, m in zip(grid, mean)])
        places = np.argwhere(is_mode)
        places = places[np.argsort(-joint[is_mode])][:12]
        modes = [np.array([self.axes[0][a], self.axes[1][b]]) for a, b in places]
        return [(mean, deviation)] + [(mode, np.full(2, wide)) for mode in modes for wide in (2 * self.step, 6 * self.step)]

    def negentropy(self, table):
        """½ ln((2πe)² |C|) − H of the true posterior."""
        joint = table + self.log_prior
        density = np.exp(joint - joint.max())
        density /= density.sum() * self.step**2
        weight = density * self.step**2
        moment = lambda values: (weight * values).sum()
        a, b = np.meshgrid(*self.axes, indexing="ij")
        a, b = a - moment(a), b - moment(b)
        covariance = moment(a * a) * moment(b * b) - moment(a * b) ** 2
        held = density > 0
        return 1 + LN_TAU + 0.5 * np.log(covariance) + (weight[held] * np.log(density[held])).sum()

    def weights(self, d, m, s):
        """Of the nodes about m: where they are, the Gaussian's mass and its derivatives by m and ln s."""
        axis = self.axes[d]
        start, end = np.searchsorted(axis, [m - 7 * s, m + 7 * s])
        t = (axis[start:end] - m) / s
        w = np.exp(-0.5 * t * t) * self.step / (s * np.sqrt(2 * np.pi))
        return slice(start, end), w, w * t / s, w * (t * t - 1.0)


class Objective:
    """E_q log p(x|z) − β KL(q || p(z)), its two halves weighted apart, and its gradient by (μ, ln σ)."""

    def __init__(self, lattice, table, beta, has_normal_prior):
        self.lattice, self.beta, self.normal = lattice, beta, has_normal_prior
        self.table = table if has_normal_prior else table + beta[0] * lattice.log_prior

    def __call__(self, at):
        m, s = at[:2], np.exp(at[2:])
        (rows, a, a_m, a_s), (cols, b, b_m, b_s) = (self.lattice.weights(d, m[d], s[d]) for d in range(2))
        part = self.table[rows, cols]
        right, left = part @ b, a @ part
        value = a @ right
        slope = np.array([a_m @ right, left @ b_m, a_s @ right, left @ b_s])
        # What lies beyond the lattice has no mass: as bad as can be, not as good as 0.
        missing = 1.0 - a.sum() * b.sum()
        value -= 1e4 * max(missing, 0.0)
        if self.normal:
            of_mean, of_variance = self.beta
            value -= 0.5 * (of_mean * m @ m + of_variance * (s**2 - 1.0 - 2.0 * np.log(s)).sum())
            slope -= np.concatenate([of_mean * m, of_variance * (s**2 - 1.0)])
        else:
            value += self.beta[0] * (np.log(s) + 0.5 * (1 + LN_TAU)).sum()
            slope[2:] += self.beta[0]
        return -value, -slope


def best(lattice, objective, starts):
    found = None
    low = np.log(0.9 * lattice.step)
    bounds = [(axis[0], axis[-1]) for axis in lattice.axes] + [(low, 1.0)] * 2
    for m, s in starts:
        at = np.concatenate([m, np.log(np.maximum(s, lattice.step))])
        result = minimize(objective, at, jac=True, method="L-BFGS-B", bounds=bounds)
        if found is None or result.fun < found.fun:
            found = result
    return found.x[:2], np.exp(found.x[2:])


def expected(model, prior, x, m, s):
    """E_q log p(x|z) and KL(q || p(z)) in full."""
    steps = np.linspace(-REACH, REACH, ACROSS)
    w = np.exp(-0.5 * steps**2)
    w = np.outer(w, w).ravel() / w.sum() ** 2
    u = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)
    z = m + s * u
    pairs = Pairs(model, x[None])
    fit = pairs.log(np.zeros(1, int), pairs.codes(z))[0] @ w
    if model.has_normal_prior:
        halves = np.array([0.5 * m @ m, 0.5 * (s**2 - 1.0 - 2.0 * np.log(s)).sum()])
    else:
        halves = np.array([-entropy(s[None])[0] - prior.log_density(z) @ w, 0.0])
    return fit, halves


def gaps(subject, beta, names, measured):
    """`beta`: the weights of the KL's two halves in training; `names`: the fields that the program has."""
    model, prior = subject.model, subject.evidence_prior()
    if model.latent != 2 or not model.is_variational:
        return
    some = subject.gaps_some
    images, mu, sigma = subject.images[some], subject.mu[some], subject.sigma[some]
    lattice = Lattice(model, prior, images, mu, sigma)
    parts, weights = [], np.array(beta)
    # Of these images, of which all but a few are among those whose evidence was taken.
    position = {image: at for at, image in enumerate(subject.evidence_some)}
    for i, image in enumerate(some):
        table = lattice.of(i)
        starts = [(mu[i], sigma[i]), *lattice.modes(table)]
        of = {}
        for name, beta in {"elbo": (1.0, 1.0), "objective": tuple(weights)}.items():
            if name == "objective" and beta == (1.0, 1.0):
                of[name] = of["elbo"]
                continue
            q = best(lattice, Objective(lattice, table, beta, model.has_normal_prior), starts)
            of[name] = expected(model, prior, images[i], *q)
        fit, halves = expected(model, prior, images[i], mu[i], sigma[i])
        elbo = lambda fit, halves: fit - halves.sum()
        trained = lambda fit, halves: fit - weights @ halves if model.has_normal_prior else fit - weights[0] * halves[0]
        log = subject.log_evidence[position[image]]
        best_elbo = max(elbo(*of["elbo"]), elbo(fit, halves))
        in_elbo = best_elbo - elbo(fit, halves)
        parts.append({
            "gap": log - elbo(fit, halves),
            "approximation_gap": log - best_elbo,
            "objective_gap": best_elbo - elbo(*of["objective"]),
            # Programs that do not split off the objective measure it in the ELBO.
            "amortisation_gap": trained(*of["objective"]) - trained(fit, halves) if "objective_gap" in names else in_elbo,
            "negentropy": lattice.negentropy(table),
        })
    for name in parts[0]:
        values = np.array([part[name] for part in parts])
        mean = "gap_mean" if name == "gap" else name
        of = {mean: estimate.mean(values)}
        of |= {f"{name}_p{share}": Estimate(np.quantile(values, share / 100)) for share in (50, 99)}
        measured.update({name: value for name, value in of.items() if name in names})
