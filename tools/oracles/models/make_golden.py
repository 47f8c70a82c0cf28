"""Writes packages/models/test/golden/*.json: what PyTorch computes for small networks.

    python tools/oracles/models/make_golden.py && npx biome format --write packages/models/test/golden

Needs torch, torchvision and numpy. The networks are narrow and their weights follow from the tensors' names
(values.py). All is computed in double precision, so that the error measured against it is the other side's alone.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from kinks import avoid_kinks
from networks import build
from torch.nn import functional as F
from values import picture, summary, tensor

FOLDER = Path(__file__).resolve().parents[3] / "packages/models/test/golden"
CLASSES = 10
TRAINING = (8, 3, 24, 24)
# One is not square, so that height and width cannot be exchanged unseen.
INFERENCE = ((2, 3, 32, 32), (1, 3, 24, 40))

NETWORKS = {
    "mobilenet_v1": (0.125, {}),
    "normal_cnn": (0.0625, {}),
    "mobilenet_v2": (0.125, {}),
    "mobilenet_v3_small": (0.25, {"widthRule": "torchvision"}),
    "mobilenet_v3_large": (0.25, {"widthRule": "torchvision"}),
    "resnet18": (0.125, {}),
}


def golden(name: str) -> dict:
    width, options = NETWORKS[name]
    model = build(name, CLASSES, width)
    state = {
        key: torch.tensor(0) if key.endswith("num_batches_tracked") else torch.from_numpy(tensor(key, tuple(value.shape)))
        for key, value in model.state_dict().items()
    }
    model.load_state_dict(state, strict=True)
    model.double()
    pixels = lambda shape: torch.from_numpy(picture(shape)).double()  # noqa: E731
    digits = lambda rows: [[float(f"{x:.9g}") for x in row] for row in rows.tolist()]  # noqa: E731
    moved = avoid_kinks(model, pixels(TRAINING))
    model.eval()
    with torch.no_grad():
        inference = [{"shape": shape, "logits": digits(model(pixels(shape)))} for shape in INFERENCE]
    labels = torch.arange(TRAINING[0]) * 3 % CLASSES
    model.train()
    loss = F.cross_entropy(model(pixels(TRAINING)), labels)
    loss.backward()
    return {
        "network": name,
        "options": {"width": width, "classes": CLASSES, **options},
        "tensors": {key: list(value.shape) for key, value in state.items()},
        "moved": {
            key: {str(c): value[c].item() for c in range(len(value)) if value[c] != state[key][c].double()}
            for key, value in moved.items()
        },
        "inference": inference,
        "training": {"shape": TRAINING, "labels": labels.tolist(), "loss": loss.item()},
        "gradients": {key: summary(key, p.grad.numpy()) for key, p in model.named_parameters()},
        "statistics": {
            key: summary(key, b.numpy()) for key, b in model.named_buffers() if key.rpartition(".")[2].startswith("running")
        },
    }


def lines(record: dict) -> str:
    """JSON with one tensor a line."""
    parts = []
    for key, value in record.items():
        if isinstance(value, dict):
            rows = (f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            parts.append(f"  {json.dumps(key)}: {{\n" + ",\n".join(rows) + "\n  }")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for network in NETWORKS:
        path = FOLDER / f"{network}.json"
        path.write_text(lines(golden(network)))
        print(f"{path.name}: {path.stat().st_size} bytes")
