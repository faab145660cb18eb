"""The terms of the loss, and what is said of each posterior alone: Kingma and Welling 2014; Burda et al. 2016."""

import numpy as np

from . import estimate
from .estimate import Estimate

DRAWS = 8
# Nodes a dimension of the trapezoid rule, out to so many σ.
NODES, REACH = 33, 8.0


def on_posteriors(mu, sigma, function):
    """E_q of a function of codes, q(z|x) over a plane: the trapezoid rule on a grid of each posterior."""
    steps = np.linspace(-REACH, REACH, NODES)
    weight = np.exp(-0.5 * steps**2)
    weight /= weight.sum()
    u = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)
    w = np.outer(weight, weight).ravel()
    parts = np.array_split(np.arange(len(mu)), max(len(mu) // 500, 1))
    return np.concatenate([function(mu[part, None] + sigma[part, None] * u) @ w for part in parts])


def entropy(sigma):
    return (np.log(sigma) + 0.5 * (1.0 + np.log(2.0 * np.pi))).sum(1)


def log_posterior(z, mu, sigma):
    return -0.5 * (((z - mu) / sigma) ** 2 + np.log(2.0 * np.pi)).sum(-1) - np.log(sigma).sum(-1)


def terms(subject, measured):
    """`subject`: what is measured; `measured`: {name: Estimate}, which this adds to. Returns kl of each image, if it is exact."""
    model, x, mu, sigma = subject.model, subject.images, subject.mu, subject.sigma
    measured["mse"] = estimate.mean(((x - model.decode(mu)) ** 2).mean(1))
    squares = ((mu - mu.mean(0)) ** 2).mean(1)
    measured["mean_spread"] = estimate.root_mean(squares)
    if not model.is_variational:
        measured["recon"] = estimate.mean(-model.log_likelihood(x, mu))
        return None
    measured["active_units"] = Estimate(float((mu.var(0) > 0.01).sum()))
    measured["sigma_mean"] = estimate.mean(sigma.mean(1))
    kl, drawn_kl = None, []
    if model.has_normal_prior:
        of_mean = 0.5 * (mu**2).sum(1)
        of_variance = 0.5 * (sigma**2 - 1.0 - 2.0 * np.log(sigma)).sum(1)
        measured["kl_mean"], measured["kl_variance"] = estimate.mean(of_mean), estimate.mean(of_variance)
        kl = of_mean + of_variance
    elif model.latent == 2:
        kl = -entropy(sigma) - on_posteriors(mu, sigma, model.prior.log_density)
    recon = []
    for _ in range(DRAWS):
        z = mu + sigma * subject.rng.standard_normal(mu.shape)
        recon.append(-model.log_likelihood(x, z))
        drawn_kl.append(kl if kl is not None else log_posterior(z, mu, sigma) - model.prior.log_density(z))
    recon, drawn_kl = np.array(recon), np.array(drawn_kl)
    error = lambda values: np.sqrt(values.var(0, ddof=1).sum() * (1 + 1 / DRAWS)) / len(x)

    def drawn(values):
        intervals = estimate.mean(values[0], 1.0).interval
        return Estimate(values.mean(), error(values), intervals, 0.05)

    measured["recon"] = drawn(recon)
    measured["kl"] = estimate.mean(kl) if kl is not None else drawn(drawn_kl)
    subject.expected_elbo = -(recon + drawn_kl).mean(0)
    measured["elbo"] = drawn(-(recon + drawn_kl))
    return kl if kl is not None else drawn_kl.mean(0)
