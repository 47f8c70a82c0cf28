"""Writes packages/core/test/golden/dtypes.safetensors: one tensor of every dtype that the reader takes.

    python tools/oracles/models/make_dtypes.py

Needs torch and safetensors.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FILE = Path(__file__).resolve().parents[3] / "packages/core/test/golden/dtypes.safetensors"

if __name__ == "__main__":
    tensors = {
        "f16": torch.tensor([1.5, -2, 65504, 2**-24], dtype=torch.float16),
        "bf16": torch.tensor([1.5, -2, 2.0**127, 2**-133], dtype=torch.bfloat16),
        "f32": torch.tensor([[0.1, -0.0], [float("inf"), 2**-149]]),
        "f64": torch.tensor([0.1, 1e-60], dtype=torch.float64),
        "i32": torch.tensor([-(2**31), 7], dtype=torch.int32),
        "i64": torch.tensor(-(2**63)),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
    }
    save_file(tensors, FILE, metadata={"format": "pt"})
