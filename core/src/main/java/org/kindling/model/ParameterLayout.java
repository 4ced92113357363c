package org.kindling.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where each named tensor of a model lies in its flat vector. Tensors start at multiples of {@link
 * #ALIGNMENT} elements so that vector code needs no special cases at their edges; the gaps hold
 * zeros, belong to no tensor and are counted in {@link #size()} but not in {@link #parameters()}.
 * Immutable.
 */
public final class ParameterLayout {
  /** Elements; 64 bytes of float32, the widest vector register. */
  public static final int ALIGNMENT = 16;

  /**
   * One tensor.
   *
   * @param name as in HuggingFace's GPT-2, e.g. {@code transformer.h.0.attn.c_attn.weight}
   * @param shape row-major; one or two axes
   * @param offset position of its first element in the flat vector
   */
  public record Entry(String name, List<Integer> shape, long offset) {
    public Entry {
      shape = List.copyOf(shape);
    }

    public long elements() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /** Weight decay touches matrices only, not biases and gains. */
    public boolean isMatrix() {
      return shape.size() > 1;
    }
  }

  private final List<Entry> entries;
  private final long size;

  private ParameterLayout(List<Entry> entries, long size) {
    this.entries = List.copyOf(entries);
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
    return entries.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no tensor named " + name));
  }

  /** Collects tensors in order. */
  public static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private long next;

    private Builder() {}

    public Builder add(String name, int... shape) {
      if (!names.add(name)) {
        throw new IllegalArgumentException("two tensors named " + name);
      }
      Entry entry = new Entry(name, Arrays.stream(shape).boxed().toList(), next);
      entries.add(entry);
      next = roundUp(next + entry.elements());
      return this;
    }

    public ParameterLayout build() {
      return new ParameterLayout(entries, next);
    }

    private static long roundUp(long n) {
      return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }
}
