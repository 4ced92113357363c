"""A training step in PyTorch on one device in bf16, eager or compiled, for benchmarks/gpu/run to compare with.

Parameters, moments and gradients are float32, products and attention bfloat16 by autocast: the usual way. A step is forward,
backward, clipping and fused AdamW; every step sees the same random tokens. A batch that does not fit is halved. Prints one
JSON object.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

WARMUP_SECONDS = 2
TIMED_SECONDS = {"cuda": 10, "cpu": 4}
FEWEST_STEPS = 3
MOST_STEPS = 30


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return functional.rms_norm(x, self.weight.shape, self.weight, 1e-5)


def rotate(x, cosine, sine):
    """Turns element i of a head with element i + half."""
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1).to(x.dtype)


class Block(nn.Module):
    """A block of GPT-2 or of Llama."""

    def __init__(self, o):
        super().__init__()
        self.llama = o.architecture == "llama"
        self.heads = o.heads
        norm, bias = (RmsNorm, False) if self.llama else (nn.LayerNorm, True)
        self.norm_1, self.norm_2 = norm(o.width), norm(o.width)
        self.qkv = nn.Linear(o.width, 3 * o.width, bias)
        self.out = nn.Linear(o.width, o.width, bias)
        self.up = nn.Linear(o.width, 2 * o.hidden if self.llama else o.hidden, bias)
        self.down = nn.Linear(o.hidden, o.width, bias)

    def attention(self, x, angles):
        batch, context, width = x.shape
        parts = self.qkv(x).view(batch, context, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind()
        if self.llama:
            query, key = rotate(query, *angles), rotate(key, *angles)
        y = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(batch, context, width))

    def mlp(self, x):
        if self.llama:
            gate, up = self.up(x).chunk(2, -1)
            return self.down(functional.silu(gate) * up)
        return self.down(functional.gelu(self.up(x), approximate="tanh"))

    def forward(self, x, angles):
        x = x + self.attention(self.norm_1(x), angles)
        return x + self.mlp(self.norm_2(x))


class Model(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.llama = o.architecture == "llama"
        self.tokens = nn.Embedding(o.vocabulary, o.width)
        self.positions = None if self.llama else nn.Embedding(o.context, o.width)
        self.blocks = nn.ModuleList(Block(o) for _ in range(o.layers))
        self.norm = RmsNorm(o.width) if self.llama else nn.LayerNorm(o.width)
        self.head = nn.Linear(o.width, o.vocabulary, bias=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, 0.0, 0.02)
        if o.tied:
            self.head.weight = self.tokens.weight
        half = o.width // o.heads // 2
        angles = torch.outer(torch.arange(o.context), 10000.0 ** (-torch.arange(half) / half))
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def forward(self, ids, targets):
        x = self.tokens(ids)
        if not self.llama:
            x = x + self.positions.weight
        for block in self.blocks:
            x = block(x, (self.cosine, self.sine))
        logits = self.head(self.norm(x))
        return functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def stepper(o, batch):
    """A function that takes a step and returns its loss."""
    torch.manual_seed(0)
    model = Model(o).to(o.device)
    groups = [
        {"params": [p for p in model.parameters() if p.dim() == 2], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=o.device == "cuda")
    forward = torch.compile(model) if o.mode == "compile" else model
    tokens = torch.randint(o.vocabulary, (batch * o.context + 1,), device=o.device)
    ids, targets = tokens[:-1].view(batch, -1), tokens[1:].view(batch, -1)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(o.device, dtype=torch.bfloat16):
            loss = forward(ids, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    return step


def measure(o, batch):
    step = stepper(o, batch)
    end = time.perf_counter() + WARMUP_SECONDS
    warm = 0
    while warm < FEWEST_STEPS or time.perf_counter() < end:
        step()
        warm += 1
    times = []
    end = time.perf_counter() + TIMED_SECONDS[o.device]
    while len(times) < FEWEST_STEPS or (len(times) < MOST_STEPS and time.perf_counter() < end):
        start = time.perf_counter()
        loss = step()
        times.append((time.perf_counter() - start) * 1e3)
    median = statistics.median(times)
    return {
        "tokensPerSecond": batch * o.context * 1e3 / median,
        "medianStepMs": median,
        "batch": batch,
        "loss": loss,
        "peakBytes": torch.cuda.max_memory_allocated() if o.device == "cuda" else None,
        "version": torch.__version__,
    }


def largest(o):
    batch = o.batch
    while True:
        try:
            return measure(o, batch)
        except RuntimeError as e:
            if batch == 1 or "out of memory" not in str(e):
                raise
        # Out of the handler, whose exception holds the tensors.
        torch.cuda.empty_cache()
        batch //= 2


def obstacle(o):
    if o.device == "cuda" and not torch.cuda.is_available():
        return "PyTorch " + torch.__version__ + " sees no GPU"
    if not hasattr(functional, "rms_norm") or not hasattr(torch, "compile"):
        return "PyTorch " + torch.__version__ + " is too old; 2.4 or newer is needed"
    return None


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--architecture", choices=["gpt2", "llama"], default="gpt2")
    for name, default in [("layers", 12), ("heads", 12), ("width", 768), ("hidden", 3072), ("context", 1024)]:
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--vocabulary", type=int, default=50304)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--tied", action="store_true")
    return parser.parse_args()


def main():
    o = arguments()
    if o.device == "cpu":
        torch.set_num_threads(1)
    reason = obstacle(o)
    print(json.dumps({"notRun": reason} if reason else largest(o)))


if __name__ == "__main__":
    main()
