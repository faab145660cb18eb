"""Runs exported models and holds them against what the program itself computed.

Usage: compare.py FOLDER. In it there is a folder for each model: shape.json, images.f32, mu.f32, logvar.f32 (empty without one),
decoded.f32, and the exports pytorch, numpy and onnx. Prints a line of JSON for each model and runner: the largest differences of
codes and of images. Leaves PyTorch's own state dict, torch.pt, in the folder of each model.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch


def module(path):
    spec = importlib.util.spec_from_file_location("model", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def pytorch(folder, images, codes):
    model = module(folder / "pytorch" / "model.py").load()
    torch.save(model.state_dict(), folder / "torch.pt")
    with torch.no_grad():
        encoded = model.encode(torch.from_numpy(images))
        encoded = encoded if isinstance(encoded, tuple) else (encoded,)
        model(torch.from_numpy(images))
        if hasattr(model, "sample_prior"):
            model.decode(model.sample_prior(3))
        return [part.numpy() for part in encoded], model.decode(torch.from_numpy(codes)).numpy()


def numpy(folder, images, codes):
    model = module(folder / "numpy" / "model.py")
    encoded = model.encode(images)
    encoded = encoded if isinstance(encoded, tuple) else (encoded,)
    if hasattr(model, "sample_prior"):
        model.decode(model.sample_prior(3, np.random.default_rng(0)))
    return encoded, model.decode(codes)


def onnx_runtime(folder, images, codes):
    sessions = []
    for part in ["encoder", "decoder"]:
        path = str(folder / "onnx" / f"{part}.onnx")
        onnx.checker.check_model(path, full_check=True)
        sessions.append(onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]))
    encoder, decoder = sessions
    return encoder.run(None, {"images": images}), decoder.run(None, {"z": codes})[0]


for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
    shape = json.loads((folder / "shape.json").read_text())
    rows, cols, channels = shape["image"]
    read = lambda name, *size: np.fromfile(folder / f"{name}.f32", np.float32).reshape(-1, *size)
    # Here the colours of a pixel are side by side; there each channel is a map of its own.
    maps = lambda all: np.ascontiguousarray(all.transpose(0, 3, 1, 2))
    images, decoded = (maps(read(name, rows, cols, channels)) for name in ["images", "decoded"])
    expected = [read(name, shape["latent"]) for name in ["mu", "logvar"]]
    expected = [part for part in expected if len(part)]
    for runner in [pytorch, numpy, onnx_runtime]:
        encoded, made = runner(folder, images, expected[0])
        assert len(encoded) == len(expected), (folder, runner)
        of_codes = max(float(np.abs(a - b).max()) for a, b in zip(encoded, expected))
        of_images = float(np.abs(made - decoded).max())
        assert made.shape == decoded.shape
        print(json.dumps({"model": folder.name, "runner": runner.__name__, "codes": of_codes, "images": of_images}))
