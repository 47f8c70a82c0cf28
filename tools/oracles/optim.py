"""Golden values of optimizers and schedules from PyTorch, for packages/train/test/golden/optimizers.json.

    python tools/oracles/optim.py packages/train/test/golden/optimizers.json

Two parameters take six steps along fixed gradients, with a learning rate that changes at each step. In float32, as
the library computes. The schedules are read off PyTorch's, one value a step.
"""

import json
import sys

import torch

STEPS = 6


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.flatten().tolist()]


def parameters():
    generator = torch.Generator().manual_seed(1)
    kernel = torch.randn(3, 4, generator=generator)
    bias = torch.randn(4, generator=generator)
    # One gradient is tiny, where Adam's epsilon counts, and one large.
    scales = torch.tensor([1.0, 1e-6, 30.0, 0.1])
    gradients = [
        [torch.randn(3, 4, generator=generator) * scales, torch.randn(4, generator=generator)]
        for _ in range(STEPS)
    ]
    return [kernel, bias], gradients


def rates(start):
    return [start, start, start * 0.5, start * 2, start * 0.1, start]


CASES = [
    ("sgd", {"momentum": 0}, torch.optim.SGD, {}, 0.1),
    ("sgd", {"weightDecay": 0.05}, torch.optim.SGD, {"weight_decay": 0.05}, 0.1),
    ("sgd", {"momentum": 0.9}, torch.optim.SGD, {"momentum": 0.9}, 0.1),
    (
        "sgd",
        {"momentum": 0.9, "nesterov": True, "weightDecay": 5e-4},
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
        0.1,
    ),
    ("adam", {}, torch.optim.Adam, {}, 1e-3),
    (
        "adam",
        {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-5, "weightDecay": 0.1},
        torch.optim.Adam,
        {"betas": (0.8, 0.95), "eps": 1e-5, "weight_decay": 0.1},
        1e-2,
    ),
    ("adamW", {}, torch.optim.AdamW, {}, 1e-3),
    ("adamW", {"weightDecay": 0.2}, torch.optim.AdamW, {"weight_decay": 0.2}, 1e-2),
    ("rmsprop", {}, torch.optim.RMSprop, {}, 1e-2),
    (
        "rmsprop",
        {"alpha": 0.9, "momentum": 0.9, "epsilon": 0.01, "weightDecay": 0.1},
        torch.optim.RMSprop,
        {"alpha": 0.9, "momentum": 0.9, "eps": 0.01, "weight_decay": 0.1},
        1e-2,
    ),
    (
        "rmsprop",
        {"alpha": 0.8, "centered": True, "epsilon": 0.01},
        torch.optim.RMSprop,
        {"alpha": 0.8, "centered": True, "eps": 0.01},
        1e-2,
    ),
]

SGD = {"momentum": 0.9, "weight_decay": 0.1}

# Groups: the bias has a tenth of the rate and no decay.
GROUPS = [{}, {"factor": 0.1, "weight_decay": 0.0}]


def run(optimizer_class, options, start, groups=None, max_norm=None, accumulated=1):
    values, gradients = parameters()
    params = [torch.nn.Parameter(value.clone()) for value in values]
    listed = [
        {"params": [param], **{k: v for k, v in group.items() if k != "factor"}}
        for param, group in zip(params, groups or [{}, {}])
    ]
    optimizer = optimizer_class(listed, lr=start, foreach=False, **options)
    after = []
    for step, (rate, gradient) in enumerate(zip(rates(start), gradients)):
        for group, settings in zip(optimizer.param_groups, groups or [{}, {}]):
            group["lr"] = rate * settings.get("factor", 1.0)
        for param, g in zip(params, gradient):
            param.grad = (0 if param.grad is None else param.grad) + g / accumulated
        if (step + 1) % accumulated == 0:
            if max_norm is not None:
                torch.nn.utils.clip_grad_norm_(params, max_norm)
            optimizer.step()
            optimizer.zero_grad()
        after.append([numbers(param.detach()) for param in params])
    return after


def schedule(make, steps, start, steps_after_last=True):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=start)
    scheduler = make(optimizer)
    values = []
    for step in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if steps_after_last or step + 1 < steps:
            scheduler.step()
    return values


def one_cycle(**options):
    def make(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.4, total_steps=20, cycle_momentum=False, **options
        )

    # The scheduler cannot be stepped past its last step.
    return schedule(make, 20, 0.4, steps_after_last=False)


def main(path):
    values, gradients = parameters()
    scheduler = torch.optim.lr_scheduler
    golden = {
        "made by": f"tools/oracles/optim.py, PyTorch {torch.__version__}",
        "shapes": [[3, 4], [4]],
        "initial": [numbers(v) for v in values],
        "gradients": [[numbers(g) for g in step] for step in gradients],
        "cases": [
            {
                "optimizer": name,
                "options": options,
                "learningRates": rates(start),
                "after": run(optimizer_class, torch_options, start),
            }
            for name, options, optimizer_class, torch_options, start in CASES
        ],
        "composed": {
            "groups": run(torch.optim.SGD, SGD, 0.1, groups=GROUPS),
            "groupsOfAdamW": run(torch.optim.AdamW, {"weight_decay": 0.1}, 0.01, groups=GROUPS),
            "clipped": run(torch.optim.SGD, SGD, 0.1, max_norm=2.0),
            "clippedAdam": run(torch.optim.Adam, {}, 0.01, max_norm=2.0),
            "accumulated": run(torch.optim.SGD, SGD, 0.1, accumulated=2),
            "accumulatedThenClipped": run(
                torch.optim.AdamW, {"weight_decay": 0.1}, 0.01, max_norm=2.0, accumulated=3
            ),
        },
        # 4 epochs of 5 steps; PyTorch's step counts are in steps.
        "schedules": {
            "cosine": schedule(
                lambda o: scheduler.CosineAnnealingLR(o, T_max=20, eta_min=0.002), 20, 0.4
            ),
            "linear": schedule(
                lambda o: scheduler.LinearLR(o, start_factor=1.0, end_factor=0.25, total_iters=20),
                20,
                0.4,
            ),
            "stepDecay": schedule(lambda o: scheduler.StepLR(o, step_size=10, gamma=0.5), 20, 0.4),
            "multiStep": schedule(
                lambda o: scheduler.MultiStepLR(o, milestones=[5, 15], gamma=0.1), 20, 0.4
            ),
            "oneCycle": one_cycle(),
            "oneCycleLinear": one_cycle(anneal_strategy="linear", div_factor=10, final_div_factor=50),
            "oneCycleThreePhase": one_cycle(three_phase=True, pct_start=0.4),
            "oneCycleThreePhaseLinear": one_cycle(
                three_phase=True, pct_start=0.33, anneal_strategy="linear", final_div_factor=20
            ),
        },
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
