"""The model of a run, in float64: encoder, decoder, p(x|z) and p(z), from the formulas that the README gives of them."""

import numpy as np
from scipy.special import expit, log_softmax, logsumexp

LN_TAU = np.log(2.0 * np.pi)


class Mixture:
    """A mixture of diagonal Gaussians; N(0, I) is one of a single component. mean, scale: (K, latent)."""

    def __init__(self, log_weight, mean, scale):
        self.log_weight, self.mean, self.scale = log_weight, mean, scale

    def log_density(self, z):
        """z: (..., latent) -> (...)."""
        terms = []
        for log_weight, mean, scale in zip(self.log_weight, self.mean, self.scale):
            square = (((z - mean) / scale) ** 2 + LN_TAU).sum(-1)
            terms.append(log_weight - np.log(scale).sum() - 0.5 * square)
        return logsumexp(terms, axis=0)

    def draw(self, count, rng):
        which = rng.choice(len(self.mean), count, p=np.exp(self.log_weight - logsumexp(self.log_weight)))
        return self.mean[which] + self.scale[which] * rng.standard_normal((count, self.mean.shape[1]))

    def moments(self):
        """The mean, and L of the covariance L Lᵀ, of all components together."""
        weight = np.exp(self.log_weight)
        mean = weight @ self.mean
        apart = self.mean - mean
        covariance = (apart * weight[:, None]).T @ apart + np.diag(weight @ self.scale**2)
        return mean, np.linalg.cholesky(covariance)

    def narrowest(self):
        return self.scale.min()


class Gaussian:
    """N(mean, L Lᵀ)."""

    def __init__(self, mean, factor):
        self.mean, self.factor = mean, factor

    @classmethod
    def fitted(cls, codes):
        return cls(codes.mean(0), np.linalg.cholesky(np.cov(codes.T, bias=True)))

    def whitened(self, z):
        return np.linalg.solve(self.factor, (z - self.mean).T).T

    def log_density(self, z):
        square = (self.whitened(z.reshape(-1, z.shape[-1])) ** 2 + LN_TAU).sum(-1).reshape(z.shape[:-1])
        return -0.5 * square - np.log(np.diag(self.factor)).sum()

    def moments(self):
        return self.mean, self.factor

    def narrowest(self):
        return np.linalg.svd(self.factor, compute_uv=False).min()

    def draw(self, count, rng):
        return self.mean + rng.standard_normal((count, len(self.mean))) @ self.factor.T


class Model:
    """A fully connected autoencoder or VAE with ReLU, its last layer a sigmoid."""

    def __init__(self, config, tensors):
        self.config, self.tensors = config["model"], tensors
        if self.config["kind"] not in ("ae", "vae") or "mlp" not in self.config["arch"]:
            raise SystemExit("The referee recomputes fully connected AEs and VAEs, and this run is another model.")
        self.latent = self.config["latent"]
        self.is_variational = self.config["kind"] == "vae"
        likelihood = self.config["likelihood"]
        self.c = None if likelihood == "bernoulli" else likelihood["gaussian"]["c"]
        self.shape = (self.config["rows"], self.config["cols"])
        self.has_normal_prior = self.config.get("prior", "normal") == "normal"
        self.prior = self.read_prior()

    def layer(self, name, x):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def hidden(self, side, x):
        for i in range(len(self.config["arch"]["mlp"])):
            x = np.maximum(self.layer(f"{side}.{i}", x), 0.0)
        return x

    def encode(self, x):
        """x: (n, pixels) in [0, 1] -> mu and ln σ², each (n, latent); of an AE there is no ln σ²."""
        h = self.hidden("encoder", x)
        return self.layer("encoder.mu", h), self.layer("encoder.logvar", h) if self.is_variational else None

    def logits(self, z):
        """z: (n, latent) -> (n, pixels)."""
        return self.layer("decoder.out", self.hidden("decoder", z))

    def decode(self, z):
        """f(z): z: (n, latent) -> (n, pixels) in [0, 1]."""
        return expit(self.logits(z))

    def log_likelihood(self, x, z):
        """log p(x_i|z_i) of pairs: x: (n, pixels), z: (n, latent) -> (n)."""
        logits = self.logits(z)
        if self.c is None:
            return (x * logits - np.logaddexp(0.0, logits)).sum(1)
        return -((x - expit(logits)) ** 2).sum(1) / (2.0 * self.c) - 0.5 * x.shape[1] * (LN_TAU + np.log(self.c))

    def read_prior(self):
        prior = self.config.get("prior", "normal")
        if prior == "normal" or not self.is_variational:
            return Mixture(np.zeros(1), np.zeros((1, self.latent)), np.ones((1, self.latent)))
        if "mixture" in prior:
            mean, scale = self.tensors["prior.mean"], np.exp(self.tensors["prior.log_scale"])
            return Mixture(log_softmax(self.tensors["prior.logits"]), mean, scale)
        mean, logvar = self.encode(expit(self.tensors["prior.pseudo_logits"]))
        return Mixture(np.full(len(mean), -np.log(len(mean))), mean, np.exp(0.5 * logvar))


class Pairs:
    """log p(x|z) of all images beside all codes, by one matrix product."""

    def __init__(self, model, images):
        self.model = model
        square = (images**2).sum(1)
        if model.c is None:
            self.images, self.of_image = images, np.zeros(len(images))
        else:
            self.images = images / model.c
            self.of_image = -square / (2.0 * model.c) - 0.5 * images.shape[1] * (LN_TAU + np.log(model.c))

    def codes(self, z):
        """What `log` takes of codes: (pixels, n) and (n)."""
        logits = self.model.logits(z)
        if self.model.c is None:
            return logits.T, -np.logaddexp(0.0, logits).sum(1)
        decoded = expit(logits)
        return decoded.T, -(decoded**2).sum(1) / (2.0 * self.model.c)

    def log(self, some, codes):
        """(images of `some`, codes)."""
        return self.images[some] @ codes[0] + codes[1] + self.of_image[some, None]
