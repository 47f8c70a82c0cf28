"""Golden values and gradients of distillation losses from PyTorch, for packages/distill/test/golden/losses.json.

    python tools/oracles/distill.py packages/distill/test/golden/losses.json

Computed in float64 and rounded to nine digits, from inputs that are exact in float32. Each loss is written out from
its paper's formula; the gradients are autograd's.
"""

import json
import sys

import torch
import torch.nn.functional as F


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def inputs(shape, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(*shape, generator=generator) * scale).double()


def kd(student, teacher, temperature):
    """Hinton et al. 2015: T^2 KL(teacher || student), mean over the batch."""
    return (
        F.kl_div(
            F.log_softmax(student / temperature, 1),
            F.log_softmax(teacher / temperature, 1),
            reduction="batchmean",
            log_target=True,
        )
        * temperature**2
    )


def dkd(student, teacher, labels, alpha, beta, temperature):
    """Zhao et al. 2022, equations 3 to 7: T^2 (alpha TCKD + beta NCKD), mean over the batch."""
    target = F.one_hot(labels, student.shape[1]).bool()

    def parts(logits):
        logp = F.log_softmax(logits / temperature, 1)
        own = logp[target]
        others = torch.logsumexp(logp.masked_fill(target, -torch.inf), 1)
        rest = (logits / temperature)[~target].reshape(len(logits), -1)
        return torch.stack([own, others], 1), F.log_softmax(rest, 1)

    student_binary, student_rest = parts(student)
    teacher_binary, teacher_rest = parts(teacher)
    tckd = F.kl_div(student_binary, teacher_binary, reduction="batchmean", log_target=True)
    nckd = F.kl_div(student_rest, teacher_rest, reduction="batchmean", log_target=True)
    return tckd * temperature**2 * alpha, nckd * temperature**2 * beta


def attention(student, teacher):
    """Zagoruyko and Komodakis 2017: mean squared difference of the normalised maps of mean squared activation."""

    def maps(x):  # NHWC
        return F.normalize(x.pow(2).mean(3).flatten(1), dim=1)

    return (maps(student) - maps(teacher)).pow(2).mean()


def hint(student, teacher, kernel):
    """Romero et al. 2015, equation 3, as a mean: a 1x1 convolution (here [in, out]) of the student's features."""
    return (student @ kernel - teacher).pow(2).mean()


def kd_cases():
    cases = []
    logits = [
        ("moderate", inputs((6, 10), 3, 1), inputs((6, 10), 3, 2)),
        ("equal", inputs((2, 4), 2, 3), inputs((2, 4), 2, 3)),
        ("large", inputs((3, 5), 200, 4), inputs((3, 5), 200, 5)),
        (
            "extreme",
            torch.tensor([[1e4, -1e4, 0], [-3e4, 3e4, 1], [0, 0, 0]]).double(),
            torch.tensor([[-1e4, 1e4, 0], [3e4, -3e4, 1], [88, -88, 0]]).double(),
        ),
    ]
    for name, student, teacher in logits:
        labels = torch.arange(len(student)) * 3 % student.shape[1]
        for temperature in (1, 2, 4, 20):
            for alpha in (0, 0.1, 0.5, 0.9, 1):
                s = student.clone().requires_grad_()
                term = kd(s, teacher, temperature)
                loss = alpha * term + (1 - alpha) * F.cross_entropy(s, labels)
                loss.backward()
                cases.append(
                    {
                        "logits": name,
                        "temperature": temperature,
                        "alpha": alpha,
                        "kd": numbers(term)[0],
                        "loss": numbers(loss)[0],
                        "gradient": numbers(s.grad),
                    }
                )
    return {
        "inputs": {
            name: {
                "shape": list(s.shape),
                "student": numbers(s),
                "teacher": numbers(t),
                "labels": (torch.arange(len(s)) * 3 % s.shape[1]).tolist(),
            }
            for name, s, t in logits
        },
        "cases": cases,
    }


def dkd_cases(kd_inputs):
    cases = []
    for name, case in kd_inputs.items():
        shape = case["shape"]
        teacher = torch.tensor(case["teacher"]).double().reshape(shape)
        labels = torch.tensor(case["labels"])
        for alpha, beta, temperature in ((1, 8, 4), (1, 2, 1), (0.5, 1, 2)):
            s = torch.tensor(case["student"]).double().reshape(shape).requires_grad_()
            tckd, nckd = dkd(s, teacher, labels, alpha, beta, temperature)
            (tckd + nckd).backward()
            cases.append(
                {
                    "logits": name,
                    "alpha": alpha,
                    "beta": beta,
                    "temperature": temperature,
                    "tckd": numbers(tckd)[0],
                    "nckd": numbers(nckd)[0],
                    "gradient": numbers(s.grad),
                }
            )
    return cases


def feature_cases():
    student = inputs((2, 3, 3, 4), 1, 6)
    teacher = inputs((2, 3, 3, 5), 1, 7)
    kernel = inputs((4, 5), 0.5, 8)
    s = student.clone().requires_grad_()
    at = attention(s, teacher)
    at.backward()
    h = student.clone().requires_grad_()
    k = kernel.clone().requires_grad_()
    fit = hint(h, teacher, k)
    fit.backward()
    return {
        "studentShape": [2, 3, 3, 4],
        "teacherShape": [2, 3, 3, 5],
        "student": numbers(student),
        "teacher": numbers(teacher),
        "kernel": numbers(kernel),
        "attention": {"loss": numbers(at)[0], "gradient": numbers(s.grad)},
        "hint": {
            "loss": numbers(fit)[0],
            "gradient": numbers(h.grad),
            "kernelGradient": numbers(k.grad),
        },
    }


def main(path):
    kd_golden = kd_cases()
    golden = {
        "made by": f"tools/oracles/distill.py, PyTorch {torch.__version__}",
        "kd": kd_golden,
        "dkd": dkd_cases(kd_golden["inputs"]),
        "features": feature_cases(),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
