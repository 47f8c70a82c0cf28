"""Golden values of Parzen estimators, for packages/sweep/test/search/golden/parzen.json.

    python tools/oracles/parzen.py packages/sweep/test/search/golden/parzen.json

Needs numpy. The estimators are those of Optuna's TPESampler with its defaults, from its formulas: on the axis itself, the
logarithm of a log range; observations weigh 1, of more than 25 the older ones less; the prior is the last kernel. A density is that of the
axis; of whole numbers and of steps it is the probability of the value. Shares of the normal distribution are integrals by
Gauss and Legendre, so that no error function takes part.
"""

import json
import math
import sys

import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def share(a, b):
    """The integral of the standard normal density."""
    a, b = max(a, -40.0), min(b, 40.0)
    if b <= a:
        return 0.0
    edges = np.linspace(a, b, math.ceil(b - a) + 1)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half) + half * NODES
    return float((half * WEIGHTS * np.exp(-x * x / 2)).sum() / math.sqrt(2 * math.pi))


def observation_weights(n):
    if n < 25:
        return np.ones(n)
    return np.concatenate([np.linspace(1 / n, 1, n - 25), np.ones(25)])


class Line:
    """A mixture of truncated normal distributions."""

    def __init__(self, kind, bounds, observed, dimensions):
        low, high, *rest = bounds
        self.step = rest[0] if rest else (1 if "nteger" in kind else None)
        self.log = kind.startswith("log")
        margin = self.step / 2 if self.step else 0
        self.low, self.high = self.axis(low - margin), self.axis(high + margin)
        width = self.high - self.low
        n = len(observed)
        means = np.array([self.axis(x) for x in observed] + [(self.low + self.high) / 2])
        if dimensions is None:
            order = np.argsort(means, kind="stable")
            ends = np.concatenate([[self.low], means[order], [self.high]])
            sorted_deviations = np.maximum(np.diff(ends)[:-1], np.diff(ends)[1:])
            if n > 0:
                sorted_deviations[0] = ends[2] - ends[1]
                sorted_deviations[-1] = ends[-2] - ends[-3]
            deviations = np.empty(n + 1)
            deviations[order] = sorted_deviations
            deviations = deviations[:n]
        else:
            deviations = np.full(n, 0.2 * max(n, 1) ** (-1 / (dimensions + 4)) * width)
        deviations = np.clip(deviations, width / min(100, n + 2), width)
        self.means, self.deviations = means, np.append(deviations, width)

    def axis(self, x):
        return math.log(x) if self.log else float(x)

    def kernels(self, value):
        values = []
        for mean, deviation in zip(self.means, self.deviations):
            within = share((self.low - mean) / deviation, (self.high - mean) / deviation)
            if self.step:
                a, b = (self.axis(value + side * self.step / 2) for side in (-1, 1))
                part = share((a - mean) / deviation, (b - mean) / deviation)
            else:
                z = (self.axis(value) - mean) / deviation
                part = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / deviation
            values.append(part / within)
        return np.array(values)


class Choice:
    def __init__(self, values, observed):
        k = len(observed) + 1
        table = np.full((k, len(values)), 1 / k)
        for i, each in enumerate(observed):
            table[i, values.index(each)] += 1
        self.values, self.table = values, table / table.sum(1, keepdims=True)

    def kernels(self, value):
        return self.table[:, self.values.index(value)]


def estimator(space, observed, joint):
    mixtures = []
    for key, given in space.items():
        ((kind, arguments),) = given.items()
        own = [each[key] for each in observed]
        mixtures.append(
            Choice(arguments, own)
            if kind == "choice"
            else Line(kind, arguments, own, len(space) if joint else None)
        )
    weights = np.append(observation_weights(len(observed)), 1)
    weights /= weights.sum()

    def density(at):
        product = np.ones(len(weights))
        for mixture, value in zip(mixtures, at):
            product = product * mixture.kernels(value)
        return float((weights * product).sum())

    return density


def number(random, kind, arguments):
    if kind == "choice":
        return arguments[random.integers(len(arguments))]
    low, high, *rest = arguments
    if kind == "integer" or rest:
        step = rest[0] if rest else 1
        return round(low + step * int(random.integers(round((high - low) / step) + 1)), 9)
    if kind.startswith("log"):
        value = math.exp(random.uniform(math.log(low), math.log(high)))
        return round(value) if kind == "logInteger" else float(f"{value:.6g}")
    return float(f"{random.uniform(low, high):.6g}")


SPACES = [
    {"x": {"uniform": [-5, 10]}},
    {"x": {"uniform": [0, 2, 0.25]}},
    {"x": {"logUniform": [1e-5, 0.5]}},
    {"x": {"integer": [3, 40]}},
    {"x": {"integer": [16, 256, 16]}},
    {"x": {"logInteger": [1, 2000]}},
    {"x": {"choice": ["a", "b", "c", "d"]}},
]
JOINT = {
    "rate": {"logUniform": [1e-4, 1]},
    "width": {"integer": [1, 8]},
    "rule": {"choice": ["sgd", "adam", "rmsprop"]},
}


def case(random, space, n, joint):
    def draw():
        return {key: number(random, *next(iter(given.items()))) for key, given in space.items()}

    observed = [draw() for _ in range(n)]
    at = [list(draw().values()) for _ in range(6)]
    density = estimator(space, observed, joint)
    return {
        "ranges": space,
        "joint": joint,
        "observed": [list(each.values()) for each in observed],
        "at": at,
        "densities": [density(each) for each in at],
    }


def main(path):
    random = np.random.default_rng(11)
    golden = {
        "made by": f"tools/oracles/parzen.py, numpy {np.__version__}",
        "shares": [
            [a, b, share(a, b)]
            for a, b in [
                [-1, 1], [0, 0.5], [-0.3, -0.1], [2.9, 3.1], [3, 9], [-40, -6], [8, 8.001], [20, 20.5],
                [37, 37.25], [0, 1e-5], [1, 1.0000002], [30, 30.0000005], [-2, 2.5], [-1e-7, 1e-7], [0.5, 0.5000000001], [-40, 40],
            ]
        ],
        "cases": [case(random, space, n, False) for space in SPACES for n in (0, 1, 4, 40)]
        + [case(random, JOINT, n, True) for n in (0, 5, 30)],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
