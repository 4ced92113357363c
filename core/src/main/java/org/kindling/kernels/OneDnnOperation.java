package org.kindling.kernels;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_wait;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Pointer;

/** A compiled operation and where its operands lie; {@link OneDnn} makes, runs and closes it. */
final class OneDnnOperation {
  /** In this order; operations have the first two, three or all of them. */
  private static final int[] ROLES = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS};

  private static final int SOURCE = 0;
  private static final int TARGET = 1;
  private static final int RIGHT = 2;
  private static final int BIAS = 3;

  private final dnnl_stream stream;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final dnnl_memory_desc[] operands;
  private final dnnl_memory[] memories;
  private final dnnl_exec_arg_t arguments;
  private final long scratchBytes;

  /**
   * @param operands source, target, and for products the right factor and the bias if there is one
   */
  OneDnnOperation(
      dnnl_engine engine,
      dnnl_stream stream,
      dnnl_primitive_desc description,
      dnnl_memory_desc... operands) {
    this.stream = stream;
    this.operands = operands;
    OneDnn.check(dnnl_primitive_create(primitive, description), "operation");
    memories = new dnnl_memory[operands.length + 1];
    arguments = new dnnl_exec_arg_t(memories.length);
    for (int i = 0; i < operands.length; i++) {
      argument(i, ROLES[i], operands[i], engine);
    }
    dnnl_memory_desc scratch =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    scratchBytes = dnnl_memory_desc_get_size(scratch);
    argument(operands.length, DNNL_ARG_SCRATCHPAD, scratch, engine);
    arguments.position(0);
  }

  private void argument(int index, int role, dnnl_memory_desc format, dnnl_engine engine) {
    memories[index] = new dnnl_memory();
    // Without an address, which every run sets.
    OneDnn.check(dnnl_memory_create(memories[index], format, engine, null), "operand");
    arguments.position(index).arg(role);
    arguments.memory(memories[index]);
  }

  /** How the product wants its right factor. */
  dnnl_memory_desc rightFormat() {
    return operands[RIGHT];
  }

  static long bytes(dnnl_memory_desc format) {
    return dnnl_memory_desc_get_size(format);
  }

  long scratchBytes() {
    return scratchBytes;
  }

  /** What is converted, or the left factor. */
  OneDnnOperation source(Pointer address) {
    return operand(SOURCE, address);
  }

  OneDnnOperation target(Pointer address) {
    return operand(TARGET, address);
  }

  OneDnnOperation right(Pointer address) {
    return operand(RIGHT, address);
  }

  OneDnnOperation bias(Pointer address) {
    return operand(BIAS, address);
  }

  private OneDnnOperation operand(int index, Pointer address) {
    OneDnn.check(dnnl_memory_set_data_handle(memories[index], address), "operand");
    return this;
  }

  void run(Pointer scratch) {
    operand(operands.length, scratch);
    OneDnn.check(
        dnnl_primitive_execute(primitive, stream, memories.length, arguments), "execution");
    OneDnn.check(dnnl_stream_wait(stream), "execution");
  }

  void close() {
    dnnl_primitive_destroy(primitive);
    for (dnnl_memory memory : memories) {
      dnnl_memory_destroy(memory);
    }
    arguments.deallocate();
  }
}
