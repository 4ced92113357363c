package org.kindling.kernels;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_data_type_undef;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_out_of_memory;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/**
 * Operations of oneDNN on matrices, made once and run often; running one allocates nothing. All are
 * released together. Belongs to one thread at a time.
 *
 * @see <a href="https://uxlfoundation.github.io/oneDNN/v3.8/dev_guide_matmul.html">oneDNN,
 *     MatMul</a>
 */
final class OneDnn implements AutoCloseable {
  /** The process's engine; loading this class loads the library, which takes a second. */
  private static final class Library {
    static final dnnl_engine ENGINE = new dnnl_engine();

    static {
      check(dnnl_engine_create(ENGINE, dnnl_cpu, 0), "engine");
    }
  }

  static {
    JavaCppLimits.lift();
  }

  private final dnnl_stream stream = new dnnl_stream();
  private final Workspace scratch = new Workspace();

  /** The newest first. */
  private final Deque<Runnable> releases = new ArrayDeque<>();

  OneDnn() {
    OpenMp.useOneThread();
    check(dnnl_stream_create(stream, Library.ENGINE, dnnl_stream_default_flags), "stream");
    releases.push(() -> dnnl_stream_destroy(stream));
  }

  /** Why this process has no bf16 products; empty if it has. */
  static Optional<String> obstacle() {
    try {
      return obstacle(dnnl_get_effective_cpu_isa());
    } catch (LinkageError e) {
      return Optional.of("oneDNN cannot be loaded here (" + e + ")");
    }
  }

  /**
   * @param instructions as of oneDNN, whose sets contain those that they extend
   */
  static Optional<String> obstacle(int instructions) {
    boolean native16 =
        (instructions & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
    return native16
        ? Optional.empty()
        : Optional.of("this processor has neither AVX512_BF16 nor AMX");
  }

  static void check(int status, String what) {
    if (status == dnnl_out_of_memory) {
      throw new OutOfMemoryError("oneDNN, " + what + ": no memory; use a smaller batch");
    }
    if (status != dnnl_success) {
      throw new IllegalStateException("oneDNN, " + what + ": status " + status + ", expected 0");
    }
  }

  /** A float32 matrix whose rows lie {@code stride} elements apart. */
  dnnl_memory_desc floats(int rows, int columns, int stride) {
    return matrix(dnnl_f32, new long[] {rows, columns}, new long[] {stride, 1});
  }

  /** The transpose of a dense matrix with {@code rows} columns. */
  dnnl_memory_desc transposedFloats(int rows, int columns) {
    return matrix(dnnl_f32, new long[] {rows, columns}, new long[] {1, rows});
  }

  /** As {@link #floats}, in bfloat16. */
  dnnl_memory_desc halves(int rows, int columns, int stride) {
    return matrix(dnnl_bf16, new long[] {rows, columns}, new long[] {stride, 1});
  }

  /** The transpose of a matrix with {@code rows} columns that lie {@code stride} elements apart. */
  dnnl_memory_desc transposedHalves(int rows, int columns, int stride) {
    return matrix(dnnl_bf16, new long[] {rows, columns}, new long[] {1, stride});
  }

  /** Float32 matrices, the last two extents, of any number of indexes before them. */
  dnnl_memory_desc floats(long[] extents, long[] strides) {
    return matrix(dnnl_f32, extents, strides);
  }

  /** The same in bfloat16. */
  dnnl_memory_desc halves(long[] extents, long[] strides) {
    return matrix(dnnl_bf16, extents, strides);
  }

  private dnnl_memory_desc matrix(int type, long[] extents, long[] strides) {
    dnnl_memory_desc matrix = new dnnl_memory_desc();
    check(
        dnnl_memory_desc_create_with_strides(matrix, extents.length, extents, type, strides),
        "matrix");
    releases.push(() -> dnnl_memory_desc_destroy(matrix));
    return matrix;
  }

  /** A bfloat16 matrix in whatever layout the product likes best. */
  dnnl_memory_desc packedHalves(int rows, int columns) {
    return packed(dnnl_bf16, rows, columns);
  }

  /** The same in float32. */
  dnnl_memory_desc packedFloats(int rows, int columns) {
    return packed(dnnl_f32, rows, columns);
  }

  private dnnl_memory_desc packed(int type, int rows, int columns) {
    dnnl_memory_desc matrix = new dnnl_memory_desc();
    long[] extents = {rows, columns};
    check(
        dnnl_memory_desc_create_with_tag(matrix, 2, extents, type, dnnl_format_tag_any), "matrix");
    releases.push(() -> dnnl_memory_desc_destroy(matrix));
    return matrix;
  }

  /** target = source, in the target's format. */
  OneDnnOperation conversion(dnnl_memory_desc source, dnnl_memory_desc target) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    int status =
        dnnl_reorder_primitive_desc_create(
            description, source, Library.ENGINE, target, Library.ENGINE, attributes());
    check(status, "conversion");
    return operation(description, source, target);
  }

