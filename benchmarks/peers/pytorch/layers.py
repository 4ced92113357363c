"""What both models are made of: linear layers in either precision, attention, and their init."""

import math

import torch
from torch import nn
from torch.nn import functional

STANDARD_DEVIATION = 0.02


class Linear(nn.Linear):
    """nn.Linear whose product is taken in bfloat16 if asked; parameters stay float32."""

    def __init__(self, inputs, outputs, precision, bias=True):
        super().__init__(inputs, outputs, bias)
        self.precision = precision

    def forward(self, x):
        return linear(x, self.weight, self.bias, self.precision)


def linear(x, weight, bias, precision):
    if precision == "bf16":
        bias = None if bias is None else bias.bfloat16()
        return functional.linear(x.bfloat16(), weight.bfloat16(), bias)
    return functional.linear(x, weight, bias)


class CausalAttention(nn.Module):
    """Attention of [batch, heads, context, head size] to keys and values of as many heads or a divisor of them."""

    def __init__(self, context, queries_per_key):
        super().__init__()
        self.queries_per_key = queries_per_key
        hidden = torch.ones(context, context, dtype=torch.bool).triu(1)
        mask = torch.zeros(context, context).masked_fill(hidden, float("-inf"))
        self.register_buffer("mask", mask.repeat(queries_per_key, 1), persistent=False)

    def forward(self, query, key, value):
        if hasattr(functional, "scaled_dot_product_attention"):
            return functional.scaled_dot_product_attention(
                query, self.repeated(key), self.repeated(value), is_causal=True
            )
        return self.plain(query, key, value)

    def repeated(self, x):
        """A key or value for every query head, which is faster than enable_gqa on a CPU."""
        batch, heads, context, size = x.shape
        copies = x.unsqueeze(2).expand(batch, heads, self.queries_per_key, context, size)
        return copies.reshape(batch, heads * self.queries_per_key, context, size)

    def plain(self, query, key, value):
        """For versions without the above. All queries of a key head are one matrix: no key is repeated."""
        batch, key_heads, context, size = key.shape
        products = batch * key_heads
        query_rows = query.reshape(products, self.queries_per_key * context, size)
        key, value = (x.reshape(products, context, size) for x in (key, value))
        scores = torch.baddbmm(self.mask, query_rows, key.transpose(1, 2), alpha=1 / math.sqrt(size))
        return torch.bmm(functional.softmax(scores, dim=-1), value).view(query.shape)


def initialize(model, layers):
    """Normal matrices, smaller ones where they end a residual branch; zero biases; gains are one already."""
    for name, parameter in model.named_parameters():
        if parameter.dim() == 2:
            residual = name.endswith(model.residual_projections)
            standard_deviation = STANDARD_DEVIATION / math.sqrt(2 * layers) if residual else STANDARD_DEVIATION
            nn.init.normal_(parameter, 0.0, standard_deviation)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
