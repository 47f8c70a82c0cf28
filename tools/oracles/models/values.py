"""Values that need no file: a tensor's entries follow from its name by an integer hash.

The same function stands in packages/models/test/golden/values.ts, so that golden files hold names and shapes instead
of weights. All of it is exact in double precision and then rounded to float32, so both sides have the same bits.
"""

from __future__ import annotations

import numpy as np


def uniform(name: str, count: int) -> np.ndarray:
    """`count` numbers in [0, 1), of 24 bits: murmur3's finalizer of FNV-1a(name) + i * 0x9E3779B9."""
    start = 0x811C9DC5
    for byte in name.encode():
        start = (start ^ byte) * 0x01000193 % 2**32
    mask = np.uint64(0xFFFFFFFF)
    x = (np.uint64(start) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B9)) & mask
    x ^= x >> np.uint64(16)
    x = x * np.uint64(0x85EBCA6B) & mask
    x ^= x >> np.uint64(13)
    x = x * np.uint64(0xC2B2AE35) & mask
    x ^= x >> np.uint64(16)
    return (x >> np.uint64(8)).astype(np.float64) / 2**24


def tensor(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A weight, by the end of its name: statistics and scales away from 0 and 1, kernels of He's variance."""
    u = uniform(name, int(np.prod(shape)))
    if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
        values = u + 0.5
    elif name.endswith("weight"):
        values = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    else:
        values = (u - 0.5) * 0.4
    return values.astype(np.float32).reshape(shape)


def picture(shape: tuple[int, ...]) -> np.ndarray:
    """Input in [-2, 2)."""
    return ((uniform("input", int(np.prod(shape))) - 0.5) * 4).astype(np.float32).reshape(shape)


def summary(name: str, values: np.ndarray) -> list[float]:
    """Euclidean norm, and the scalar products with three vectors of random signs.

    If a tensor differs by e, a product differs by a random number of root mean square |e|: so the products show a
    relative error in the Euclidean norm.
    """
    flat = values.astype(np.float64).ravel()
    products = [np.dot(flat, np.where(uniform(f"{name}#{k}", flat.size) < 0.5, -1, 1)) for k in range(3)]
    return [float(f"{x:.9g}") for x in (np.linalg.norm(flat), *products)]
