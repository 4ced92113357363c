package org.kindling.torch;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.BoolArrayRef;
import org.bytedeco.pytorch.BooleanList;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Attention without a square of probabilities, by libtorch's own kernels for a device: forward
 * leaves the output and a logarithm a row, from which backward computes the rest again.
 *
 * @see <a href="https://arxiv.org/abs/2307.08691">Dao 2023, FlashAttention-2</a>
 */
enum FusedAttention {
  /** On the CPU: any width of heads, any mask; products in float32. */
  CPU("_scaled_dot_product_flash_attention_for_cpu") {
    @Override
    Result forward(Inputs in) {
      return result(
          Operators.call(operator, in.q, in.k, in.v, 0.0, in.isCausal(), in.mask, in.scale));
    }

    @Override
    IValueVector backward(Inputs in, Result kept, Tensor dOut) {
      return Operators.call(
          operator + BACKWARD,
          dOut,
          in.q,
          in.k,
          in.v,
          kept.out,
          kept.logSum,
          0.0,
          in.isCausal(),
          in.mask,
          in.scale);
    }
  },

  /** On GPUs from Ampere, in bfloat16: all positions before, heads of a multiple of 8 up to 256. */
  FLASH("_scaled_dot_product_flash_attention") {
    @Override
    Result forward(Inputs in) {
      return result(
          Operators.call(operator, in.q, in.k, in.v, 0.0, in.isCausal(), false, in.scale));
    }

    @Override
    IValueVector backward(Inputs in, Result kept, Tensor dOut) {
      // Sequences of equal length have no list of lengths; without dropout nobody reads the seeds.
      Tensor none = new Tensor();
      Tensor seeds = seeds(dOut);
      return Operators.call(
          operator + BACKWARD,
          dOut,
          in.q,
          in.k,
          in.v,
          kept.out,
          kept.logSum,
          none,
          none,
          in.q.size(2),
          in.k.size(2),
          0.0,
          in.isCausal(),
          seeds,
          seeds,
          in.scale);
    }
  },

  /** On any GPU, in float32 or bfloat16: any mask, heads of a multiple of 8. */
  EFFICIENT("_scaled_dot_product_efficient_attention") {
    @Override
    Result forward(Inputs in) {
      return result(
          Operators.call(operator, in.q, in.k, in.v, in.mask, true, 0.0, in.isCausal(), in.scale));
    }

    @Override
    IValueVector backward(Inputs in, Result kept, Tensor dOut) {
      Tensor mask = in.mask == null ? new Tensor() : in.mask;
      Tensor seeds = seeds(dOut);
      return Operators.call(
          operator + BACKWARD,
          dOut,
          in.q,
          in.k,
          in.v,
          mask,
          kept.out,
          kept.logSum,
          seeds,
          seeds,
          0.0,
          wanted(),
          in.isCausal(),
          in.scale);
    }
  };

  /** Rows of logarithms are kept for a multiple of this, which {@link #EFFICIENT} pads to. */
  static final int ROWS = 32;

  private static final String BACKWARD = "_backward";

  final String operator;

  FusedAttention(String operator) {
    this.operator = operator;
  }

  /**
   * What attention reads.
   *
   * @param q [batch, heads, queries, width]
   * @param k [batch, key heads, keys, width]; of {@link #CPU} and {@link #EFFICIENT} as many heads
   *     as q
   * @param v like k
   * @param mask [batch or 1, 1, queries, keys], added to scores; null if a query sees all before it
   * @param scale on scores
   */
  record Inputs(Tensor q, Tensor k, Tensor v, Tensor mask, double scale) {
    boolean isCausal() {
      return mask == null;
    }
  }

  /**
   * What backward wants of forward.
   *
   * @param out [batch, heads, queries, width]
   * @param logSum [batch, heads, queries], of the exponentials of scores
   */
  record Result(Tensor out, Tensor logSum) {}

  abstract Result forward(Inputs in);

  /** Gradients of queries, keys and values at its first three positions. */
  abstract IValueVector backward(Inputs in, Result kept, Tensor dOut);

  private static Tensor seeds(Tensor like) {
    TensorOptions longs = new TensorOptions(ScalarType.Long);
    return torch.zeros(new long[] {1}, longs.device(new DeviceOptional(like.device())));
  }

  private static Result result(IValueVector returned) {
    return new Result(Operators.tensor(returned, 0), Operators.tensor(returned, 1));
  }

  /** Of queries, keys and values, and none of the mask. */
  private static IValue wanted() {
    BoolPointer values = new BoolPointer(4);
    for (int i = 0; i < 4; i++) {
      values.put(i, i < 3);
    }
    return new IValue(new GenericList(new BooleanList(new BoolArrayRef(values, 4))));
  }
}
