"""Golden values of the operations of RandAugment and TrivialAugment, for packages/data/test/golden/augment.json.

    python tools/oracles/augment.py packages/data/test/golden/augment.json

torchvision's own operations on pictures of Pillow, in gray and in color, with its defaults: the nearest pixel, black behind
the border. And the magnitudes that its RandAugment and TrivialAugmentWide choose from.
"""

import json
import sys

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import RandAugment, TrivialAugmentWide, _apply_op

# Each operation with magnitudes, signed as they are drawn.
MAGNITUDES = {
    "Identity": [0.0],
    "ShearX": [0.3, -0.1, 0.99, -0.7],
    "ShearY": [0.27, -0.3, 0.99, -0.4],
    "TranslateX": [2.0, -3.9, 8.0, 32.0],
    "TranslateY": [1.5, -2.0, 7.0, -32.0],
    "Rotate": [9.0, -30.0, 45.0, 90.0, -90.0, 135.0],
    "Brightness": [0.27, -0.9, 0.9, -0.5],
    "Color": [0.27, -0.9, 0.99, -0.5],
    "Contrast": [0.27, -0.9, 0.99, -0.5],
    "Sharpness": [0.27, -0.9, 0.99, -0.5],
    "Posterize": [8, 5, 4, 2],
    "Solarize": [255.0, 178.5, 0.0],
    "AutoContrast": [0.0],
    "Equalize": [0.0],
}

# (height, width, channels, lowest byte, byte behind the highest)
PICTURES = [(8, 9, 3, 0, 256), (7, 7, 1, 30, 200), (2, 3, 3, 5, 250)]
# Equalize changes nothing where there are fewer than 255 pixels, and autocontrast nothing where all are alike.
LARGE = [(20, 18, 3, 90, 170), (26, 21, 1, 0, 60), (18, 20, 3, 77, 78)]


def name(operation):
    return operation[0].lower() + operation[1:]


def picture(number, height, width, channels, low, high):
    values = np.random.default_rng(number).integers(low, high, (height, width, channels), dtype=np.uint8)
    return Image.fromarray(values[:, :, 0] if channels == 1 else values)


def case(image, operation, magnitude):
    changed = _apply_op(image, operation, magnitude, InterpolationMode.NEAREST, None)
    return {"operation": name(operation), "magnitude": magnitude, "bytes": np.asarray(changed).flatten().tolist()}


def cases(number, spec, operations):
    image = picture(number, *spec)
    return {
        "shape": list(spec[:3]),
        "bytes": np.asarray(image).flatten().tolist(),
        "changed": [case(image, op, m) for op in operations for m in MAGNITUDES[op]],
    }


def table(space):
    return [
        {
            "name": name(operation),
            "signed": signed,
            "magnitudes": [float(f"{m:.6g}") for m in (magnitudes.tolist() if magnitudes.ndim else [])],
        }
        for operation, (magnitudes, signed) in space.items()
    ]


golden = {
    "pictures": [cases(i, spec, MAGNITUDES) for i, spec in enumerate(PICTURES)]
    + [cases(10 + i, spec, ["AutoContrast", "Equalize"]) for i, spec in enumerate(LARGE)],
    "randAugment": table(RandAugment()._augmentation_space(31, (24, 40))),
    "trivialAugment": table(TrivialAugmentWide()._augmentation_space(31)),
}
with open(sys.argv[1], "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
