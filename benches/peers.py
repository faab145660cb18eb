"""The same training in JAX or PyTorch: a VAE 784-512-256-2, or the convolutional one, on MNIST, whole steps (forward,
Bernoulli likelihood + KL, backward, Adam), in images a second.

    pip install "jax[cpu]" optax numpy      # or: pip install torch numpy
    python benches/peers.py jax --batch 128

JAX runs an epoch as one compiled scan; PyTorch runs eagerly with its fused Adam: each in its fastest way on a CPU. The
first epoch warms up; the best of the others is printed.
"""
import argparse
import gzip
import json
import pathlib
import time

import numpy as np

SIZES = [(784, 512), (512, 256), (256, 2), (256, 2), (2, 256), (256, 512), (512, 784)]
IMAGES = pathlib.Path(__file__).parents[1] / "assets/mnist/train-images-idx3-ubyte.gz"


def images(batch):
    """(batches, batch, 784) in [0, 1]"""
    pixels = np.frombuffer(gzip.open(IMAGES).read(), np.uint8, offset=16).reshape(-1, 784)
    whole = len(pixels) // batch * batch
    return (pixels[:whole] / 255).astype(np.float32).reshape(-1, batch, 784)


def jax_epochs(batch):
    import jax
    import jax.numpy as jnp
    import optax

    data, adam = jnp.asarray(images(batch)), optax.adam(1e-3)
    keys = jax.random.split(jax.random.key(0), len(SIZES))
    bound = [n ** -0.5 for n, _ in SIZES]
    weights = [jax.random.uniform(k, s, minval=-b, maxval=b) for k, s, b in zip(keys, SIZES, bound)]
    weights = [(w, jnp.zeros(w.shape[1])) for w in weights]

    def loss(weights, x, key):
        e1, e2, head_mu, head_logvar, d1, d2, out = [lambda h, w=w, b=b: h @ w + b for w, b in weights]
        h = jax.nn.relu(e2(jax.nn.relu(e1(x))))
        mu, logvar = head_mu(h), head_logvar(h)
        z = mu + jnp.exp(logvar / 2) * jax.random.normal(key, mu.shape)
        logits = out(jax.nn.relu(d2(jax.nn.relu(d1(z)))))
        recon = jnp.sum(jax.nn.softplus(logits) - x * logits) / batch
        return recon + jnp.sum(mu**2 + jnp.exp(logvar) - 1 - logvar) / (2 * batch)

    def step(state, x):
        weights, moments, key = state
        key, noise = jax.random.split(key)
        value, gradient = jax.value_and_grad(loss)(weights, x, noise)
        change, moments = adam.update(gradient, moments)
        return (optax.apply_updates(weights, change), moments, key), value

    epoch = jax.jit(lambda state: jax.lax.scan(step, state, data), donate_argnums=0)
    state = (weights, adam.init(weights), jax.random.key(1))
    while True:
        state, values = epoch(state)
        yield data.shape[0] * batch, float(values.mean())


def torch_epochs(batch, arch):
    import torch
    from torch.nn import Conv2d, ConvTranspose2d, Flatten, Linear, ReLU, Sequential, Unflatten, functional as F

    data = torch.from_numpy(images(batch))
    if arch == "mlp":
        e1, e2, head_mu, head_logvar, d1, d2, out = [Linear(*size) for size in SIZES]
        encoder, decoder = Sequential(e1, ReLU(), e2, ReLU()), Sequential(d1, ReLU(), d2, ReLU(), out)
    else:
        up = {"stride": 2, "padding": 1, "output_padding": 1}
        encoder = Sequential(
            Unflatten(1, (1, 28, 28)), Conv2d(1, 32, 3, 2, 1), ReLU(), Conv2d(32, 64, 3, 2, 1), ReLU(),
            Flatten(), Linear(3136, 16), ReLU())
        head_mu, head_logvar = Linear(16, 2), Linear(16, 2)
        decoder = Sequential(
            Linear(2, 3136), ReLU(), Unflatten(1, (64, 7, 7)), ConvTranspose2d(64, 64, 3, **up), ReLU(),
            ConvTranspose2d(64, 32, 3, **up), ReLU(), ConvTranspose2d(32, 1, 3, padding=1), Flatten())
    model = torch.nn.ModuleList([encoder, head_mu, head_logvar, decoder])
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    while True:
        total = 0.0
        for x in data:
            h = encoder(x)
            mu, logvar = head_mu(h), head_logvar(h)
            logits = decoder(mu + torch.exp(logvar / 2) * torch.randn_like(mu))
            recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
            loss = (recon + (mu**2 + logvar.exp() - 1 - logvar).sum() / 2) / batch
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.item()
        yield data.shape[0] * batch, total / len(data)


def torch_evidence(run, grid=128):
    """log p(x) of all test images by a grid x grid Riemann sum on [-5, 5]^2, in seconds: one product and a log-sum-exp"""
    import math
    import torch
    from safetensors.torch import load_file

    weights = load_file(pathlib.Path(run) / "model.safetensors")
    file = IMAGES.with_name("t10k-images-idx3-ubyte.gz")
    pixels = np.frombuffer(gzip.open(file).read(), np.uint8, offset=16).reshape(-1, 784)
    x = torch.from_numpy((pixels / 255).astype(np.float32))
    with torch.inference_mode():
        start = time.perf_counter()
        cell = 10 / grid
        axis = -5 + cell * (torch.arange(grid) + 0.5)
        h = z = torch.cartesian_prod(axis, axis)
        for layer in ("decoder.0", "decoder.1"):
            h = torch.relu(torch.nn.functional.linear(h, weights[layer + ".weight"], weights[layer + ".bias"]))
        logits = torch.nn.functional.linear(h, weights["decoder.out.weight"], weights["decoder.out.bias"])
        offset = -torch.nn.functional.softplus(logits).sum(1) - (z**2).sum(1) / 2 + math.log(cell**2 / (2 * math.pi))
        parts = [torch.logsumexp(torch.addmm(offset, part, logits.T), 1) for part in x.split(1000)]
        value = torch.cat(parts).mean().item()
        return time.perf_counter() - start, value


parser = argparse.ArgumentParser()
parser.add_argument("peer", choices=["jax", "torch", "evidence"])
parser.add_argument("--run", help="for evidence: a folder that `train --model vae` wrote")
parser.add_argument("--arch", choices=["mlp", "conv"], default="mlp", help="conv is for torch alone")
parser.add_argument("--batch", type=int, default=128)
parser.add_argument("--epochs", type=int, default=4)
arguments = parser.parse_args()
if arguments.peer == "evidence":
    seconds, value = min(torch_evidence(arguments.run) for _ in range(5))
    print(json.dumps({"peer": "torch", "fixed_seconds": round(seconds, 3), "fixed_log_evidence": round(value, 3)}))
    raise SystemExit
epochs = jax_epochs(arguments.batch) if arguments.peer == "jax" else torch_epochs(arguments.batch, arguments.arch)
rates = []
for number in range(arguments.epochs):
    start = time.perf_counter()
    seen, value = next(epochs)
    rates.append(seen / (time.perf_counter() - start))
print(json.dumps({"peer": arguments.peer, "arch": arguments.arch, "batch": arguments.batch, "images_per_second": round(max(rates[1:])), "loss": round(value, 2)}))
