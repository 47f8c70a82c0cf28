"""Keeps a network away from the kinks of its activations.

ReLU's derivative jumps at 0, and those of ReLU6, hard-swish and hard-sigmoid at their corners. A value within rounding
of such a corner falls on either side of it, and moves the gradients by far more than rounding does: PyTorch's own
gradients in single and in double precision then differ by up to a hundredth. Gradients are only comparable where no
value comes that close.
"""

from __future__ import annotations

import torch
from torch import nn

CORNERS = {
    nn.ReLU: (0.0,),
    nn.ReLU6: (0.0, 6.0),
    nn.Hardswish: (-3.0, 3.0),
    nn.Hardsigmoid: (-3.0, 3.0),
}


def avoid_kinks(model: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Moves biases, each a little and to a float32 value, until in training mode every input of an activation is at
    least a margin away from the activation's corners.

    The margin is 0.001, or 0.1 divided by the number of a channel's values, where those are many and so always a few
    lie close. Those are the early layers, whose values are exact to a millionth; normalization over few values, layer
    upon layer, makes errors grow.

    Works through the network in the order of its layers: the bias added last before an activation decides where its
    values lie. Gives the biases that were moved, by name.
    """
    names = {module: name for name, module in model.named_modules()}
    state = {key: value.clone() for key, value in model.state_dict().items()}
    last_biased: list[nn.Module] = []
    moved: dict[str, torch.Tensor] = {}

    def remember(module, _inputs, _output):
        last_biased[:] = [module]

    def move(activation, inputs):
        module = last_biased[0]
        shifted = inputs[0].clone()
        margin = min(1e-3, 0.1 / shifted[:, 0].numel())
        for channel in range(shifted.shape[1]):
            values = shifted[:, channel]
            bias = module.bias.data[channel].item()
            for step in range(1000):
                # 0, 1, -1, 2, -2, ... times twice the margin
                offset = 2 * margin * ((step + 1) // 2) * (1 if step % 2 else -1)
                target = torch.tensor(bias + offset).float().double() if step else module.bias.data[channel].double()
                candidate = values + (target - bias)
                if all((candidate - corner).abs().min() > margin for corner in CORNERS[type(activation)]):
                    break
            else:
                raise RuntimeError(f"{names[module]}: no bias of channel {channel} keeps {margin} away from the corners")
            if step:
                shifted[:, channel] = candidate
                module.bias.data[channel] = target
                moved[f"{names[module]}.bias"] = module.bias.data
        return (shifted, *inputs[1:])

    hooks = []
    for module in model.modules():
        if type(module) in CORNERS:
            hooks.append(module.register_forward_pre_hook(move))
        elif getattr(module, "bias", None) is not None:
            hooks.append(module.register_forward_hook(remember))
    # In place, an activation would write over what the hooks look at.
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    model.train()
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    moved = {key: value.clone() for key, value in moved.items()}
    model.load_state_dict({**state, **moved})
    return moved
