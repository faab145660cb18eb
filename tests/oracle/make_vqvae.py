"""Writes vqvae_oracle.json: reference values for the vector-quantised autoencoder, from numpy in float64.

    python make_vqvae.py

van den Oord et al. 2017, equations 1 to 3, and appendix A.1 with Laplace smoothing as Razavi et al. 2019 (and Sonnet) have
it. A network small enough to print (12 pixels, one hidden layer of 5), fixed weights and data. Each case gives the words
that are chosen, the terms of the loss, its gradient, and all parameters after three steps of Adam. The gradient is written
out by hand; before anything is written it is held against finite differences of the loss in which everything under a stop
gradient stands still.
"""
import json

import numpy as np

PIXELS, HIDDEN, BATCH, GAMMA, LR = 12, 5, 6, 0.25, 1e-2
B1, B2, EPS = 0.9, 0.999, 1e-8
LAPLACE = 1e-5
rng = np.random.default_rng(20261125)
x = 1 / (1 + np.exp(-2 * rng.standard_normal((BATCH, PIXELS))))
x = x.astype(np.float32).astype(np.float64)


def new_parameters(latent, words, size):
    def layer(i, o):
        return 1.5 * rng.standard_normal((o, i)) / np.sqrt(i), 0.5 * rng.standard_normal(o)

    p = {}
    for name, (i, o) in {
        "encoder.0": (PIXELS, HIDDEN), "encoder.mu": (HIDDEN, latent),
        "decoder.0": (latent, HIDDEN), "decoder.out": (HIDDEN, PIXELS),
    }.items():
        p[name + ".weight"], p[name + ".bias"] = layer(i, o)
    # Words near some of the codes, so that several are chosen.
    pieces = encode(p, x)[1].reshape(-1, size)
    near = pieces[rng.choice(len(pieces), words, replace=False)]
    p["codebook.weight"] = near + 0.2 * rng.standard_normal((words, size))
    p["codebook.cluster_size"] = 0.5 + 2 * rng.random(words)
    p["codebook.embed_avg"] = p["codebook.weight"] * p["codebook.cluster_size"][:, None]
    p["codebook.unused"] = np.arange(words).astype(float)
    return p


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def encode(p, x):
    h = np.maximum(x @ p["encoder.0.weight"].T + p["encoder.0.bias"], 0)
    return h, h @ p["encoder.mu.weight"].T + p["encoder.mu.bias"]


def decode(p, z):
    h = np.maximum(z @ p["decoder.0.weight"].T + p["decoder.0.bias"], 0)
    return h, h @ p["decoder.out.weight"].T + p["decoder.out.bias"]


def nll(logits, x):
    q = sigmoid(logits)
    return -(x * np.log(q) + (1 - x) * np.log(1 - q)).sum() / len(x)


def choose(p, z_e):
    size = p["codebook.weight"].shape[1]
    pieces = z_e.reshape(-1, size)
    squares = ((pieces[:, None] - p["codebook.weight"][None]) ** 2).sum(2)
    return pieces, squares.argmin(1)


def loss(p, x, still=None, pull=False):
    """The loss; `still` holds z_e, e and the choice at which stop gradients stand."""
    _, z_e = encode(p, x)
    if still is None:
        _, k = choose(p, z_e)
        still = (z_e, p["codebook.weight"][k].reshape(z_e.shape), k)
    z_0, e_0, k = still
    _, logits = decode(p, z_e + (e_0 - z_0))
    recon = nll(logits, x)
    commitment = ((z_e - e_0) ** 2).sum() / len(x)
    words = ((p["codebook.weight"][k].reshape(z_0.shape) - z_0) ** 2).sum() / len(x) if pull else 0.0
    return recon + words + GAMMA * commitment, recon, commitment, still


