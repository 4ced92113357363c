package org.kindling.kernels;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Forward products in float32 with copies of weights in the layouts that oneDNN likes best: for few
 * rows a product would otherwise spend as long on rearranging the weights as on multiplying (a step
 * of 32 sequences at width 384 takes a third less time). Backward products and those of fewer than
 * {@link #FEWEST_ROWS} rows are BLAS's.
 */
final class PackedProducts implements MatrixProducts {
  /** With fewer, reading the weights is all that counts. */
  private static final int FEWEST_ROWS = 8;

  private final OneDnn dnn = new OneDnn();
  private final BlasProducts blas = new BlasProducts(Blas.best());

  /** By the weight's value; all products of a weight share its copy. */
  private final Map<Tensor, List<Product>> products = new IdentityHashMap<>();

  /** A product with one weight, for a number of rows. */
  private record Product(int rows, int stride, OneDnnOperation operation, Bf16Map.Packed copy) {}

  @Override
  public Precision precision() {
    return Precision.FP32;
  }

  @Override
  public long copiesBytes(long weights, long inputs, long outputs) {
    return Math.multiplyExact(Float.BYTES, weights);
  }

  @Override
  public void linear(Linear layer, int rows, CpuTensor x, CpuTensor y) {
    if (rows < FEWEST_ROWS) {
      blas.linear(layer, rows, x, y);
      return;
    }
    int outputs = layer.outputs();
    Product product = find(layer.weight(), rows, outputs);
    if (product == null) {
      product = make(layer, rows, outputs);
    }
    OneDnnOperation operation = product.operation();
    operation.source(x.bytes(0)).right(product.copy().upToDate()).target(y.bytes(0));
    if (layer.bias() != null) {
      operation.bias(CpuTensor.of(layer.bias().value()).bytes(0));
    }
    dnn.run(operation);
  }

  @Override
  public void logits(OutputHead head, Rows rows, CpuTensor x, Logits logits) {
    if (rows.count() < FEWEST_ROWS) {
      blas.logits(head, rows, x, logits);
      return;
    }
    Linear.Layout layout = Linear.Layout.OUTPUTS_FIRST;
    Linear layer = new Linear(head.width(), head.vocabulary(), layout, head.weight(), null);
    Product product = find(head.weight(), rows.count(), logits.stride());
    if (product == null) {
      product = make(layer, rows.count(), logits.stride());
    }
    long at = (long) rows.first() * head.width();
    OneDnnOperation operation = product.operation().source(x.bytes(at));
    operation.right(product.copy().upToDate()).target(logits.tensor().bytes(0));
    dnn.run(operation);
  }

  private Product find(Parameter weight, int rows, int stride) {
    for (Product product : products.getOrDefault(weight.value(), List.of())) {
      if (product.rows() == rows && product.stride() == stride) {
        return product;
      }
    }
    return null;
  }

  /**
   * @param stride elements from one row of y to the next
   */
  private Product make(Linear layer, int rows, int stride) {
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    List<Product> known =
        products.computeIfAbsent(layer.weight().value(), weight -> new ArrayList<>());
    dnnl_memory_desc x = dnn.floats(rows, inputs, inputs);
    dnnl_memory_desc y = dnn.floats(rows, outputs, stride);
    dnnl_memory_desc w =
        known.isEmpty() ? dnn.packedFloats(inputs, outputs) : known.get(0).copy().format;
    OneDnnOperation operation =
        layer.bias() == null
            ? dnn.product(x, w, y)
            : dnn.affineProduct(x, w, dnn.floats(1, outputs, outputs), y);
    Bf16Map.Packed copy = known.isEmpty() ? copy(layer, operation) : known.get(0).copy();
    Product product = new Product(rows, stride, operation, copy);
    known.add(product);
    return product;
  }

  private Bf16Map.Packed copy(Linear layer, OneDnnOperation operation) {
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    dnnl_memory_desc master =
        layer.layout() == Linear.Layout.INPUTS_FIRST
            ? dnn.floats(inputs, outputs, outputs)
            : dnn.transposedFloats(inputs, outputs);
    CpuTensor weight = CpuTensor.of(layer.weight().value());
    return new Bf16Map.Packed(dnn, weight, master, operation.rightFormat());
  }

  @Override
  public void linearBackward(Linear layer, int rows, CpuTensor x, CpuTensor dy, CpuTensor dx) {
    blas.linearBackward(layer, rows, x, dy, dx);
  }

  @Override
  public void logitsBackward(
      OutputHead head, Rows rows, CpuTensor x, Logits dLogits, CpuTensor dx) {
    blas.logitsBackward(head, rows, x, dLogits, dx);
  }

  @Override
  public void close() {
    dnn.close();
    products.values().forEach(all -> all.get(0).copy().close());
    products.clear();
    blas.close();
  }
}
