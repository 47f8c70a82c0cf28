"""Golden values and gradients of @mnet/ops from PyTorch.

    python tools/oracles/ops.py > packages/ops/test/golden/ops.json

Needs torch. Small shapes, float64 inside, written with nine digits. NHWC here, NCHW there.
"""

import json
import sys

import torch
import torch.nn.functional as F

generator = torch.Generator().manual_seed(7)


def draw(*shape, scale=1.0, shift=0.0):
    return (torch.randn(*shape, generator=generator, dtype=torch.float64) * scale + shift).float().double()


def plain(tensor):
    return {"shape": list(tensor.shape), "values": [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]}


def nhwc(tensor):
    return tensor.permute(0, 2, 3, 1).contiguous()


ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": F.relu,
    "relu6": F.relu6,
    "hardSigmoid": F.hardsigmoid,
    "hardSwish": F.hardswish,
}


def batch_norm():
    cases = []
    for name, act in ACTIVATIONS.items():
        for with_residual in (False, True):
            n, c, h, w = 3, 5, 4, 3
            x = draw(n, c, h, w, scale=2, shift=1).requires_grad_()
            gamma = draw(c, shift=1).requires_grad_()
            beta = draw(c, scale=2).requires_grad_()
            residual = draw(n, c, h, w).requires_grad_() if with_residual else None
            mean, variance = draw(c), draw(c).abs() + 0.5
            moving_mean, moving_variance = mean.clone(), variance.clone()
            z = F.batch_norm(x, moving_mean, moving_variance, gamma, beta, True, 0.1, 1e-3)
            y = act(z + residual if with_residual else z)
            weight = draw(n, c, h, w)
            (y * weight).sum().backward()
            case = {
                "activation": name,
                "x": plain(nhwc(x)),
                "gamma": plain(gamma),
                "beta": plain(beta),
                "movingMean": plain(mean),
                "movingVariance": plain(variance),
                "weight": plain(nhwc(weight)),
                "y": plain(nhwc(y)),
                "dx": plain(nhwc(x.grad)),
                "dgamma": plain(gamma.grad),
                "dbeta": plain(beta.grad),
                "newMean": plain(moving_mean),
                "newVariance": plain(moving_variance),
            }
            if with_residual:
                case["residual"] = plain(nhwc(residual))
                case["dresidual"] = plain(nhwc(residual.grad))
            cases.append(case)
    return cases


def cross_entropy():
    cases = []
    for smoothing, scale in ((0.0, 2.0), (0.1, 2.0), (1.0, 1.0), (0.0, 60.0)):
        logits = draw(6, 7, scale=scale).requires_grad_()
        labels = torch.randint(0, 7, (6,), generator=generator)
        loss = F.cross_entropy(logits, labels, label_smoothing=smoothing)
        loss.backward()
        cases.append({
            "labelSmoothing": smoothing,
            "logits": plain(logits),
            "labels": labels.tolist(),
            "loss": loss.item(),
            "gradient": plain(logits.grad),
        })
    return cases


def weighted_cross_entropy():
    cases = []
    for smoothing, scale in ((0.0, 2.0), (0.1, 2.0), (1.0, 1.0), (0.2, 60.0)):
        logits = draw(6, 7, scale=scale).requires_grad_()
        labels = torch.randint(0, 7, (6,), generator=generator)
        weights = torch.rand(7, generator=generator, dtype=torch.float64) * 3
        weights[labels[0]] = 0
        loss = F.cross_entropy(logits, labels, weight=weights, label_smoothing=smoothing)
        loss.backward()
        cases.append({
            "labelSmoothing": smoothing,
            "logits": plain(logits),
            "labels": labels.tolist(),
            "weights": weights.tolist(),
            "loss": loss.item(),
            "gradient": plain(logits.grad),
        })
    return cases


def distillation():
    cases = []
    for temperature, scale in ((1.0, 2.0), (4.0, 3.0), (20.0, 3.0), (0.5, 2.0), (4.0, 200.0)):
        student = draw(6, 7, scale=scale).requires_grad_()
        teacher = draw(6, 7, scale=scale)
        kl = F.kl_div(
            F.log_softmax(student / temperature, 1),
            F.log_softmax(teacher / temperature, 1),
            reduction="batchmean",
            log_target=True,
        )
        loss = kl * temperature**2
        loss.backward()
        cases.append({
            "temperature": temperature,
            "student": plain(student),
            "teacher": plain(teacher),
            "loss": loss.item(),
            "gradient": plain(student.grad),
        })
    return cases


def optimizers():
    settings = [
        ("sgd", {"lr": 0.1}),
        ("sgd", {"lr": 0.1, "momentum": 0.9}),
        ("sgd", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}),
        ("adam", {"lr": 1e-2}),
        ("adam", {"lr": 1e-2, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
        ("adamw", {"lr": 1e-2, "weight_decay": 0.1}),
        ("rmsprop", {"lr": 1e-2}),
        ("rmsprop", {"lr": 1e-2, "alpha": 0.9, "momentum": 0.9, "eps": 1e-3, "weight_decay": 0.1}),
        ("rmsprop", {"lr": 1e-2, "alpha": 0.8, "momentum": 0.5, "eps": 1e-2, "centered": True}),
    ]
    classes = {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
    }
    cases = []
    for name, options in settings:
        parameters = [draw(3, 5).requires_grad_(), draw(7).requires_grad_()]
        optimizer = classes[name](parameters, **options)
        start = [plain(p) for p in parameters]
        steps = []
        for _ in range(3):
            gradients = [draw(3, 5), draw(7)]
            for p, g in zip(parameters, gradients):
                p.grad = g.clone()
            optimizer.step()
            steps.append({
                "gradients": [plain(g) for g in gradients],
                "parameters": [plain(p) for p in parameters],
            })
        cases.append({"optimizer": name, "options": options, "start": start, "steps": steps})
    return cases


def clipping():
    cases = []
    for max_norm, size in ((1.0, 1.0), (0.25, 30.0), (100.0, 1.0), (1e-3, 1e-5)):
        gradients = [draw(3, 5, scale=size), draw(7, scale=size), draw(1, scale=size)]
        parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient.clone()
        torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        cases.append({
            "maxNorm": max_norm,
            "gradients": [plain(g) for g in gradients],
            "clipped": [plain(p.grad) for p in parameters],
        })
    return cases


json.dump(
    {
        "torch": torch.__version__,
        "batchNorm": batch_norm(),
        "crossEntropy": cross_entropy(),
        "distillation": distillation(),
        "optimizers": optimizers(),
        "clipping": clipping(),
        # Last, since all draw from one generator.
        "weightedCrossEntropy": weighted_cross_entropy(),
    },
    sys.stdout,
)
print()
