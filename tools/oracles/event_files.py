"""Reads the events of a run with TensorBoard itself and compares them with the run's other files.

    pip install tensorboard
    python tools/oracles/event_files.py runs/first

The run is complete, was trained with `tensorBoard()`, and may have been killed and resumed. Scalars are compared with
log.jsonl, number by number and step by step; histograms with the weights in checkpoint.safetensors, where the last epoch
has the run's final ones; pictures are decoded; the table of layers, the graph, and the settings are compared with
model/model.json and config.json. It prints what it found and ends with an error at the first difference.
"""

import json
import math
import struct
import sys
import zlib
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator as PluginEventAccumulator,
)
from tensorboard.plugins.graph import keras_util
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

EPOCH = {
    "epoch/loss": "trainLoss",
    "epoch/accuracy": "trainAccuracy",
    "epoch/learning_rate": "learningRate",
    "validation/loss": "validationLoss",
    "validation/accuracy": "validationAccuracy",
    "speed/seconds": "seconds",
    "speed/validation_seconds": "validationSeconds",
    "speed/images_per_second": "imagesPerSecond",
}
STEP = {
    "step/loss": "loss",
    "step/accuracy": "accuracy",
    "step/learning_rate": "learningRate",
    "step/epoch": "epoch",
}
TEST = ["loss", "accuracy", "top5", "ece"]


def single(x):
    """A number as a float of 32 bits, which is what a simple value is."""
    return struct.unpack("f", struct.pack("f", x))[0]


def same(what, got, wanted):
    if got != wanted:
        raise SystemExit(f"{what}: got {got}, wanted {wanted}")


