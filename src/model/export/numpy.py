"""{{title}}

Exported by Latent Explorer: {{trained}}.
p(x|z): {{likelihood}}. Images are float arrays (N, {{channels}}, {{rows}}, {{cols}}) in [0, 1]; codes are (N, {{latent}}).

    import model
#if gaussian
    mu, logvar = model.encode(images)
    images = model.decode(mu)
#end
#if point
    images = model.decode(model.encode(images))
#end
#if quantised
    codes = model.encode(images)
    words, numbers = model.quantise(codes)
    images = model.decode(codes)
#end

Needs numpy alone. The weights are in weights.npz beside this file, under the names and in the order of PyTorch.
"""

from pathlib import Path

import numpy as np

LATENT = {{latent}}
WEIGHTS = dict(np.load(Path(__file__).with_name("weights.npz")))


def dense(x, name):
    """x: (N, inputs) -> (N, outputs)."""
    return x @ WEIGHTS[name + ".weight"].T + WEIGHTS[name + ".bias"]


def relu(x):
    return np.maximum(x, 0)
#if sigmoid


def sigmoid(x):
    # exp of what is not positive does not overflow.
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)
#end
#if conv


def conv(x, name, stride):
    """A window of 3 x 3 that moves by `stride`, padding 1. x: (N, inputs, rows, cols)."""
    weight, bias = WEIGHTS[name + ".weight"], WEIGHTS[name + ".bias"]
    n, _, rows, cols = x.shape
    down, across = (rows - 1) // stride + 1, (cols - 1) // stride + 1
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    y = np.zeros((n, len(bias), down, across), np.float32)
    for i in range(3):
        for j in range(3):
            seen = x[:, :, i : i + stride * (down - 1) + 1 : stride, j : j + stride * (across - 1) + 1 : stride]
            y += np.einsum("oc,nchw->nohw", weight[:, :, i, j], seen, optimize=True)
    return y + bias[:, None, None]


def conv_transposed(x, name, stride, size):
    """The way back, to maps of `size`. x: (N, inputs, rows, cols)."""
    weight, bias = WEIGHTS[name + ".weight"], WEIGHTS[name + ".bias"]
    n, _, rows, cols = x.shape
    # One more row and column about the maps than there is, cut off in the end.
    y = np.zeros((n, len(bias), stride * (rows - 1) + 4, stride * (cols - 1) + 4), np.float32)
    for i in range(3):
        for j in range(3):
            part = np.einsum("co,nchw->nohw", weight[:, :, i, j], x, optimize=True)
            y[:, :, i : i + stride * (rows - 1) + 1 : stride, j : j + stride * (cols - 1) + 1 : stride] += part
    return y[:, :, 1 : 1 + size[0], 1 : 1 + size[1]] + bias[:, None, None]
#end


#if gaussian
def encode(images):
    """images -> mu, logvar of q(z|x) = N(mu, diag exp(logvar)): (N, latent) each."""
    h = np.asarray(images, np.float32)
{{encoder}}
    return dense(h, "fc_mu"), dense(h, "fc_logvar")


def reparameterise(mu, logvar, rng):
    """A draw from q(z|x)."""
    return mu + np.exp(0.5 * logvar) * rng.standard_normal(mu.shape, np.float32)
#else
def encode(images):
    """images -> codes: (N, latent)."""
    h = np.asarray(images, np.float32)
{{encoder}}
    return dense(h, "fc_mu")
#end
#if quantised


def quantise(codes):
    """codes -> the words nearest to them, (N, latent), and their numbers, (N, {{tokens}})."""
    words = WEIGHTS["codebook.weight"]
    pieces = np.asarray(codes, np.float64).reshape(-1, 1, {{word_size}})
    numbers = np.square(pieces - words).sum(2).argmin(1)
    return words[numbers].reshape(-1, LATENT), numbers.reshape(-1, {{tokens}})
#end


def decode(codes):
    """codes -> images: (N, {{channels}}, {{rows}}, {{cols}})."""
#if quantised
    h, _ = quantise(codes)
#else
    h = np.asarray(codes, np.float32)
#end
{{decoder}}
#if sigmoid
    return sigmoid(h)
#else
    return h
#end
#if normal


def sample_prior(n, rng):
    """Draws from p(z) = N(0, I): (n, latent)."""
    return rng.standard_normal((n, LATENT), np.float32)
#end
#if mixture


def sample_prior(n, rng):
    """Draws from p(z) = sum_k softmax(logits)_k N(z; mean_k, diag exp(log_scale_k)^2): (n, latent)."""
    logits = WEIGHTS["prior.logits"].astype(np.float64)
    weights = np.exp(logits - logits.max())
    k = rng.choice(len(weights), n, p=weights / weights.sum())
    scale = np.exp(WEIGHTS["prior.log_scale"][k])
    return WEIGHTS["prior.mean"][k] + scale * rng.standard_normal((n, LATENT), np.float32)
#end
#if quantised


def sample_prior(n, rng):
    """Draws from the uniform distribution over words: (n, latent)."""
    words = WEIGHTS["codebook.weight"]
    return words[rng.integers(len(words), size=(n, {{tokens}}))].reshape(n, LATENT)
#end


if __name__ == "__main__":
#if point
    images = decode(np.zeros((1, LATENT)))
#else
    images = decode(sample_prior(4, np.random.default_rng(0)))
#end
    print("decoded images:", images.shape, "from", images.min(), "to", images.max())
    print("encoded again:", encode(images))
