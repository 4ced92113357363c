"""GPT-2's transformer as nanoGPT has it (https://github.com/karpathy/nanoGPT).

Pre-norm blocks, biases, learned positions, tied lm_head, tanh GELU, no dropout.
"""

import torch
from layers import CausalAttention, Linear, linear
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    """Causal self-attention in float32."""

    def __init__(self, options):
        super().__init__()
        self.heads = options.heads
        self.c_attn = Linear(options.width, 3 * options.width, options.precision)
        self.c_proj = Linear(options.width, options.width, options.precision)
        self.attention = CausalAttention(options.context, queries_per_key=1)

    def forward(self, x):
        batch, context, width = x.shape
        by_head = (batch, context, self.heads, width // self.heads)
        parts = self.c_attn(x).split(width, 2)
        y = self.attention(*(part.reshape(by_head).transpose(1, 2).float() for part in parts))
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


class Gpt2(nn.Module):
    residual_projections = ("c_proj.weight",)

    def __init__(self, options):
        super().__init__()
        self.precision = options.precision
        self.wte = nn.Embedding(options.vocabulary, options.width)
        self.wpe = nn.Embedding(options.context, options.width)
        self.blocks = nn.ModuleList(Block(options) for _ in range(options.layers))
        self.ln_f = nn.LayerNorm(options.width)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return linear(self.ln_f(x), self.wte.weight, None, self.precision)
