"""examples/12-speedrun in PyTorch: the same network, recipe, augmentation, look-ahead and test views.

    taskset -c 0,1 python tools/oracles/speedrun/speedrun.py --data data/cifar-10-batches-bin --threads 2 --seed 1
    python tools/oracles/speedrun/speedrun.py --golden examples/12-speedrun/test/golden/speedrun.json

The first trains on CIFAR-10's binary files and prints one JSON object a line; the last has the test accuracy and the seconds
from the start of the process until it was known. The second writes what examples/12-speedrun/test/golden.test.ts compares.

Source of the recipe: Jordan 2024, https://arxiv.org/abs/2404.00498
"""

import time

IMPORTED = time.perf_counter()

import argparse
import json
import math
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
ACTIVATIONS = {"relu": F.relu, "relu6": F.relu6, "hardSwish": F.hardswish, "gelu": F.gelu}
RATE, MOMENTUM, DECAY, BIAS_FACTOR = 11.5, 0.85, 0.0153, 64
SMOOTHING, WHITENING_BIAS_EPOCHS = 0.2, 3
START, RISE, END = 0.2, 0.23, 0.07
EVERY, SLOW_DECAY, SLOW_POWER = 5, 0.95**5, 3


def since_start() -> float:
    """Seconds since the process was started; on Linux by the kernel, elsewhere since this file was read."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return time.perf_counter() - IMPORTED


class Block(nn.Module):
    """Two convolutions; what the first gives is pooled before it is normalized."""

    def __init__(self, inputs: int, filters: int, activation):
        super().__init__()
        self.conv1, self.conv2 = conv(inputs, filters), conv(filters, filters)
        self.norm1, self.norm2 = norm(filters), norm(filters)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        return self.activation(self.norm2(self.conv2(x)))


def conv(inputs: int, filters: int) -> nn.Conv2d:
    """A 3x3 convolution whose first filters pass the input channels on."""
    layer = nn.Conv2d(inputs, filters, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight.data[:inputs])
    return layer


def norm(filters: int) -> nn.BatchNorm2d:
    layer = nn.BatchNorm2d(filters, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad = False
    return layer


class Speed(nn.Module):
    def __init__(self, whitening: torch.Tensor, classes=10, width=1.0, activation="gelu"):
        super().__init__()
        widths = [divisible(filters * width) for filters in (64, 256, 256)]
        self.whitening = nn.Conv2d(3, whitening.shape[0], 2)
        self.whitening.weight.data.copy_(whitening)
        self.whitening.weight.requires_grad = False
        nn.init.zeros_(self.whitening.bias)
        inputs = [whitening.shape[0], *widths]
        blocks = zip(inputs, widths)
        self.activation = ACTIVATIONS[activation]
        self.blocks = nn.Sequential(*(Block(a, b, ACTIVATIONS[activation]) for a, b in blocks))
        self.head = nn.Linear(widths[2], classes, bias=False)

    def forward(self, x):
        x = self.blocks(self.activation(self.whitening(x)))
        return self.head(x.amax((2, 3))) / 9


def divisible(value: float, divisor=8) -> int:
    """The rounding of channels of MobileNets."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def whitening_filters(images: torch.Tensor) -> torch.Tensor:
    """Eigenvectors of the patches' second moments over the roots of their eigenvalues, and their negatives."""
    patches = F.unfold(images[:5000], 2).transpose(1, 2).reshape(-1, 12).double()
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    scaled = (vectors / torch.sqrt(values + 5e-4)).flip(1).T.float().reshape(12, 3, 2, 2)
    return torch.cat((scaled, -scaled))


def optimizer_for(model: Speed, batch: int) -> tuple[torch.optim.SGD, float]:
    share = batch / 1024 / (1 + 1 / (1 - MOMENTUM))
    rate, decay = RATE * share, DECAY / RATE
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    shifts = [p for name, p in named if ".norm" in name]
    others = [p for name, p in named if ".norm" not in name]
    groups = [
        {"params": others, "factor": 1, "weight_decay": decay},
        {"params": shifts, "factor": BIAS_FACTOR, "weight_decay": decay / BIAS_FACTOR},
    ]
    return torch.optim.SGD(groups, lr=rate, momentum=MOMENTUM, nesterov=True), rate


def triangle(step: int, steps: int) -> float:
    """Share of the peak's rate."""
    top, last = RISE * steps - 1, steps - 1
    if step < top:
        return START + (1 - START) * step / top
    return 1 + (END - 1) * (step - top) / (last - top) if step < last else END


