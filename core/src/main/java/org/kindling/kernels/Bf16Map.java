package org.kindling.kernels;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * One weight matrix W [inputs, outputs] in bfloat16 and the products with it, for a certain number
 * of rows: y = x · W and its backward. {@link Copies} of W and of its transpose, in the layouts
 * that the products like best, are renewed when the parameter has changed, which is once per
 * optimizer step.
 */
final class Bf16Map implements AutoCloseable {
  /**
   * x is [rows, inputs] and dense, y is [rows, outputs].
   *
   * @param stride elements from one row of y to the next
   * @param layout how the parameter lies in memory
   * @param biased whether a bias comes with it
   */
  record Shape(
      int rows, int inputs, int outputs, int stride, Linear.Layout layout, boolean biased) {}

  /** Room for x and dy in bfloat16, shared by all maps of one thread. */
  record Rounded(Workspace x, Workspace dy) {}

  private final OneDnn dnn;
  private final Shape shape;
  private final Rounded rounded;
  private final CpuTensor weightGradient;
  private final OneDnnOperation roundX;
  private final OneDnnOperation roundDy;
  private final OneDnnOperation forward;
  private final OneDnnOperation toInput;
  private final OneDnnOperation toWeight;
  private final Copies copies;

  /**
   * W and its transpose, 2 bytes per element each, for any number of rows: the first products that
   * want them choose their layouts.
   */
  record Copies(Packed direct, Packed transposed) implements AutoCloseable {
    @Override
    public void close() {
      direct.close();
      transposed.close();
    }
  }

  /** A copy of W or its transpose as a product wants it. */
  static final class Packed implements AutoCloseable {
    final dnnl_memory_desc format;
    private final OneDnn dnn;
    private final CpuTensor master;
    private final CpuTensor copy;
    private final OneDnnOperation conversion;
    private long version = -1;

    Packed(OneDnn dnn, CpuTensor master, dnnl_memory_desc from, dnnl_memory_desc to) {
      this.format = to;
      this.dnn = dnn;
      this.master = master;
      copy = new CpuTensor((OneDnnOperation.bytes(to) + Float.BYTES - 1) / Float.BYTES);
      conversion = dnn.conversion(from, to);
    }

    Pointer upToDate() {
      if (version != master.version()) {
        dnn.run(conversion.source(master.bytes(0)).target(copy.bytes(0)));
        version = master.version();
      }
      return copy.bytes(0);
    }

    @Override
    public void close() {
      copy.close();
    }
  }

  /**
   * @param known copies of another map of the same weight, or null
   */
  Bf16Map(OneDnn dnn, Shape shape, Parameter weight, Rounded rounded, Copies known) {
    this.dnn = dnn;
    this.shape = shape;
    this.rounded = rounded;
    this.weightGradient = CpuTensor.of(weight.gradient());
    int rows = shape.rows();
    int inputs = shape.inputs();
    int outputs = shape.outputs();
    int stride = shape.stride();
    rounded.x().atLeast((long) Short.BYTES * rows * inputs);
    rounded.dy().atLeast((long) Short.BYTES * rows * stride);
    dnnl_memory_desc x = dnn.halves(rows, inputs, inputs);
    dnnl_memory_desc dx = dnn.floats(rows, inputs, inputs);
    dnnl_memory_desc y = dnn.floats(rows, outputs, stride);
    dnnl_memory_desc dy = dnn.halves(rows, outputs, stride);
    roundX = dnn.conversion(dx, x);
    roundDy = dnn.conversion(y, dy);
    dnnl_memory_desc w = known == null ? dnn.packedHalves(inputs, outputs) : known.direct().format;
    dnnl_memory_desc wTransposed =
        known == null ? dnn.packedHalves(outputs, inputs) : known.transposed().format;
    boolean inputsFirst = shape.layout() == Linear.Layout.INPUTS_FIRST;
    forward =
        shape.biased()
            ? dnn.affineProduct(x, w, dnn.floats(1, outputs, outputs), y)
            : dnn.product(x, w, y);
    toInput = dnn.product(dy, wTransposed, dx);
    dnnl_memory_desc direct =
        inputsFirst ? dnn.floats(inputs, outputs, outputs) : dnn.floats(outputs, inputs, inputs);
    dnnl_memory_desc transposed =
        inputsFirst ? dnn.transposedFloats(outputs, inputs) : dnn.transposedFloats(inputs, outputs);
    toWeight =
        inputsFirst
            ? dnn.addedProduct(dnn.transposedHalves(inputs, rows, inputs), dy, direct)
            : dnn.addedProduct(dnn.transposedHalves(outputs, rows, stride), x, direct);
    if (known != null) {
      copies = known;
      return;
    }
    CpuTensor master = CpuTensor.of(weight.value());
    copies =
        new Copies(
            new Packed(dnn, master, inputsFirst ? direct : transposed, forward.rightFormat()),
            new Packed(dnn, master, inputsFirst ? transposed : direct, toInput.rightFormat()));
  }

  Copies copies() {
    return copies;
  }

  boolean isFor(int rows, int stride) {
    return shape.rows() == rows && shape.stride() == stride;
  }

  /**
   * y = x · W, plus the bias if there is one.
   *
   * @param bias null if it has none
   */
  void forward(BytePointer x, CpuTensor bias, BytePointer y) {
    Pointer input = rounded.x().address();
    dnn.run(roundX.source(x).target(input));
    forward.source(input).right(copies.direct().upToDate()).target(y);
    if (shape.biased()) {
      forward.bias(bias.bytes(0));
    }
    dnn.run(forward);
  }

  /** Adds to the gradient of the parameter, and dx = dy · Wᵀ. */
  void backward(BytePointer x, BytePointer dy, BytePointer dx) {
    Pointer input = rounded.x().address();
    Pointer output = rounded.dy().address();
    dnn.run(roundX.source(x).target(input));
    dnn.run(roundDy.source(dy).target(output));
    boolean inputsFirst = shape.layout() == Linear.Layout.INPUTS_FIRST;
    toWeight.source(inputsFirst ? input : output).right(inputsFirst ? output : input);
    dnn.run(toWeight.target(weightGradient.bytes(0)));
    dnn.run(toInput.source(output).right(copies.transposed().upToDate()).target(dx));
  }

  /** Closes what all maps of the weight share; the operations are closed with {@link OneDnn}. */
  @Override
  public void close() {
    copies.close();
  }
}
