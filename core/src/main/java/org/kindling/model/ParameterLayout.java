package org.kindling.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.kindling.kernels.MatrixRange;

/**
 * Where each named tensor of a model lies in its flat vector. Tensors start at multiples of {@link
 * #ALIGNMENT} elements, but for those that are one matrix together; the gaps hold zeros, belong to
 * no tensor and are counted in {@link #size()} but not in {@link #parameters()}. Immutable.
 */
public final class ParameterLayout {
  /** Elements; 64 bytes of float32, the widest vector register. */
  public static final int ALIGNMENT = 16;

  /** What a tensor is in its model: optimizers, decay and exports go by it, never by names. */
  public enum Role {
    /** Multiplies activations. */
    MATRIX("matrix"),

    /** Added to what a matrix gives, or anything else with one axis that is no norm. */
    VECTOR("vector"),

    /** Gain or bias of a norm. */
    NORM("norm"),

    /** Rows looked up by token or position. */
    EMBEDDING("embedding"),

    /** Multiplies the last hidden state, to logits. */
    HEAD("head");

    private final String group;

    Role(String group) {
      this.group = group;
    }

    /** Name of the learning-rate group that such tensors are in. */
    public String group() {
      return group;
    }
  }

  /**
   * What a tensor is before training.
   *
   * @param mean of all elements
   * @param standardDeviation of normal numbers around it; 0 if all elements are the same
   */
  public record Init(double mean, double standardDeviation) {
    public static final Init ZEROS = new Init(0, 0);
    public static final Init ONES = new Init(1, 0);

    /** N(0, σ²). */
    public static Init normal(double standardDeviation) {
      return new Init(0, standardDeviation);
    }
  }

  /**
   * Matrices that stand side by side in one tensor, such as queries, keys and values.
   *
   * @param axis along which they follow each other, 0 or 1
   * @param sizes of each along it
   */
  public record Parts(int axis, List<Integer> sizes) {
    /** A tensor that is one matrix, or none. */
    static final Parts NONE = new Parts(0, List.of());

    public Parts {
      sizes = List.copyOf(sizes);
    }
  }

  /**
   * One tensor.
   *
   * @param name as in HuggingFace's models, e.g. {@code transformer.h.0.attn.c_attn.weight}
   * @param shape row-major; one or two axes
   * @param offset position of its first element in the flat vector
   * @param parts matrices that it holds; no sizes if it is one, or none
   */
  public record Entry(
      String name, List<Integer> shape, long offset, Role role, Init init, Parts parts) {
    public Entry {
      shape = List.copyOf(shape);
      int whole = parts.sizes().stream().mapToInt(Integer::intValue).sum();
      if (whole != 0 && (shape.size() != 2 || whole != shape.get(parts.axis()))) {
        throw new IllegalArgumentException(
            name
                + ": parts of "
                + parts.sizes()
                + " do not fill axis "
                + parts.axis()
                + " of "
                + shape);
      }
    }

    /**
     * The linear maps that the tensor holds, each by itself; of more than two axes all but the
     * first are one. None if it has one axis.
     */
    public List<MatrixRange> matrices() {
      if (!isMatrix()) {
        return List.of();
      }
      int rows = shape.get(0);
      int columns = Math.toIntExact(elements() / rows);
      if (parts.sizes().isEmpty()) {
        return List.of(new MatrixRange(offset, rows, columns, columns));
      }
      List<MatrixRange> matrices = new ArrayList<>();
      long from = offset;
      for (int size : parts.sizes()) {
        boolean ofRows = parts.axis() == 0;
        matrices.add(new MatrixRange(from, ofRows ? size : rows, ofRows ? columns : size, columns));
        from += ofRows ? (long) size * columns : size;
      }
      return List.copyOf(matrices);
    }

    public long elements() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /** Whether weight decay touches it: all but norms and biases. */
    public boolean decays() {
      return role != Role.NORM && role != Role.VECTOR;
    }

    public boolean isMatrix() {
      return shape.size() > 1;
    }
  }

  private final List<Entry> entries;

  /** By name: a deep model asks for every one of its tensors. */
  private final Map<String, Entry> byName;

  private final long size;

  private ParameterLayout(List<Entry> entries, long size) {
    this.entries = List.copyOf(entries);
    this.byName = entries.stream().collect(Collectors.toMap(Entry::name, entry -> entry));
    this.size = size;
  }

  public static Builder builder() {
    return new Builder();
  }

  public List<Entry> entries() {
    return entries;
  }

  /** Length of the flat vector in elements, gaps included. */
  public long size() {
    return size;
  }

  /** Number of trainable parameters, gaps not counted: the N of scaling laws. */
  public long parameters() {
    return entries.stream().mapToLong(Entry::elements).sum();
  }

  /**
   * @throws IllegalArgumentException if no tensor has this name
   */
  public Entry entry(String name) {
    Entry entry = byName.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no tensor named " + name);
    }
    return entry;
  }

  /** Collects tensors in order. */
  public static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private long next;

    private Builder() {}

    /** A tensor that someone else initialises: a matrix if it has two axes, else a vector. */
    public Builder add(String name, int... shape) {
      return add(name, shape.length > 1 ? Role.MATRIX : Role.VECTOR, Init.ZEROS, shape);
    }

    public Builder add(String name, Role role, Init init, int... shape) {
      next = roundUp(next);
      return addAdjacent(name, role, init, shape);
    }

    /** A tensor that begins where the one before it ends, so that both together are one matrix. */
    public Builder addAdjacent(String name, Role role, Init init, int... shape) {
      if (!names.add(name)) {
        throw new IllegalArgumentException("two tensors named " + name);
      }
      Entry entry =
          new Entry(name, Arrays.stream(shape).boxed().toList(), next, role, init, Parts.NONE);
      entries.add(entry);
      next = Math.addExact(next, entry.elements());
      return this;
    }

    /** Says that the tensor that was added last is several matrices along one of its axes. */
    public Builder divided(int axis, List<Integer> sizes) {
      Entry last = entries.remove(entries.size() - 1);
      entries.add(
          new Entry(
              last.name(),
              last.shape(),
              last.offset(),
              last.role(),
              last.init(),
              new Parts(axis, sizes)));
      return this;
    }

    public ParameterLayout build() {
      return new ParameterLayout(entries, roundUp(next));
    }

    private static long roundUp(long n) {
      return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }
}
