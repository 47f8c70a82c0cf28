"""Golden values of resizing from Pillow, for packages/core/test/golden/pillow/resize.json.

    python tools/oracles/resize.py packages/core/test/golden/pillow/resize.json

One channel of whole numbers, resized as 32-bit floats (mode F), so that nothing is rounded on the way: bilinear, with
antialiasing where it shrinks, of the whole picture or of a box of it that may end within a pixel.
"""

import json
import sys

import numpy as np
from PIL import Image

# (height, width) of the picture, (height, width) of the result, the box as (left, upper, right, lower) or None
CASES = [
    ((7, 5), (3, 4), None),
    ((20, 11), (8, 8), None),
    ((6, 6), (9, 13), None),
    ((13, 17), (5, 5), (2, 0, 15, 13)),
    ((9, 16), (4, 6), (1.25, 0, 14.75, 9)),
    ((4, 3), (8, 8), (0, 0.5, 3, 3.5)),
    ((1, 1), (2, 3), None),
]


def case(number, source, size, box):
    values = np.random.default_rng(number).integers(0, 256, source)
    image = Image.fromarray(values.astype(np.float32))
    resized = np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR, box=box))
    return {
        "height": source[0],
        "width": source[1],
        "values": values.flatten().tolist(),
        "box": list(box or (0, 0, source[1], source[0])),
        "size": list(size),
        "resized": [float(f"{x:.7g}") for x in resized.flatten().tolist()],
    }


golden = [case(number, *each) for number, each in enumerate(CASES)]
with open(sys.argv[1], "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(each) for each in golden) + "\n]\n")
