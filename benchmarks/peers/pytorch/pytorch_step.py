"""A training step in PyTorch, timed as `kindling bench step` times its own.

A step is forward, backward, clipping to a norm of 1 and AdamW with weight decay on matrices only;
every step sees the same random tokens. Prints one JSON object. gpt2.py and llama.py are the models.

    OMP_NUM_THREADS=1 /usr/bin/python3 pytorch_step.py --layers 4 --heads 4 --width 128 \
        --context 64 --vocabulary 65 --batch 12
    OMP_NUM_THREADS=1 /usr/bin/python3 pytorch_step.py --architecture llama --layers 6 --heads 6 \
        --kv-heads 2 --width 384 --hidden 1024 --context 256 --vocabulary 4096 --batch 8
"""

import argparse
import json
import statistics
import time

import torch
from gpt2 import Gpt2
from layers import initialize
from llama import Llama
from torch import nn
from torch.nn import functional

ARCHITECTURES = {"gpt2": Gpt2, "llama": Llama}
SEED = 0
FEWEST_WARMUP_STEPS = 3


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
    logits = model(ids).float()
    loss = functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    value = loss.item()
    return (time.perf_counter() - start) * 1e3, value


def measure(options):
    model = ARCHITECTURES[options.architecture](options)
    # The same numbers as LibtorchStep's: layers drew some of their own when they were made.
    torch.manual_seed(SEED)
    initialize(model, options.layers)
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
    parser.add_argument("--architecture", choices=tuple(ARCHITECTURES), default="gpt2")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--kv-heads", type=int, help="llama only; as many as heads by default")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--hidden", type=int, help="of the MLP; llama needs it, gpt2 has 4 times the width")
    parser.add_argument("--context", type=int, default=64)
    parser.add_argument("--vocabulary", type=int, default=65)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--warmup-seconds", type=float, default=10)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    options = parser.parse_args()
    complete(options, parser)
    refuse(options, parser)
    return options


def complete(options, parser):
    """Fills in what follows from the architecture."""
    if options.architecture == "gpt2":
        if options.kv_heads or options.hidden:
            parser.error("--kv-heads and --hidden need --architecture llama")
        options.hidden = 4 * options.width
    elif options.hidden is None:
        parser.error("--architecture llama needs --hidden")
    if options.kv_heads is None:
        options.kv_heads = options.heads


def refuse(options, parser):
    """Ends the program if the sizes make no model."""
    sizes = ("layers", "heads", "kv_heads", "width", "hidden", "context", "vocabulary", "batch", "steps")
    for name in sizes:
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if options.width % options.heads:
        parser.error(f"--heads {options.heads} does not divide --width {options.width}")
    if options.heads % options.kv_heads:
        parser.error(f"--kv-heads {options.kv_heads} does not divide --heads {options.heads}")
    if options.architecture == "llama" and options.width // options.heads % 2:
        parser.error(f"rotary positions need an even head size, found {options.width // options.heads}")


def main():
    options = parse()
    torch.set_num_threads(1)
    result = measure(options)
    result.update({k: v for k, v in vars(options).items() if k != "warmup_seconds"})
    result["library"] = "PyTorch " + torch.__version__
    print(json.dumps(result))


if __name__ == "__main__":
    main()