class Lookahead:
    def __init__(self, model: nn.Module):
        state = model.state_dict().values()
        self.fast = [value for value in state if value.is_floating_point()]
        self.slow = [value.clone() for value in self.fast]

    @torch.no_grad()
    def update(self, decay: float) -> None:
        torch._foreach_lerp_(self.slow, self.fast, 1 - decay)
        self.set_back()

    @torch.no_grad()
    def set_back(self) -> None:
        for fast, slow in zip(self.fast, self.slow):
            fast.copy_(slow)


def train(model: Speed, batches, batch: int, steps: int, per_epoch: int) -> list[float]:
    """Trains on what batches(epoch) gives; ends with the slow weights. The losses of all steps."""
    model.train()
    optimizer, peak = optimizer_for(model, batch)
    slow = Lookahead(model)
    losses, step = [], 0
    for epoch in range(math.ceil(steps / per_epoch)):
        # Without a gradient the optimizer leaves it as it is, momentum and decay included.
        model.whitening.bias.requires_grad = epoch < WHITENING_BIAS_EPOCHS
        seen = 0.0
        for images, labels in batches(epoch):
            if step == steps:
                break
            for group in optimizer.param_groups:
                group["lr"] = peak * group["factor"] * triangle(step, steps)
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(images), labels, label_smoothing=SMOOTHING)
            loss.backward()
            optimizer.step()
            step += 1
            if step % EVERY == 0:
                slow.update(SLOW_DECAY * (step / steps) ** SLOW_POWER)
            losses.append(loss.item())
            seen = losses[-1]
        say(epoch=epoch + 1, step=step, loss=seen, seconds=since_start())
    slow.set_back()
    return losses


@torch.inference_mode()
def logits_of(model: Speed, images: torch.Tensor, views: str) -> torch.Tensor:
    model.eval()

    def mirrored(x):
        return model(x) if views == "one" else (model(x) + model(x.flip(3))) / 2

    def looked_at(x):
        if views != "shift":
            return mirrored(x)
        padded = F.pad(x, (1, 1, 1, 1), "reflect")
        height, width = x.shape[2:]
        moved = [padded[:, :, at : at + height, at : at + width] for at in (0, 2)]
        return mirrored(x) / 2 + (mirrored(moved[0]) + mirrored(moved[1])) / 4

    return torch.cat([looked_at(part) for part in images.split(256)])


