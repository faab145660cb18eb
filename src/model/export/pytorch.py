"""{{title}}

Exported by Latent Explorer: {{trained}}.
p(x|z): {{likelihood}}. Images are float tensors (N, {{channels}}, {{rows}}, {{cols}}) in [0, 1]; codes are (N, {{latent}}).

    from model import load
    model = load()
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

Needs PyTorch alone. The weights, of which this file knows the names, are in model.safetensors beside it.
"""

import json
import struct
from pathlib import Path

import torch
from torch import nn


class {{class}}(nn.Module):
    latent = {{latent}}
    image = ({{channels}}, {{rows}}, {{cols}})

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
{{encoder}}
        )
        self.fc_mu = nn.Linear({{width}}, {{latent}})
#if gaussian
        self.fc_logvar = nn.Linear({{width}}, {{latent}})
#end
        self.decoder = nn.Sequential(
{{decoder}}
        )
#if quantised
        # {{words}} words; a code is made of {{tokens}}.
        self.codebook = nn.Embedding({{words}}, {{word_size}})
#end
#if mixture
        # p(z) = sum_k softmax(logits)_k N(z; mean_k, diag exp(log_scale_k)^2)
        self.prior = nn.Module()
        self.prior.register_parameter("logits", nn.Parameter(torch.zeros({{components}})))
        self.prior.register_parameter("mean", nn.Parameter(torch.zeros({{components}}, {{latent}})))
        self.prior.register_parameter("log_scale", nn.Parameter(torch.zeros({{components}}, {{latent}})))
#end

#if gaussian
    def encode(self, images):
        """images -> mu, logvar of q(z|x) = N(mu, diag exp(logvar)): (N, latent) each."""
        h = self.encoder(images)
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterise(self, mu, logvar):
        """A draw from q(z|x) that gradients go through."""
        return mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
#end
#if point
    def encode(self, images):
        """images -> codes: (N, latent)."""
        return self.fc_mu(self.encoder(images))
#end
#if quantised
    def encode(self, images):
        """images -> codes before they are quantised: (N, latent)."""
        return self.fc_mu(self.encoder(images))

    def quantise(self, codes):
        """codes -> the words nearest to them, (N, latent), and their numbers, (N, {{tokens}})."""
        pieces = codes.reshape(-1, 1, {{word_size}}).double()
        squares = (pieces - self.codebook.weight.double()).square().sum(2)
        numbers = squares.argmin(1)
        # The gradient of the words is passed on to the codes.
        words = self.codebook(numbers).reshape(codes.shape)
        return codes + (words - codes).detach(), numbers.reshape(len(codes), {{tokens}})
#end

    def decode(self, codes):
        """codes -> images: (N, {{channels}}, {{rows}}, {{cols}})."""
#if sigmoid
        return torch.sigmoid(self.decode_logits(codes))

    def decode_logits(self, codes):
        """The same before the sigmoid."""
#end
#if quantised
        codes, _ = self.quantise(codes)
#end
        return self.decoder(codes)

#if gaussian
    def forward(self, images):
        """images -> what is decoded of a draw from q(z|x), and mu and logvar."""
        mu, logvar = self.encode(images)
        return self.decode(self.reparameterise(mu, logvar)), mu, logvar
#end
#if point
    def forward(self, images):
        return self.decode(self.encode(images))
#end
#if quantised
    def forward(self, images):
        return self.decode(self.encode(images))
#end
#if normal

    def sample_prior(self, n):
        """Draws from p(z) = N(0, I): (n, latent)."""
        return torch.randn(n, self.latent)
#end
#if mixture

    def sample_prior(self, n):
        """Draws from p(z): (n, latent)."""
        k = torch.multinomial(torch.softmax(self.prior.logits, 0), n, replacement=True)
        return self.prior.mean[k] + torch.exp(self.prior.log_scale[k]) * torch.randn(n, self.latent)
#end
#if quantised

    def sample_prior(self, n):
        """Draws from the uniform distribution over words: (n, latent)."""
        return self.codebook(torch.randint({{words}}, (n, {{tokens}}))).reshape(n, self.latent)
#end


def read_safetensors(path):
    """Names and tensors of a safetensors file of single precision: a length, a header in JSON, the numbers."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        begin, end = (8 + length + offset for offset in about["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(about["shape"])
    return tensors


def load(path=Path(__file__).with_name("model.safetensors")):
    """The model with its weights, ready to be asked or to be trained on."""
    model = {{class}}()
    model.load_state_dict(read_safetensors(path))
    return model.eval()


if __name__ == "__main__":
    model = load()
    with torch.no_grad():
#if point
        codes = torch.zeros(1, model.latent)
#else
        codes = model.sample_prior(4)
#end
        images = model.decode(codes)
        print("decoded images:", tuple(images.shape), "from", images.min().item(), "to", images.max().item())
        print("encoded again:", model.encode(images))
