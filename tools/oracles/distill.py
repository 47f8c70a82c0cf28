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


def standardized(logits):
    """Sun et al. 2024, algorithm 1: each row's z-score over its classes, here with a deviation of at least 0.001."""
    centred = logits - logits.mean(1, keepdim=True)
    variance = centred.pow(2).mean(1, keepdim=True)
    return centred / variance.clamp(min=1e-6).sqrt()


def similarity(student, teacher):
    """Tung and Mori 2019, section 3: |G_T - G_S|^2 / b^2, G the row-normalised Q Q^T."""

    def rows(x):
        flat = x.flatten(1)
        return F.normalize(flat @ flat.T, dim=1)

    return torch.linalg.matrix_norm(rows(teacher) - rows(student)).pow(2) / len(student) ** 2


def relation_distance(student, teacher):
    """Park et al. 2019, section 3.2.1, summed over pairs of different examples, over b^2."""

    def pairs(x):
        d = torch.stack([(a - b).norm() for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
        return d / d.mean()

    return F.huber_loss(pairs(student), pairs(teacher), reduction="sum") / len(student) ** 2


def relation_angle(student, teacher):
    """Park et al. 2019, section 3.2.2, summed over triplets around another example, over b^3."""

    def triplets(x):
        return torch.stack(
            [
                torch.dot((x[i] - x[j]) / (x[i] - x[j]).norm(), (x[k] - x[j]) / (x[k] - x[j]).norm())
                for j in range(len(x))
                for i in range(len(x))
                for k in range(len(x))
                if i != j and k != j
            ]
        )

    return F.huber_loss(triplets(student), triplets(teacher), reduction="sum") / len(student) ** 3


def dist(student, teacher, temperature):
    """Huang et al. 2022: T^2 times the mean of 1 - Pearson, of rows and of columns."""
    p, q = F.softmax(student / temperature, 1), F.softmax(teacher / temperature, 1)

    def far(a, b):
        rho = torch.stack([torch.corrcoef(torch.stack([x, y]))[0, 1] for x, y in zip(a, b)])
        return (1 - rho).mean() * temperature**2

    return far(p, q), far(p.T, q.T)


def multi_level(student, teacher, temperatures):
    """Jin et al. 2023, section 3: sums over the temperatures of T^2 KL, |P P^T|^2 / B and |P^T P|^2 / C."""
    levels = [0, 0, 0]
    for t in temperatures:
        p, q = F.softmax(student / t, 1), F.softmax(teacher / t, 1)
        between = torch.einsum("ac,bc->ab", p, p) - torch.einsum("ac,bc->ab", q, q)
        classes = torch.einsum("bc,bd->cd", p, p) - torch.einsum("bc,bd->cd", q, q)
        levels[0] += kd(student, teacher, t)
        levels[1] += between.pow(2).sum() / len(p)
        levels[2] += classes.pow(2).sum() / p.shape[1]
    return levels


def contrast(embeddings, bank, positions, negatives, temperature, partition):
    """Tian et al. 2020, section 3: noise-contrastive estimation against rows of a memory bank."""
    noise = len(negatives[0]) / len(bank)
    total = 0
    for v, own, others in zip(embeddings, positions, negatives):
        h = torch.exp(torch.dot(v, bank[own]) / temperature) / partition
        total = total - torch.log(h / (h + noise))
        for other in others:
            h = torch.exp(torch.dot(v, bank[other]) / temperature) / partition
            total = total - torch.log(noise / (h + noise))
    return total / len(embeddings)


def self_distillation(logits, features, deepest, deepest_features, labels, alpha, temperature, weight):
    """Zhang et al. 2019, section 3.2: labels, the deepest classifier without T^2, and its features as a mean."""
    return (
        (1 - alpha) * F.cross_entropy(logits, labels),
        alpha * kd(logits, deepest.detach(), temperature) / temperature**2,
        weight * F.mse_loss(features, deepest_features.detach()),
    )


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


def logits_of(case):
    shape = case["shape"]
    student = torch.tensor(case["student"]).double().reshape(shape).requires_grad_()
    return student, torch.tensor(case["teacher"]).double().reshape(shape), torch.tensor(case["labels"])


def gradient(loss, *of):
    return [numbers(g) for g in torch.autograd.grad(loss, of, retain_graph=True)]


def standardized_cases(kd_inputs):
    cases = []
    for name, case in kd_inputs.items():
        student, teacher, labels = logits_of(case)
        for temperature in (1, 2):
            s, t = standardized(student), standardized(teacher)
            loss = kd(s, t, temperature)
            tckd, nckd = dkd(s, t, labels, 1, 8, temperature)
            cases.append(
                {
                    "logits": name,
                    "temperature": temperature,
                    "kd": numbers(loss)[0],
                    "kdGradient": gradient(loss, student)[0],
                    "tckd": numbers(tckd)[0],
                    "nckd": numbers(nckd)[0],
                    "dkdGradient": gradient(tckd + nckd, student)[0],
                }
            )
    return cases


def compared(loss, student, teacher):
    s = student.clone().requires_grad_()
    value = loss(s, teacher)
    return {
        "studentShape": list(s.shape),
        "teacherShape": list(teacher.shape),
        "student": numbers(s),
        "teacher": numbers(teacher),
        "loss": numbers(value)[0],
        "gradient": gradient(value, s)[0],
    }


def relation_inputs():
    # An outlier on one side takes the Huber loss beyond its bend.
    teacher = inputs((5, 6), 1, 12)
    teacher[3] *= 8
    return inputs((5, 4), 1, 11), teacher


def dist_cases():
    cases = []
    for shape, seed in (((6, 10), 13), ((5, 2), 15)):
        student, teacher = inputs(shape, 3, seed).requires_grad_(), inputs(shape, 3, seed + 1)
        for temperature in (1, 4):
            inter, intra = dist(student, teacher, temperature)
            cases.append(
                {
                    "shape": list(shape),
                    "student": numbers(student),
                    "teacher": numbers(teacher),
                    "temperature": temperature,
                    "inter": numbers(inter)[0],
                    "intra": numbers(intra)[0],
                    "gradient": gradient(2 * inter + 3 * intra, student)[0],
                }
            )
    return cases


def multi_level_cases(kd_inputs):
    cases = []
    for name, case in kd_inputs.items():
        student, teacher, _ = logits_of(case)
        for temperatures in ([4], [2, 3, 4, 5, 6]):
            instance, batch, classes = multi_level(student, teacher, temperatures)
            cases.append(
                {
                    "logits": name,
                    "temperatures": temperatures,
                    "instance": numbers(instance)[0],
                    "batch": numbers(batch)[0],
                    "class": numbers(classes)[0],
                    "gradient": gradient(instance + 2 * batch + 3 * classes, student)[0],
                }
            )
    return cases


def contrast_case():
    embeddings = F.normalize(inputs((3, 4), 1, 17), dim=1).float().double().requires_grad_()
    bank = F.normalize(inputs((7, 4), 1, 18), dim=1).float().double()
    positions, temperature, partition = [5, 0, 2], 0.07, 900.0
    negatives = [[0, 1, 1, 6, 2], [3, 4, 5, 5, 5], [6, 0, 1, 3, 4]]
    loss = contrast(embeddings, bank, positions, negatives, temperature, partition)
    moved = bank.clone()
    moved[positions] = F.normalize(0.5 * bank[positions] + 0.5 * embeddings.detach(), dim=1)
    return {
        "embeddings": numbers(embeddings),
        "bank": numbers(bank),
        "positions": positions,
        "negatives": negatives,
        "temperature": temperature,
        "partition": partition,
        "loss": numbers(loss)[0],
        "gradient": gradient(loss, embeddings)[0],
        "moved": numbers(moved),
    }


def self_distillation_cases():
    cases = []
    for alpha, temperature, weight in ((0.3, 3, 0.03), (0.7, 1, 2)):
        own = inputs((4, 5), 3, 19).requires_grad_(), inputs((4, 6), 1, 20).requires_grad_()
        deepest, labels = (inputs((4, 5), 3, 21), inputs((4, 6), 1, 22)), torch.tensor([4, 0, 2, 2])
        terms = self_distillation(*own, *deepest, labels, alpha, temperature, weight)
        gradients = gradient(sum(terms), *own)
        cases.append(
            {
                "alpha": alpha,
                "temperature": temperature,
                "hintWeight": weight,
                "logits": numbers(own[0]),
                "features": numbers(own[1]),
                "deepestLogits": numbers(deepest[0]),
                "deepestFeatures": numbers(deepest[1]),
                "labelsOf": labels.tolist(),
                **{name: numbers(term)[0] for name, term in zip(("labels", "deepest", "hint"), terms)},
                "logitsGradient": gradients[0],
                "featuresGradient": gradients[1],
            }
        )
    return cases


def main(path):
    kd_golden = kd_cases()
    golden = {
        "made by": f"tools/oracles/distill.py, PyTorch {torch.__version__}",
        "kd": kd_golden,
        "dkd": dkd_cases(kd_golden["inputs"]),
        "features": feature_cases(),
        "standardized": standardized_cases(kd_golden["inputs"]),
        "similarity": compared(similarity, inputs((4, 3, 3, 4), 1, 9), inputs((4, 2, 2, 5), 1, 10)),
        "distance": compared(relation_distance, *relation_inputs()),
        "angle": compared(relation_angle, *relation_inputs()),
        "dist": dist_cases(),
        "multiLevel": multi_level_cases(kd_golden["inputs"]),
        "contrast": contrast_case(),
        "selfDistillation": self_distillation_cases(),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
