"""Golden values of metrics from PyTorch, for packages/train/test/golden/metrics.json.

    python tools/oracles/metrics.py packages/train/test/golden/metrics.json

Logits of 40 images and 7 classes, with what `evaluate` says of them. PyTorch has no expected calibration error: it is
computed as the authors' own code does (gpleiss/temperature_scaling, `_ECELoss`), in bins bounded by `linspace`.
"""

import json
import sys

import torch

IMAGES, CLASSES, BINS = 40, 7, 15


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.flatten().tolist()]


def reliability(confidences, correct):
    bounds = torch.linspace(0, 1, BINS + 1, dtype=torch.float64)
    bins, error = [], torch.zeros(1, dtype=torch.float64)
    for lower, upper in zip(bounds[:-1], bounds[1:]):
        inside = confidences.gt(lower) & confidences.le(upper)
        count = int(inside.sum())
        if count == 0:
            bins.append({"confidence": None, "accuracy": None, "count": 0})
            continue
        accuracy, confidence = correct[inside].mean(), confidences[inside].mean()
        error += (confidence - accuracy).abs() * inside.double().mean()
        bins.append(
            {"confidence": confidence.item(), "accuracy": accuracy.item(), "count": count}
        )
    return bins, error.item()


def main(path):
    generator = torch.Generator().manual_seed(3)
    labels = torch.randint(0, CLASSES, (IMAGES,), generator=generator)
    logits = torch.randn(IMAGES, CLASSES, generator=generator) * 1.5
    logits[torch.arange(IMAGES), labels] += 1.5
    # As they are written down, so that both sides start from the same numbers.
    logits = torch.tensor(numbers(logits), dtype=torch.float32).reshape(IMAGES, CLASSES)
    double = logits.double()
    confidences, predictions = torch.softmax(double, 1).max(1)
    bins, error = reliability(confidences, predictions.eq(labels).double())
    top5 = double.topk(5, dim=1).indices.eq(labels[:, None]).any(1).double().mean()
    golden = {
        "made by": f"tools/oracles/metrics.py, PyTorch {torch.__version__}",
        "classes": CLASSES,
        "labels": labels.tolist(),
        "logits": [numbers(row) for row in logits],
        "loss": torch.nn.functional.cross_entropy(double, labels).item(),
        "accuracy": predictions.eq(labels).double().mean().item(),
        "top5": top5.item(),
        "ece": error,
        "reliability": bins,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
