"""PyTorch's half of the full-size comparison; full-parity.mjs runs it.

    python full_parity.py make FOLDER NETWORK...    weights, and what PyTorch computes with them
    python full_parity.py check FOLDER NETWORK...   whether saved weights load in PyTorch and compute the same

`make` writes NETWORK.weights.safetensors, the state_dict, and NETWORK.expected.safetensors. A network is one of
torchvision's or of networks.py, at full size with 10 classes, or `timm:NAME`. Needs torch, torchvision, safetensors
and, for those, timm. What is expected is computed in double precision.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from kinks import avoid_kinks
from networks import build
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

CLASSES = 10


def network(name: str) -> nn.Module:
    library, _, timm_name = name.partition(":")
    if library != "timm":
        return build(name, CLASSES)
    import timm

    return timm.create_model(timm_name, num_classes=CLASSES)


def perturb(model: nn.Module, generator: torch.Generator) -> None:
    """Moves scales and statistics away from the 1 and 0 that they start with, where mistakes would not show."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.weight, 0.5, 1.5),
                (module.bias, -0.2, 0.2),
                (module.running_mean, -0.2, 0.2),
                (module.running_var, 0.5, 1.5),
            ):
                tensor.data.uniform_(low, high, generator=generator)


def make(folder: Path, name: str) -> None:
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(2)
    model = network(name)
    perturb(model, generator)
    model.double()
    pictures = {size: torch.randn(batch, 3, size, size, generator=generator) for size, batch in ((32, 16), (224, 2))}
    if not name.startswith("timm:"):
        avoid_kinks(model, pictures[32].double())
    stem = folder / name.replace(":", ".")
    weights = {key: value.float() if value.is_floating_point() else value for key, value in model.state_dict().items()}
    save_file({key: value.contiguous() for key, value in weights.items()}, f"{stem}.weights.safetensors")
    model.eval()
    expected = {}
    for size, x in pictures.items():
        expected[f"input{size}"] = x
        with torch.no_grad():
            expected[f"logits{size}"] = model(x.double())
    if not name.startswith("timm:"):
        labels = torch.randint(CLASSES, (16,), generator=generator)
        model.train()
        loss = F.cross_entropy(model(expected["input32"].double()), labels)
        loss.backward()
        expected |= {"labels": labels.int(), "loss": loss.detach().reshape(1)}
        expected |= {f"gradient.{key}": p.grad for key, p in model.named_parameters()}
        running = {key: b for key, b in model.named_buffers() if "running" in key}
        expected |= {f"statistic.{key}": b for key, b in running.items()}
    save_file({key: value.contiguous() for key, value in expected.items()}, f"{stem}.expected.safetensors")


def check(folder: Path, name: str) -> float:
    """Loads what was saved, strictly, and gives the relative error of the logits."""
    stem = folder / name.replace(":", ".")
    model = network(name)
    model.load_state_dict(load_file(f"{stem}.saved.safetensors"), strict=True)
    saved = load_file(f"{stem}.logits.safetensors")
    with torch.no_grad():
        logits = model.double().eval()(load_file(f"{stem}.expected.safetensors")["input32"].double())
    return float((logits - saved["logits"]).norm() / logits.norm())


if __name__ == "__main__":
    command, folder, *names = sys.argv[1:]
    for name in names:
        if command == "make":
            make(Path(folder), name)
        else:
            print(f"{name} {check(Path(folder), name):.3e}", flush=True)
