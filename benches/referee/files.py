"""What is on the disk: a run's weights with their header, and images in MNIST's IDX format. Knows nothing of what is measured."""

import gzip
import json
import struct
from pathlib import Path

import numpy as np


def checkpoint(folder):
    """The configuration and the tensors, in float64, of FOLDER/model.safetensors."""
    content = (Path(folder) / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    config = json.loads(header.pop("__metadata__")["config"])
    tensors = {}
    for name, about in header.items():
        if about["dtype"] != "F32":
            raise SystemExit(f"{folder}: the tensor {name} is {about['dtype']}; the referee reads F32.")
        start, end = (8 + length + at for at in about["data_offsets"])
        tensors[name] = np.frombuffer(content[start:end], "<f4").reshape(about["shape"]).astype(np.float64)
    return config, tensors


def idx(path):
    """The array of an IDX file, plain or gzip."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    ranks = content[3]
    shape = struct.unpack(f">{ranks}I", content[4 : 4 + 4 * ranks])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ranks).reshape(shape)


def images_of(folder):
    """{"train", "test"}: images (n, rows, cols) as bytes, and labels (n)."""

    def found(name):
        for path in (Path(folder) / name, Path(folder) / f"{name}.gz"):
            if path.exists():
                return idx(path)
        raise SystemExit(f"{folder} holds neither {name} nor {name}.gz: name a folder of IDX files with --data.")

    of = lambda part: (found(f"{part}-images-idx3-ubyte"), found(f"{part}-labels-idx1-ubyte"))
    return {"train": of("train"), "test": of("t10k")}


def spread(count, of):
    """The indices of `count` of `of` images, evenly spread."""
    count = min(count, of)
    return np.arange(count) * of // count
