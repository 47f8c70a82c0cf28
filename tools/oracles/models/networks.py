"""The networks in PyTorch that the project's models are compared with.

torchvision supplies MobileNetV2, MobileNetV3 and ResNet-18. It has neither MobileNetV1 nor its counterpart with
plain convolutions, and no ResNet-18 of another width; those are written here from torchvision's and torch's modules,
with the tensor names that the project's `torchvision` format gives them.
"""

from __future__ import annotations

import torch
from torch import nn


def _import_torchvision():
    """torchvision's compiled operators may be missing beside a CPU build of torch. The networks need none of them,
    but importing the package registers shape functions for them, which fails; so those registrations are skipped."""
    register = torch.library.register_fake

    def skip_missing(op, *args, **kwargs):
        if str(op).startswith("torchvision::"):
            return lambda function: function
        return register(op, *args, **kwargs)

    torch.library.register_fake = skip_missing
    try:
        import torchvision
    finally:
        torch.library.register_fake = register
    return torchvision


torchvision = _import_torchvision()
from torchvision.models._utils import _make_divisible  # noqa: E402
from torchvision.models.mobilenetv3 import MobileNetV3, _mobilenet_v3_conf  # noqa: E402
from torchvision.models.resnet import BasicBlock  # noqa: E402
from torchvision.ops import Conv2dNormActivation  # noqa: E402

# Filters and stride of MobileNetV1's thirteen blocks (Howard et al. 2017, table 1).
V1_BLOCKS = [
    (64, 1),
    (128, 2), (128, 1),
    (256, 2), (256, 1),
    (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
    (1024, 2), (1024, 1),
]  # fmt: skip


class MobileNetV1(nn.Module):
    """MobileNetV1, or with `separable=False` the same table with plain 3x3 convolutions."""

    def __init__(self, classes: int, width: float, separable: bool):
        super().__init__()
        channels = _make_divisible(32 * width, 8)
        layers = [Conv2dNormActivation(3, channels, 3, 2)]
        for filters, stride in V1_BLOCKS:
            filters = _make_divisible(filters * width, 8)
            if separable:
                depthwise = Conv2dNormActivation(channels, channels, 3, stride, groups=channels)
                layers.append(nn.Sequential(depthwise, Conv2dNormActivation(channels, filters, 1)))
            else:
                layers.append(Conv2dNormActivation(channels, filters, 3, stride))
            channels = filters
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class NarrowResNet18(nn.Module):
    """torchvision's ResNet-18 with its widths multiplied; at width 1 it has the same tensors and values."""

    def __init__(self, classes: int, width: float):
        super().__init__()
        channels = _make_divisible(64 * width, 8)
        self.conv1 = nn.Conv2d(3, channels, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        for index, stride in enumerate((1, 2, 2, 2)):
            filters = _make_divisible(64 * 2**index * width, 8)
            shortcut = None
            if stride != 1 or channels != filters:
                convolution = nn.Conv2d(channels, filters, 1, stride, bias=False)
                shortcut = nn.Sequential(convolution, nn.BatchNorm2d(filters))
            blocks = BasicBlock(channels, filters, stride, shortcut), BasicBlock(filters, filters)
            setattr(self, f"layer{index + 1}", nn.Sequential(*blocks))
            channels = filters
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = nn.functional.max_pool2d(x, 3, 2, 1)
        for index in range(4):
            x = getattr(self, f"layer{index + 1}")(x)
        return self.fc(x.mean((2, 3)))


def _v3(name: str):
    def build(classes: int, width: float):
        rows, last = _mobilenet_v3_conf(name, width_mult=width)
        return MobileNetV3(rows, last, num_classes=classes, dropout=0.0)

    return build


def _resnet18(classes: int, width: float):
    if width == 1:
        return torchvision.models.resnet18(num_classes=classes)
    return NarrowResNet18(classes, width)


BUILDERS = {
    "mobilenet_v1": lambda classes, width: MobileNetV1(classes, width, separable=True),
    "normal_cnn": lambda classes, width: MobileNetV1(classes, width, separable=False),
    "mobilenet_v2": lambda classes, width: torchvision.models.mobilenet_v2(
        num_classes=classes, width_mult=width, dropout=0.0
    ),
    "mobilenet_v3_small": _v3("mobilenet_v3_small"),
    "mobilenet_v3_large": _v3("mobilenet_v3_large"),
    "resnet18": _resnet18,
}


def build(name: str, classes: int = 10, width: float = 1.0) -> nn.Module:
    """The network of that name, without dropout, for input of (batch, 3, height, width)."""
    return BUILDERS[name](classes, width)
