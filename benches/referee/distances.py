"""Squared distances of all pairs, by one matrix product."""

import numpy as np


def squared(a, b):
    """a: (n, width), b: (m, width) -> (n, m)."""
    return np.maximum((a**2).sum(1)[:, None] - 2.0 * (a @ b.T) + (b**2).sum(1), 0.0)