def normalized(pixels: np.ndarray) -> torch.Tensor:
    """From bytes [n, height, width, 3]."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 - mean) / std


def cifar(folder: Path, files: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    rows = np.concatenate([np.fromfile(folder / name, np.uint8) for name in files]).reshape(-1, 3073)
    pixels = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return normalized(np.ascontiguousarray(pixels)), torch.from_numpy(rows[:, 0].astype(np.int64))


def augmented(images: torch.Tensor, labels: torch.Tensor, batch: int, layout):
    """Alternating flips, crops by up to two pixels out of the image mirrored at its border; each epoch in another order."""
    turned = torch.rand(len(images)) < 0.5
    padded = F.pad(images, (2, 2, 2, 2), "reflect")
    steps = torch.arange(32)

    def batches(epoch: int):
        order = torch.randperm(len(images))
        for chosen in order.split(batch):
            if len(chosen) < batch:
                return
            flip = turned[chosen] ^ (epoch % 2 == 1)
            top, left = torch.randint(0, 5, (2, batch))
            rows = (top[:, None] + steps)[:, None, :, None]
            columns = (left[:, None] + steps)[:, None, None, :]
            columns = torch.where(flip[:, None, None, None], columns.flip(3), columns)
            channels = torch.arange(3)[None, :, None, None]
            pixels = padded[chosen[:, None, None, None], channels, rows, columns]
            yield pixels.contiguous(memory_format=layout), labels[chosen]

    return batches


def say(**record) -> None:
    print(json.dumps(record), flush=True)


def course(args: argparse.Namespace) -> None:
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    layout = torch.channels_last if args.layout == "channels_last" else torch.contiguous_format
    folder = Path(args.data)
    images, labels = cifar(folder, [f"data_batch_{i}.bin" for i in range(1, 6)])
    test_images, test_labels = cifar(folder, ["test_batch.bin"])
    images, labels = images[: args.limit], labels[: args.limit]
    test_images, test_labels = test_images[: args.limit], test_labels[: args.limit]
    model = Speed(whitening_filters(images), width=args.width, activation=args.activation)
    model = model.to(memory_format=layout)
    per_epoch = len(images) // args.batch
    steps = math.ceil(args.epochs * per_epoch - 1e-6)
    parameters = sum(p.numel() for p in model.parameters())
    say(torch=torch.__version__, threads=torch.get_num_threads(), parameters=parameters, steps=steps)
    train(model, augmented(images, labels, args.batch, layout), args.batch, steps, per_epoch)
    test_images = test_images.contiguous(memory_format=layout)
    found = logits_of(model, test_images, args.views).argmax(1)
    accuracy = (found == test_labels).float().mean().item()
    say(seed=args.seed, accuracy=accuracy, seconds=since_start())


class Numbers:
    """A linear congruential generator, which the test has too: of 32 bits."""

    def __init__(self, seed: int):
        self.state = seed

    def bits(self) -> int:
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state

    def values(self, count: int, bound: float) -> torch.Tensor:
        """Between -bound and bound, as float32."""
        raw = [(self.bits() / 2**32 * 2 - 1) * bound for _ in range(count)]
        return torch.tensor(raw, dtype=torch.float64).float()


def golden_images(numbers: Numbers, count: int) -> np.ndarray:
    """Slanted ramps with noise: neighbouring pixels are alike, so that no two eigenvalues are close."""
    pixels = np.zeros((count, 32, 32, 3), np.uint8)
    for n in range(count):
        for y in range(32):
            for x in range(32):
                for c in range(3):
                    ramp = (x * (7 + 2 * c) + y * (3 + c) + n * 37 + c * 29) % 192
                    pixels[n, y, x, c] = ramp + numbers.bits() // 2**26
    return pixels


def golden(path: str) -> None:
    """Logits, losses of a short training and logits after it, of weights and images that the test makes too."""
    torch.set_num_threads(1)
    count, width, steps = 24, 0.125, 12
    # With this seed no maximum of a pooled window changes within the errors of rounding, so that twelve steps agree.
    numbers = Numbers(15)
    images = normalized(golden_images(numbers, count))
    labels = torch.arange(count) % 10
    filters = whitening_filters(images)
    model = Speed(filters, width=width)

    def kernel(layer: nn.Conv2d) -> None:
        out, inputs, k, _ = layer.weight.shape
        values = numbers.values(out * inputs * k * k, 1 / math.sqrt(inputs * k * k))
        layer.weight.data.copy_(values.view(k, k, inputs, out).permute(3, 2, 0, 1))

    def shift(layer: nn.BatchNorm2d) -> None:
        size = layer.num_features
        layer.bias.data.copy_(numbers.values(size, 0.2))
        layer.running_mean.copy_(numbers.values(size, 0.2))
        layer.running_var.copy_(1 + numbers.values(size, 0.5))

    model.whitening.bias.data.copy_(numbers.values(len(filters), 0.1))
    for block in model.blocks:
        for layer, after in ((block.conv1, block.norm1), (block.conv2, block.norm2)):
            kernel(layer)
            shift(after)
    out, inputs = model.head.weight.shape
    values = numbers.values(out * inputs, 1 / math.sqrt(inputs))
    model.head.weight.data.copy_(values.view(inputs, out).T)

    before = {views: logits_of(model, images, views) for views in ("one", "shift")}
    losses = train(model, lambda _: [(images, labels)], count, steps, 1)
    # In the order of a kernel of TensorFlow.js: row, column, channel, filter.
    written = {
        "whitening": filters.permute(2, 3, 1, 0).flatten().tolist(),
        "logits": before["one"].flatten().tolist(),
        "views": before["shift"].flatten().tolist(),
        "losses": losses,
        "trained": logits_of(model, images, "one").flatten().tolist(),
    }
    Path(path).write_text(json.dumps(written))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of CIFAR-10's binary files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=float, default=12.0)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), default="gelu")
    parser.add_argument("--views", choices=["one", "mirror", "shift"], default="shift")
    parser.add_argument("--layout", choices=["channels_last", "contiguous"], default="channels_last")
    parser.add_argument("--limit", type=int, help="only the first images of each part")
    parser.add_argument("--threads", type=int, help="default: as many as PyTorch takes")
    parser.add_argument("--golden", metavar="FILE", help="write golden values instead")
    given = parser.parse_args()
    if given.golden:
        golden(given.golden)
    elif given.data:
        course(given)
    else:
        parser.error("takes --data or --golden")
