"""PyTorch's and ONNX Runtime's figures for one network, as one JSON object.

    python peers.py --model mobilenet_v2 [--width 0.5] --mode train|infer|latency [--batch 128] [--steps 8] [--threads 2]
                    [--compile]

Medians after a warm-up, in both memory formats (contiguous, channels_last); the better one counts. A training step is
forward, cross-entropy, backward and a step of fused Adam. `latency` is one image. Beside PyTorch's inference, of a batch or
of one image, ONNX Runtime's is timed. Needs torch, torchvision and, for inference, onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
import io
import json
import pathlib
import resource
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "tools" / "oracles" / "models"))
from networks import build  # noqa: E402


def median_ms(step, warmup: int, count: int) -> float:
    for _ in range(warmup):
        step()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def training_step(network, x):
    y = torch.randint(0, 10, (len(x),))
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    network.train()

    def step():
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(network(x), y).backward()
        optimizer.step()

    return step


def onnx_ms(network, batch: int, count: int, threads: int) -> float:
    import onnxruntime

    x = torch.randn(batch, 3, 32, 32)
    file = io.BytesIO()
    torch.onnx.export(network.eval(), x, file, input_names=["x"], dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    return median_ms(lambda: session.run(None, {"x": x.numpy()}), 20 if batch == 1 else 2, count)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--mode", choices=["train", "infer", "latency"], required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="training: times torch.compile beside it")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    batch = 1 if options.mode == "latency" else options.batch
    warmup, count = (10, 100) if options.mode == "latency" else (2, options.steps)
    figures, compiled = {}, {}
    for name, memory in (("contiguous", torch.contiguous_format), ("channels_last", torch.channels_last)):
        network = build(options.model, width=options.width).to(memory_format=memory)
        x = torch.randn(batch, 3, 32, 32).to(memory_format=memory)
        if options.mode == "train":
            figures[name] = median_ms(training_step(network, x), warmup, count)
            if options.compile:
                compiled[name] = median_ms(training_step(torch.compile(network), x), warmup, count)
        else:
            network.eval()
            with torch.inference_mode():
                figures[name] = median_ms(lambda: network(x), warmup, count)
    best = min(figures.values())
    result = {
        "model": options.model,
        "width": options.width,
        "mode": options.mode,
        "batch": batch,
        "threads": options.threads,
        "torch": torch.__version__,
        "medianMs": best,
        "imagesPerSecond": 1000 * batch / best,
        "byFormatMs": figures,
        "peakMemoryBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    if options.mode != "train":
        network = build(options.model, width=options.width)
        result["onnxRuntimeMs"] = onnx_ms(network, batch, count, options.threads)
    if compiled:
        result["compiledMs"] = min(compiled.values())
    print(json.dumps(result))


main()
