package org.kindling.kernels;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Matrix products of bfloat16 factors with float32 sums, by oneDNN. Everything is made when a
 * weight matrix is first seen with a number of rows, and kept.
 */
final class Bf16Products implements MatrixProducts {
  /** oneDNN's working memory for a weight's gradient: 0.6 to 3.4 MB over all shapes tried. */
  private static final long WORKING_BYTES = 3L << 20;

  private final OneDnn dnn = new OneDnn();
  private final Bf16Map.Rounded rounded = new Bf16Map.Rounded(new Workspace(), new Workspace());

  /** By the weight's value; all maps of a weight share its copies. */
  private final Map<Tensor, List<Bf16Map>> maps = new IdentityHashMap<>();

  @Override
  public Precision precision() {
    return Precision.BF16;
  }

  /** Of weights, the matrix and its transpose. */
  @Override
  public long copiesBytes(long weights, long inputs, long outputs) {
    long halves = Math.addExact(Math.multiplyExact(2, weights), Math.addExact(inputs, outputs));
    return Math.addExact(Math.multiplyExact(Short.BYTES, halves), WORKING_BYTES);
  }

  @Override
  public void linear(Linear layer, int rows, CpuTensor x, CpuTensor y) {
    CpuTensor bias = layer.bias() == null ? null : CpuTensor.of(layer.bias().value());
    map(layer, rows).forward(x.bytes(0), bias, y.bytes(0));
  }

  @Override
  public void linearBackward(Linear layer, int rows, CpuTensor x, CpuTensor dy, CpuTensor dx) {
    map(layer, rows).backward(x.bytes(0), dy.bytes(0), dx.bytes(0));
  }

  @Override
  public void logits(OutputHead head, Rows rows, CpuTensor x, Logits logits) {
    long at = (long) rows.first() * head.width();
    map(head, rows.count(), logits.stride()).forward(x.bytes(at), null, logits.tensor().bytes(0));
  }

  @Override
  public void logitsBackward(
      OutputHead head, Rows rows, CpuTensor x, Logits dLogits, CpuTensor dx) {
    long at = (long) rows.first() * head.width();
    Bf16Map map = map(head, rows.count(), dLogits.stride());
    map.backward(x.bytes(at), dLogits.tensor().bytes(0), dx.bytes(at));
  }

  private Bf16Map map(Linear layer, int rows) {
    int outputs = layer.outputs();
    Bf16Map known = find(layer.weight(), rows, outputs);
    return known != null
        ? known
        : make(
            new Bf16Map.Shape(
                rows, layer.inputs(), outputs, outputs, layer.layout(), layer.bias() != null),
            layer.weight());
  }

  private Bf16Map map(OutputHead head, int rows, int stride) {
    Bf16Map known = find(head.weight(), rows, stride);
    return known != null
        ? known
        : make(
            new Bf16Map.Shape(
                rows, head.width(), head.vocabulary(), stride, Linear.Layout.OUTPUTS_FIRST, false),
            head.weight());
  }

  private Bf16Map find(Parameter weight, int rows, int stride) {
    List<Bf16Map> all = maps.get(weight.value());
    if (all != null) {
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i).isFor(rows, stride)) {
          return all.get(i);
        }
      }
    }
    return null;
  }

  private Bf16Map make(Bf16Map.Shape shape, Parameter weight) {
    List<Bf16Map> all = maps.computeIfAbsent(weight.value(), w -> new ArrayList<>());
    Bf16Map.Copies copies = all.isEmpty() ? null : all.get(0).copies();
    Bf16Map map = new Bf16Map(dnn, shape, weight, rounded, copies);
    all.add(map);
    return map;
  }

  @Override
  public void close() {
    dnn.close();
    maps.values().forEach(all -> all.get(0).close());
    maps.clear();
    rounded.x().close();
    rounded.dy().close();
  }
}