def read_log(run):
    """Records of steps and epochs, as a resumed run leaves them, and the test's."""
    steps, epochs, test = {}, {}, None
    for line in (run / "log.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "resume":
            before = epochs.get(event["epoch"] - 1, {"step": 0})["step"] + event["step"]
            steps = {step: record for step, record in steps.items() if step <= before}
        elif event["event"] == "step":
            steps[event["step"]] = event
        elif event["event"] == "epoch":
            epochs[event["epoch"]] = event
        elif event["event"] == "end":
            test = event.get("test")
    return list(steps.values()), list(epochs.values()), test


def curve(records, key):
    return [(record["step"], single(record[key])) for record in records if key in record]


def check_scalars(events, run):
    steps, epochs, test = read_log(run)
    wanted = {tag: curve(steps, key) for tag, key in STEP.items()}
    wanted |= {tag: curve(epochs, key) for tag, key in EPOCH.items()}
    terms = {name for epoch in epochs for name in epoch.get("terms", {})}
    for name in terms:
        wanted[f"terms/{name}"] = [(e["step"], single(e["terms"][name])) for e in epochs]
    for name in TEST:
        if test and name in test:
            wanted[f"test/{name}"] = [(epochs[-1]["step"], single(test[name]))]
    wanted = {tag: points for tag, points in wanted.items() if points}
    same("tags of scalars", sorted(events.Tags()["scalars"]), sorted(wanted))
    for tag, points in wanted.items():
        same(tag, [(event.step, event.value) for event in events.Scalars(tag)], points)
    print(f"scalars: {len(wanted)} tags, {sum(map(len, wanted.values()))} points")
    return epochs


def read_weights(run):
    """Values by the variable's name, of the checkpoint that a complete run ends with."""
    data = (run / "checkpoint.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__")
    weights = {}
    for name, entry in header.items():
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        values = struct.unpack(f"<{(end - start) // 4}f", data[start:end])
        weights[name.split("/", 2)[2]] = values
    return weights


def check_histograms(events, run, epochs):
    weights = read_weights(run)
    tags = events.Tags()["histograms"]
    same("tags of histograms", sorted(tags), sorted(f"weights/{name}" for name in weights))
    config = json.loads((run / "config.json").read_text())
    compared = not config["options"]["bestWeights"]
    for name, values in weights.items():
        found = events.Histograms(f"weights/{name}")
        same(f"steps of {name}", [event.step for event in found], [e["step"] for e in epochs])
        last = found[-1].histogram_value
        same(f"count of {name}", (last.num, sum(last.bucket)), (len(values), len(values)))
        same(f"limits of {name}", list(last.bucket_limit), sorted(last.bucket_limit))
        if not compared:
            continue
        same(f"range of {name}", (last.min, last.max), (min(values), max(values)))
        if not math.isclose(last.sum, math.fsum(values), rel_tol=1e-6, abs_tol=1e-6):
            raise SystemExit(f"sum of {name}: got {last.sum}, wanted {math.fsum(values)}")
        lower = last.min
        for limit, count in zip(last.bucket_limit, last.bucket):
            # A value within the rounding of a limit may be counted on either side of it.
            near = 1e-9 * (last.max - last.min)
            least = sum(lower + near < v < limit - near for v in values)
            most = sum(lower - near <= v <= limit + near for v in values)
            if not least <= count <= most:
                raise SystemExit(f"{name} up to {limit}: got {count}, wanted {least} to {most}")
            lower = limit
    print(f"histograms: {len(tags)} tags, {len(epochs)} epochs")


def read_png(data):
    """Width, height, channels, and the lines, whose filters are left as they are."""
    same("a PNG's signature", data[:8], b"\x89PNG\r\n\x1a\n")
    at, packed, head = 8, b"", None
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        (crc,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        same(f"checksum of {kind}", crc, zlib.crc32(kind + body))
        head = body if kind == b"IHDR" else head
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    width, height, depth, colour = struct.unpack(">IIBB", head[:10])
    channels = {0: 1, 2: 3}[colour]
    same("depth", depth, 8)
    same("size of the pixels", len(zlib.decompress(packed)), height * (width * channels + 1))
    return width, height


def check_pictures(events):
    for tag in events.Tags()["images"]:
        (event,) = events.Images(tag)
        size = read_png(event.encoded_image_string)
        same(f"size of {tag}", size, (event.width, event.height))
        print(f"picture: {tag}, {size[0]}x{size[1]} at step {event.step}")


def text_of(events, tag):
    (event,) = events.Tensors(tag)
    return tensor_util.make_ndarray(event.tensor_proto).item().decode()


def check_model(events, run):
    topology = json.loads((run / "model" / "model.json").read_text())["modelTopology"]
    config = topology.get("model_config", topology)["config"]
    layers = config["layers"] if isinstance(config, dict) else config
    table = text_of(events, "model")
    for layer in layers:
        row = f"| {layer['config']['name']} | {layer['class_name']} |"
        if row not in table:
            raise SystemExit(f"model: the table has no row '{row}'")
    graph = keras_util.keras_model_to_graph_def(json.loads(text_of(events, "keras")))
    print(f"model: {len(layers)} layers, {len(graph.node)} nodes in the graph")


def check_settings(events, run):
    config = json.loads((run / "config.json").read_text())
    contents = events.summary_metadata
    start = plugin_data_pb2.HParamsPluginData.FromString(
        contents["_hparams_/session_start_info"].plugin_data.content
    ).session_start_info
    same("epochs", start.hparams["epochs"].number_value, config["options"]["epochs"])
    same("model", start.hparams["model"].string_value, config["model"]["name"])
    same(
        "optimizer.name",
        start.hparams["optimizer.name"].string_value,
        config["options"]["optimizer"]["name"],
    )
    end = plugin_data_pb2.HParamsPluginData.FromString(
        contents["_hparams_/session_end_info"].plugin_data.content
    ).session_end_info
    same("status", end.status, 1)
    print(f"settings: {len(start.hparams)}")


def main(run):
    everything = {
        kind: 0
        for kind in ("scalars", "histograms", "compressedHistograms", "images", "tensors", "audio")
    }
    events = EventAccumulator(str(run), size_guidance=everything)
    events.Reload()
    epochs = check_scalars(events, run)
    check_histograms(events, run, epochs)
    check_pictures(events)
    plugins = PluginEventAccumulator(str(run), size_guidance=everything)
    plugins.Reload()
    check_model(plugins, run)
    check_settings(plugins, run)


main(Path(sys.argv[1]))
