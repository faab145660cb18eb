"""A recomputed number: its value, what chance left in it, and the 95 % interval that it should have been given."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

Z = 1.959964


@dataclass
class Estimate:
    value: float
    # Standard deviation of what the program drew and the referee drew otherwise; 0 where nothing is drawn.
    noise: float = 0.0
    interval: tuple | None = None
    # Share by which the half-width of an interval may differ; wide where it comes from a bootstrap.
    slack: float = 0.02
    # Of a share: how many items it is of. Its interval follows from its value.
    share_of: int | None = None

    def interval_at(self, value):
        return wilson(value, self.share_of) if self.share_of else self.interval


def mean(values, noise=0.0):
    """Of one value an item, by the central limit theorem."""
    half = Z * np.std(values, ddof=1) / sqrt(len(values))
    return Estimate(np.mean(values), noise, (np.mean(values) - half, np.mean(values) + half), 0.25 if noise else 0.02)


def wilson(value, n):
    """The interval of a share, Wilson 1927."""
    middle = (value + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(value * (1 - value) / n + Z * Z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def share(value, n, noise=0.0):
    return Estimate(value, noise, share_of=n)


def root_mean(squares, noise=0.0):
    """√ of a mean, by the delta method."""
    root = np.sqrt(np.mean(squares))
    half = Z * np.std(squares, ddof=1) / sqrt(len(squares)) / (2 * root)
    return Estimate(root, noise, (root - half, root + half), 0.25 if noise else 0.02)


def repeated(estimates, floor=0.0):
    """One that was drawn anew several times: the mean, and the error of one draw against it."""
    values = np.array([estimate.value for estimate in estimates])
    n = len(values)
    # A standard deviation of few values is itself uncertain: widened by Student's t against the normal at 3.5 σ.
    noise = max(values.std(ddof=1) * sqrt(1 + 1 / n) * (1 + 3 / (n - 1)), floor)
    intervals = [estimate.interval for estimate in estimates if estimate.interval]
    interval = None
    if intervals:
        half = np.mean([high - low for low, high in intervals]) / 2
        middle = np.mean([(high + low) / 2 for low, high in intervals])
        interval = (middle - half, middle + half)
    slack = max(estimate.slack for estimate in estimates)
    return Estimate(values.mean(), noise, interval, slack, estimates[0].share_of)
