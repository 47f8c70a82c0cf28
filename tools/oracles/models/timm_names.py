"""Writes packages/models/test/golden/timm/names.json: the tensors of timm's networks, by name, with their shapes.

    python tools/oracles/models/timm_names.py && npx biome format --write packages/models/test/golden

Needs torch, torchvision and timm. Batch counters, which timm's files often leave out, are left out here.
"""

from __future__ import annotations

import json
from pathlib import Path

import networks  # noqa: F401  (makes torchvision importable, which timm imports)
import timm

FOLDER = Path(__file__).resolve().parents[3] / "packages/models/test/golden/timm"
NETWORKS = {
    "mobilenet_v1": "mobilenetv1_100",
    "mobilenet_v2": "mobilenetv2_100",
    "mobilenet_v3_small": "mobilenetv3_small_100",
    "mobilenet_v3_large": "mobilenetv3_large_100",
    "resnet18": "resnet18",
}

if __name__ == "__main__":
    tensors = {
        network: {
            key: list(value.shape)
            for key, value in timm.create_model(name).state_dict().items()
            if not key.endswith("num_batches_tracked")
        }
        for network, name in NETWORKS.items()
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "names.json").write_text(json.dumps(tensors, indent=2) + "\n")
