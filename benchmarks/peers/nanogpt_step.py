"""A training step of GPT-2's transformer in PyTorch, timed as `kindling bench step` times its own.

The model is nanoGPT's (https://github.com/karpathy/nanoGPT): pre-norm blocks, biases, learned
positions, tied unembedding, tanh GELU, no dropout. A step is forward, backward, clipping to a norm
of 1 and AdamW with weight decay on matrices only; every step sees the same random tokens. Prints
one JSON object.

    OMP_NUM_THREADS=1 /usr/bin/python3 nanogpt_step.py --layers 4 --heads 4 --width 128 \
        --context 64 --vocabulary 65 --batch 12
"""

import argparse
import json
import math
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

FEWEST_WARMUP_STEPS = 3


class Linear(nn.Linear):
    """nn.Linear whose product is taken in bfloat16 if asked; parameters stay float32."""

    def __init__(self, inputs, outputs, precision):
        super().__init__(inputs, outputs)
        self.precision = precision

    def forward(self, x):
        return linear(x, self.weight, self.bias, self.precision)


def linear(x, weight, bias, precision):
    if precision == "bf16":
        bias = None if bias is None else bias.bfloat16()
        return functional.linear(x.bfloat16(), weight.bfloat16(), bias)
    return functional.linear(x, weight, bias)


class Attention(nn.Module):
    """Causal self-attention in float32."""

    def __init__(self, options):
        super().__init__()
        self.heads = options.heads
        self.c_attn = Linear(options.width, 3 * options.width, options.precision)
        self.c_proj = Linear(options.width, options.width, options.precision)
        visible = torch.ones(options.context, options.context, dtype=torch.bool).tril()
        self.register_buffer("hidden", ~visible, persistent=False)

    def forward(self, x):
        batch, context, width = x.shape
        by_head = (batch, context, self.heads, width // self.heads)
        q, k, v = (
            part.reshape(by_head).transpose(1, 2).float() for part in self.c_attn(x).split(width, 2)
        )
        if hasattr(functional, "scaled_dot_product_attention"):
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) * (1 / math.sqrt(by_head[3]))
            scores = scores.masked_fill(self.hidden, float("-inf"))
            y = functional.softmax(scores, dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).reshape(batch, context, width))


class Block(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.ln_1 = nn.LayerNorm(options.width)
        self.attn = Attention(options)
        self.ln_2 = nn.LayerNorm(options.width)
        self.c_fc = Linear(options.width, 4 * options.width, options.precision)
        self.c_proj = Linear(4 * options.width, options.width, options.precision)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        hidden = functional.gelu(self.c_fc(self.ln_2(x)), approximate="tanh")
        return x + self.c_proj(hidden)


class Gpt(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.precision = options.precision
        self.wte = nn.Embedding(options.vocabulary, options.width)
        self.wpe = nn.Embedding(options.context, options.width)
        self.blocks = nn.ModuleList(Block(options) for _ in range(options.layers))
        self.ln_f = nn.LayerNorm(options.width)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith("c_proj.weight")
                deviation = 0.02 / math.sqrt(2 * options.layers) if residual else 0.02
                nn.init.normal_(parameter, 0.0, deviation)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = linear(self.ln_f(x), self.wte.weight, None, self.precision).float()
        return functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def optimizer_of(model):
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": 0.1},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8)


def step(model, optimizer, ids, targets):
    """Takes one step; its milliseconds and its loss."""
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = model(ids, targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    value = loss.item()
    return (time.perf_counter() - start) * 1e3, value


def measure(options):
    torch.manual_seed(0)
    model = Gpt(options)
    optimizer = optimizer_of(model)
    tokens = torch.randint(options.vocabulary, (options.batch * options.context + 1,))
    shape = (options.batch, options.context)
    ids, targets = tokens[:-1].view(shape), tokens[1:].view(shape)
    first, _ = step(model, optimizer, ids, targets)
    warmup_steps = 1
    end = time.perf_counter() + options.warmup_seconds
    while warmup_steps < FEWEST_WARMUP_STEPS or time.perf_counter() < end:
        step(model, optimizer, ids, targets)
        warmup_steps += 1
    timed = [step(model, optimizer, ids, targets) for _ in range(options.steps)]
    milliseconds = statistics.median(time_and_loss[0] for time_and_loss in timed)
    parameters = sum(p.numel() for p in model.parameters())
    flops_per_token = 6 * parameters + 12 * options.layers * options.context * options.width
    tokens_per_second = options.batch * options.context * 1e3 / milliseconds
    return {
        "medianStepMs": round(milliseconds, 4),
        "tokensPerSecond": round(tokens_per_second, 4),
        "gflops": round(tokens_per_second * flops_per_token / 1e9, 4),
        "warmupSteps": warmup_steps,
        "firstStepMs": round(first, 4),
        "loss": timed[-1][1],
        "parameters": parameters,
    }


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--context", type=int, default=64)
    parser.add_argument("--vocabulary", type=int, default=65)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--warmup-seconds", type=float, default=10)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    options = parser.parse_args()
    if options.width % options.heads:
        parser.error(f"--heads {options.heads} does not divide --width {options.width}")
    if min(options.layers, options.vocabulary, options.batch, options.context, options.steps) < 1:
        parser.error("layers, vocabulary, batch, context and steps must be at least 1")
    return options


def main():
    options = parse()
    torch.set_num_threads(1)
    result = measure(options)
    result.update({k: v for k, v in vars(options).items() if k != "warmup_seconds"})
    result["library"] = "PyTorch " + torch.__version__
    print(json.dumps(result))


if __name__ == "__main__":
    main()