def gradient(p, x, pull):
    h, z_e = encode(p, x)
    pieces, k = choose(p, z_e)
    e = p["codebook.weight"][k].reshape(z_e.shape)
    hd, logits = decode(p, e)
    g = {name: np.zeros_like(v) for name, v in p.items()}
    dl = (sigmoid(logits) - x) / len(x)
    g["decoder.out.weight"], g["decoder.out.bias"] = dl.T @ hd, dl.sum(0)
    dh = (dl @ p["decoder.out.weight"]) * (hd > 0)
    g["decoder.0.weight"], g["decoder.0.bias"] = dh.T @ e, dh.sum(0)
    dz = dh @ p["decoder.0.weight"] + 2 * GAMMA * (z_e - e) / len(x)
    g["encoder.mu.weight"], g["encoder.mu.bias"] = dz.T @ h, dz.sum(0)
    de = (dz @ p["encoder.mu.weight"]) * (h > 0)
    g["encoder.0.weight"], g["encoder.0.bias"] = de.T @ x, de.sum(0)
    if pull:
        for piece, word in zip(pieces, k):
            g["codebook.weight"][word] += 2 * (p["codebook.weight"][word] - piece) / len(x)
    return g, k, pieces


def step(p, x, decay, moments, t):
    g, k, pieces = gradient(p, x, decay is None)
    words = len(p["codebook.weight"])
    learned = [n for n in p if not n.startswith("codebook") or (decay is None and n == "codebook.weight")]
    for name in learned:
        m, v = moments.setdefault(name, [np.zeros_like(p[name]), np.zeros_like(p[name])])
        m[:] = B1 * m + (1 - B1) * g[name]
        v[:] = B2 * v + (1 - B2) * g[name] ** 2
        p[name] = p[name] - LR * (m / (1 - B1**t)) / (np.sqrt(v / (1 - B2**t)) + EPS)
    counts = np.bincount(k, minlength=words).astype(float)
    p["codebook.unused"] = np.where(counts > 0, 0, p["codebook.unused"] + 1)
    if decay is not None:
        sums = np.zeros_like(p["codebook.weight"])
        np.add.at(sums, k, pieces)
        p["codebook.cluster_size"] = decay * p["codebook.cluster_size"] + (1 - decay) * counts
        p["codebook.embed_avg"] = decay * p["codebook.embed_avg"] + (1 - decay) * sums
        n = p["codebook.cluster_size"].sum()
        smoothed = (p["codebook.cluster_size"] + LAPLACE) / (n + words * LAPLACE) * n
        # A word that no code has ever chosen has no mean to go to.
        seen = p["codebook.cluster_size"] > 0
        p["codebook.weight"] = np.where(seen[:, None], p["codebook.embed_avg"] / smoothed[:, None], p["codebook.weight"])
    return p


def listed(p):
    return {name: v.tolist() for name, v in p.items()}


cases = {}
for name, latent, words, tokens, decay in [
    ("ema", 2, 4, 1, 0.99), ("ema_two_tokens", 4, 3, 2, 0.99), ("k_means", 2, 3, 1, 0.0),
    ("one_word", 2, 1, 1, 0.99), ("gradient", 2, 4, 1, None), ("gradient_two_tokens", 4, 3, 2, None),
]:
    p = {n: v.astype(np.float32).astype(np.float64) for n, v in new_parameters(latent, words, latent // tokens).items()}
    total, recon, commitment, still = loss(p, x, pull=decay is None)
    g, k, _ = gradient(p, x, decay is None)
    for n in p:
        for i in range(0, p[n].size, 3):
            def moved(by):
                q = {m: v.copy() for m, v in p.items()}
                q[n].reshape(-1)[i] += by
                return loss(q, x, still, decay is None)[0]
            slope = (moved(1e-6) - moved(-1e-6)) / 2e-6
            assert abs(slope - g[n].reshape(-1)[i]) < 1e-7, (name, n, i, slope)
    case = {
        "latent": latent, "words": words, "tokens": tokens, "decay": decay, "params": listed(p),
        "chosen": k.tolist(), "loss": total, "recon": recon, "commitment": commitment, "gradients": listed(g),
    }
    moments, after, chosen = {}, {n: v.copy() for n, v in p.items()}, set(k.tolist())
    for t in (1, 2, 3):
        after = step(after, x, decay, moments, t)
        case[f"after_{t}"] = listed(after)
    assert words == 1 or len(chosen) > 1, (name, chosen)
    cases[name] = case

with open(__file__.replace("make_vqvae.py", "vqvae_oracle.json"), "w") as f:
    json.dump({"x": x.tolist(), "gamma": GAMMA, "learning_rate": LR, "cases": cases}, f)
