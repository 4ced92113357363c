"""Llama's transformer: RMS norms, rotary positions, grouped-query attention, SwiGLU, no biases, untied lm_head."""

import torch
from layers import CausalAttention, Linear
from torch import nn
from torch.nn import functional

NORM_EPSILON = 1e-5
ROTARY_BASE = 10000.0


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        if hasattr(functional, "rms_norm"):
            return functional.rms_norm(x, self.weight.shape, self.weight, NORM_EPSILON)
        mean_square = x.norm(dim=-1, keepdim=True).square() / x.shape[-1]
        return x * (mean_square + NORM_EPSILON).rsqrt() * self.weight


class Rotary(nn.Module):
    """Rotates element i of a head with element i + half, [batch, context, heads, head size]."""

    def __init__(self, context, head_size):
        super().__init__()
        frequencies = ROTARY_BASE ** (-torch.arange(0, head_size, 2).float() / head_size)
        angles = torch.outer(torch.arange(context).float(), frequencies)
        cosine, sine = angles.cos(), angles.sin()
        by_position = (context, 1, head_size)
        self.register_buffer("cosine", torch.cat((cosine, cosine), 1).view(by_position), persistent=False)
        self.register_buffer("sine", torch.cat((-sine, sine), 1).view(by_position), persistent=False)

    def forward(self, x):
        swapped = x.unflatten(-1, (2, x.shape[-1] // 2)).flip(-2).flatten(-2)
        return torch.addcmul(x * self.cosine, swapped, self.sine)


class Attention(nn.Module):
    """Grouped-query attention in float32; query, key and value are one product."""

    def __init__(self, options):
        super().__init__()
        self.heads = options.heads
        self.kv_heads = options.kv_heads
        self.head_size = options.width // options.heads
        outputs = (self.heads + 2 * self.kv_heads) * self.head_size
        self.qkv_proj = Linear(options.width, outputs, options.precision, bias=False)
        self.o_proj = Linear(options.width, options.width, options.precision, bias=False)
        self.rotary = Rotary(options.context, self.head_size)
        self.attention = CausalAttention(options.context, self.heads // self.kv_heads)

    def forward(self, x):
        batch, context, width = x.shape
        all_heads = self.qkv_proj(x).view(batch, context, -1, self.head_size).float()
        rotated, value = all_heads.split((self.heads + self.kv_heads, self.kv_heads), 2)
        query, key = self.rotary(rotated).split((self.heads, self.kv_heads), 2)
        y = self.attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
        return self.o_proj(y.transpose(1, 2).reshape(batch, context, width))


class Mlp(nn.Module):
    """SwiGLU; gate and up projection are one product."""

    def __init__(self, options):
        super().__init__()
        self.gate_up_proj = Linear(options.width, 2 * options.hidden, options.precision, bias=False)
        self.down_proj = Linear(options.hidden, options.width, options.precision, bias=False)

    def forward(self, x):
        gate, up = self.gate_up_proj(x).chunk(2, -1)
        return self.down_proj(functional.silu(gate) * up)


class Block(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.input_norm = RmsNorm(options.width)
        self.attention = Attention(options)
        self.mlp_norm = RmsNorm(options.width)
        self.mlp = Mlp(options)

    def forward(self, x):
        x = x + self.attention(self.input_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class Llama(nn.Module):
    residual_projections = ("o_proj.weight", "down_proj.weight")

    def __init__(self, options):
        super().__init__()
        self.embedding = nn.Embedding(options.vocabulary, options.width)
        self.blocks = nn.ModuleList(Block(options) for _ in range(options.layers))
        self.norm = RmsNorm(options.width)
        self.lm_head = Linear(options.width, options.vocabulary, options.precision, bias=False)

    def forward(self, ids):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x)
        return self.lm_head(self.norm(x))
