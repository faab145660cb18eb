"""The pairs in this folder as PyTorch's two exporters write them, and what onnx's own evaluation in numpy makes of them.

    python make.py      # torch, onnx, onnxscript
"""

import json
import os

import numpy as np
import onnx
import torch
from onnx.reference import ReferenceEvaluator
from torch import nn

C = 0.05


class DenseEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.mu, self.logvar = nn.Linear(24, 8), nn.Linear(8, 2), nn.Linear(8, 2)

    def forward(self, x):
        h = torch.relu(self.fc1(x.view(x.size(0), -1)))
        return self.mu(h), self.logvar(h)


class DenseDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 8), nn.ELU(), nn.Linear(8, 24), nn.Sigmoid())

    def forward(self, z):
        return self.net(z).view(-1, 1, 4, 6)


class ConvEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4, 6, 3, 2, 1, groups=2),
            nn.GELU(),
            nn.AvgPool2d(2),
            nn.Flatten(),
        )
        self.head = nn.Linear(6, 6)

    def forward(self, x):
        return self.head(self.net(x)).chunk(2, dim=1)


class ConvDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 16)
        self.net = nn.Sequential(
            nn.ConvTranspose2d(4, 5, 4, 2, 1),
            nn.BatchNorm2d(5),
            nn.SiLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(5, 4, 3, padding=1),
            nn.ELU(),
            nn.ConvTranspose2d(4, 3, 3, 1, 1),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.net(self.fc(z).view(-1, 4, 2, 2))


def export(model, example, path, outputs, kind):
    if kind == "dynamo":
        batch = torch.export.Dim("n", min=1, max=4096)
        torch.onnx.export(model, (example,), path, dynamo=True, output_names=outputs, dynamic_shapes=({0: batch},))
    else:
        axes = {} if kind == "fixed" else {name: {0: "n"} for name in ["x", *outputs]}
        example = example[:1] if kind == "fixed" else example
        torch.onnx.export(model, example, path, dynamo=False, input_names=["x"], output_names=outputs, dynamic_axes=axes)
    # Where it was made is nothing of the model.
    file = onnx.load(path, load_external_data=False)
    file.doc_string, file.graph.doc_string = "", ""
    for part in [file, file.graph, *file.graph.node, *file.graph.input, *file.graph.output, *file.graph.value_info]:
        part.doc_string = ""
        del part.metadata_props[:]
    del file.graph.value_info[:]
    with open(path, "wb") as to:
        to.write(file.SerializeToString(deterministic=True))


def numbers(values):
    return [float(f"{v:.9g}") for v in np.asarray(values).ravel()]


def main():
    reference = {}
    for name, kind, encoder, decoder, shape in [
        ("dense", "fixed", DenseEncoder, DenseDecoder, (1, 4, 6)),
        ("conv", "free", ConvEncoder, ConvDecoder, (3, 8, 8)),
        ("dynamo", "dynamo", ConvEncoder, ConvDecoder, (3, 8, 8)),
    ]:
        torch.manual_seed(0)
        encoder, decoder = encoder(), decoder()
        for module in [*encoder.modules(), *decoder.modules()]:
            if isinstance(module, nn.BatchNorm2d):
                for values in [module.weight.data, module.bias.data, module.running_mean]:
                    values.uniform_(-1, 1)
                module.running_var.uniform_(0.5, 2)
        encoder.eval(), decoder.eval()
        signed = name != "dense"
        x = torch.rand(2, *shape)
        z = torch.randn(2, 3 if signed else 2, requires_grad=True)
        image = decoder(z)
        pixels = (image + 1) / 2 if signed else image
        # log p(x|z) but for what does not depend on z.
        if signed:
            log = (-((x[:1] - pixels) ** 2) / (2 * C)).sum()
        else:
            log = (x[:1] * pixels.log() + (1 - x[:1]) * (1 - pixels).log()).sum()
        log.backward()
        for side, model, example, outputs in [
            ("encoder", encoder, 2 * x - 1 if signed else x, ["mu", "logvar"]),
            ("decoder", decoder, z.detach(), ["images"]),
        ]:
            path = f"{name}_{side}.onnx"
            export(model, example, path, outputs, kind)
            run = ReferenceEvaluator(path)
            each = [run.run(None, {run.input_names[0]: row[None].numpy()}) for row in example]
            all = [np.concatenate(parts) for parts in zip(*each)]
            theirs = model(example)
            for ours, torch_s in zip(all, theirs if side == "encoder" else [theirs]):
                assert np.allclose(ours, torch_s.detach().numpy(), atol=1e-5)
            if side == "encoder":
                mu, logvar = all
            else:
                images = (all[0] + 1) / 2 if signed else all[0]
        reference[name] = {
            "x": numbers(x),
            "mu": numbers(mu),
            "logvar": numbers(logvar),
            "z": numbers(z.detach()),
            "images": numbers(images),
            "slopes": numbers(z.grad),
        }
    with open("reference.json", "w") as file:
        json.dump(reference, file)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    main()
