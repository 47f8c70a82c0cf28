"""PyTorch's half of the comparison of trainings; courses.mjs runs it.

    python course.py start NETWORK FILE [--seed 1] [--strides paper]     the weights that both halves start from
    python course.py train NETWORK START --data DIR [--seed 1] ...       one line of JSON an epoch, the last with the test

`start` writes PyTorch's own random start as safetensors. `train` is the recipe of courses.mjs: all 50,000 training
images of CIFAR, batches of 128 with the last one smaller, crops with padding 4 and mirroring, SGD with Nesterov momentum
0.9 and weight decay 5e-4 on everything, one epoch of warm-up, then a cosine to 0, step by step. With --teacher it is a
distillation (Hinton et al. 2015): alpha of T^2 KL(teacher || student) at a temperature T, 1 - alpha of the cross-entropy.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))
from networks import build  # noqa: E402

BATCH = 128
SETS = {
    "cifar10": (10, 1, "cifar-10-batches-bin", [f"data_batch_{i}.bin" for i in range(1, 6)], "test_batch.bin"),
    "cifar100": (100, 2, "cifar-100-binary", ["train.bin"], "test.bin"),
}
# Per channel, of the training images; the project's constants.
PIXELS = {
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "cifar100": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
}


def network(name: str, classes: int, strides: str) -> torch.nn.Module:
    """The network; `stem1` gives its first convolution a stride of 1."""
    model = build(name, classes)
    if strides == "stem1":
        first = next(m for m in model.modules() if isinstance(m, torch.nn.Conv2d))
        first.stride = (1, 1)
    return model


def read(folder: Path, dataset: str) -> tuple[torch.Tensor, ...]:
    """Normalized training images, their labels, and the same of the test set."""
    _, header, subfolder, train, test = SETS[dataset]
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in PIXELS[dataset])
    parts = []
    for files in (train, [test]):
        rows = np.concatenate([np.fromfile(folder / subfolder / f, np.uint8).reshape(-1, header + 3072) for f in files])
        pixels = torch.from_numpy(rows[:, header:].reshape(-1, 3, 32, 32).copy()).float().div_(255)
        parts += [pixels.sub_(mean).div_(deviation), torch.from_numpy(rows[:, header - 1].astype(np.int64))]
    return tuple(parts)


def augmented(padded: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """32x32 crops of images padded by 4, every other one mirrored in the mean."""
    count = len(chosen)
    top, left = torch.randint(0, 9, (2, count, 1))
    columns = left + torch.arange(32)
    mirrored = torch.rand(count, 1) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    rows = top + torch.arange(32)
    channels = torch.arange(3)
    return padded[chosen[:, None, None, None], channels[None, :, None, None], rows[:, None, :, None], columns[:, None, None, :]]


def rate(step: int, steps: int, epochs: int, peak: float) -> float:
    """Linear over the first epoch, then half a cosine; a training of one epoch has no warm-up."""
    warm = steps if epochs > 1 else 0
    if step < warm:
        return peak * (step + 1) / (warm + 1)
    return peak * (1 + math.cos(math.pi * (step - warm) / (steps * epochs - warm))) / 2


@torch.inference_mode()
def accuracy(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    model.eval()
    right = 0
    for i in range(0, len(x), 500):
        batch = x[i : i + 500].contiguous(memory_format=torch.channels_last)
        right += (model(batch).argmax(1) == y[i : i + 500]).sum().item()
    return right / len(x)


def taught_by(args: argparse.Namespace, classes: int) -> torch.nn.Module | None:
    """The teacher of a distillation, in evaluation."""
    if args.teacher is None:
        return None
    teacher = network("resnet18", classes, args.strides)
    teacher.load_state_dict(load_file(args.teacher), strict=False)
    return teacher.to(memory_format=torch.channels_last).eval()


def train(args: argparse.Namespace) -> None:
    classes = SETS[args.dataset][0]
    torch.set_num_threads(args.threads)
    x, y, test_x, test_y = read(Path(args.data), args.dataset)
    x, y = x[: args.limit], y[: args.limit]
    padded = F.pad(x, (4, 4, 4, 4))
    model = network(args.network, classes, args.strides)
    model.load_state_dict(load_file(args.file), strict=False)
    model = model.to(memory_format=torch.channels_last)
    teacher = taught_by(args, classes)
    torch.manual_seed(args.seed)
    optimizer = torch.optim.SGD(model.parameters(), args.lr, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = math.ceil(len(x) / BATCH)
    for epoch in range(args.epochs):
        model.train()
        begun, order = time.time(), torch.randperm(len(x))
        loss_sum = right = 0.0
        for i in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = rate(epoch * steps + i, steps, args.epochs, args.lr)
            chosen = order[i * BATCH : (i + 1) * BATCH]
            images = augmented(padded, chosen).contiguous(memory_format=torch.channels_last)
            logits = model(images)
            loss = F.cross_entropy(logits, y[chosen])
            if teacher is not None:
                with torch.no_grad():
                    soft = F.softmax(teacher(images) / args.temperature, 1)
                kd = F.kl_div(F.log_softmax(logits / args.temperature, 1), soft, reduction="batchmean")
                loss = args.alpha * args.temperature**2 * kd + (1 - args.alpha) * loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(chosen)
            right += (logits.argmax(1) == y[chosen]).sum().item()
        figures = {
            "epoch": epoch + 1,
            "trainLoss": loss_sum / len(x),
            "trainAccuracy": right / len(x),
            "seconds": round(time.time() - begun, 1),
        }
        if epoch + 1 == args.epochs:
            figures["testAccuracy"] = accuracy(model, test_x, test_y)
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["start", "train"])
    parser.add_argument("network")
    parser.add_argument("file", help="the start: written, or trained from")
    parser.add_argument("--data")
    parser.add_argument("--dataset", choices=list(SETS), default="cifar10")
    parser.add_argument("--strides", choices=["paper", "stem1"], default="paper")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--limit", type=int, default=50_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--teacher", help="weights of a ResNet-18 by torchvision's names")
    parser.add_argument("--alpha", type=float, default=0.5)
    parser.add_argument("--temperature", type=float, default=4)
    arguments = parser.parse_args()
    if arguments.task == "start":
        torch.manual_seed(arguments.seed)
        state = network(arguments.network, SETS[arguments.dataset][0], arguments.strides).state_dict()
        # Counters of batches are no weights.
        save_file({k: v.contiguous() for k, v in state.items() if v.is_floating_point()}, arguments.file)
    else:
        train(arguments)