  /** target = left · right, of each of the matrices; one matrix of an index may serve all. */
  OneDnnOperation product(dnnl_memory_desc left, dnnl_memory_desc right, dnnl_memory_desc target) {
    return product(left, right, null, target, attributes());
  }

  /** target = left · right, and bias [1, columns] on every row. */
  OneDnnOperation affineProduct(
      dnnl_memory_desc left,
      dnnl_memory_desc right,
      dnnl_memory_desc bias,
      dnnl_memory_desc target) {
    return product(left, right, bias, target, attributes());
  }

  /** target = target + left · right. */
  OneDnnOperation addedProduct(
      dnnl_memory_desc left, dnnl_memory_desc right, dnnl_memory_desc target) {
    dnnl_post_ops sum = postOperations();
    check(dnnl_post_ops_append_sum(sum, 1f, 0, dnnl_data_type_undef), "sum");
    return product(left, right, null, target, attributes(sum));
  }

  /** target = factor · left · right, of each of the matrices. */
  OneDnnOperation scaledProduct(
      dnnl_memory_desc left, dnnl_memory_desc right, dnnl_memory_desc target, float factor) {
    dnnl_post_ops scale = postOperations();
    check(dnnl_post_ops_append_eltwise(scale, dnnl_eltwise_linear, factor, 0f), "scale");
    return product(left, right, null, target, attributes(scale));
  }

  private dnnl_post_ops postOperations() {
    dnnl_post_ops operations = new dnnl_post_ops();
    check(dnnl_post_ops_create(operations), "post-operations");
    releases.push(() -> dnnl_post_ops_destroy(operations));
    return operations;
  }

  private dnnl_primitive_attr attributes(dnnl_post_ops operations) {
    dnnl_primitive_attr attributes = attributes();
    check(dnnl_primitive_attr_set_post_ops(attributes, operations), "post-operations");
    return attributes;
  }

  private OneDnnOperation product(
      dnnl_memory_desc left,
      dnnl_memory_desc right,
      dnnl_memory_desc bias,
      dnnl_memory_desc target,
      dnnl_primitive_attr attributes) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    int status =
        dnnl_matmul_primitive_desc_create(
            description, Library.ENGINE, left, right, bias, target, attributes);
    check(status, "product");
    dnnl_memory_desc packed = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    return bias == null
        ? operation(description, left, target, packed)
        : operation(description, left, target, packed, bias);
  }

  /** Working memory is ours: the library's own belongs to the thread that made the operation. */
  private dnnl_primitive_attr attributes() {
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    check(dnnl_primitive_attr_create(attributes), "attributes");
    releases.push(() -> dnnl_primitive_attr_destroy(attributes));
    int status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    check(status, "attributes");
    return attributes;
  }

  private OneDnnOperation operation(dnnl_primitive_desc description, dnnl_memory_desc... operands) {
    releases.push(() -> dnnl_primitive_desc_destroy(description));
    OneDnnOperation operation = new OneDnnOperation(Library.ENGINE, stream, description, operands);
    releases.push(operation::close);
    scratch.atLeast(operation.scratchBytes());
    return operation;
  }

  /** Runs an operation on the calling thread, and returns when it is done. */
  void run(OneDnnOperation operation) {
    operation.run(scratch.address());
  }

  @Override
  public void close() {
    while (!releases.isEmpty()) {
      releases.pop().run();
    }
    scratch.close();
  }
}
