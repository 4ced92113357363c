package org.kindling.spark.cluster;

import java.io.IOException;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** A card is lost, or CUDA on it: says in one line which card of which host. */
public final class GpuFailureException extends IOException {
  private static final long serialVersionUID = 1;

  private static final Pattern MEMORY =
      Pattern.compile(
          "CUDA out of memory|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY"
              + "|cudaErrorMemoryAllocation|CUBLAS_STATUS_ALLOC_FAILED",
          Pattern.CASE_INSENSITIVE);

  /** As libtorch, ND4J, cuBLAS, cuDNN and the kernel's log write it. */
  private static final Pattern CARD =
      Pattern.compile(
          MEMORY.pattern()
              + "|CUDA error\\b|CUDA_ERROR_|cudaError[A-Z]|CUDA driver error|\\bCUDA failed"
              + "|\\bcu(BLAS|DNN|SOLVER)_STATUS_|CUDA (kernel|stream|event)[^.]* failed"
              + "|NVRM: Xid|\\bXid \\(|\\bXid \\d+|GPU is lost|fallen off the bus",
          Pattern.CASE_INSENSITIVE);

  /**
   * After these a process cannot use its card again, as CUDA's documentation says of each; by name,
   * number and text, and those of cuBLAS and cuDNN that follow from them.
   */
  private static final Pattern LASTING =
      Pattern.compile(
          "illegal (memory access|instruction) was encountered|misaligned address"
              + "|unspecified launch failure|launch timed out|hardware stack error"
              + "|invalid program counter|operation not supported on global/shared address space"
              + "|device-side assert|uncorrectable|context is destroyed|CUDA error: unknown error"
              + "|(CUDA_ERROR_|cudaError_?)(Illegal_?Address|Illegal_?Instruction|Launch_?Failed"
              + "|Launch_?Failure|Launch_?Timeout|Misaligned_?Address|Hardware_?Stack_?Error"
              + "|Invalid_?Pc|Invalid_?Address_?Space|Assert|Context_?Is_?Destroyed|Unknown)\\b"
              + "|CUDA error\\D{0,12}(214|220|70[029]|71[04-9])\\b"
              + "|cu(BLAS|DNN|SOLVER)_STATUS_(EXECUTION_FAILED|MAPPING_ERROR|INTERNAL_ERROR)"
              + "|NVRM: Xid|\\bXid \\(|\\bXid \\d+|GPU is lost|fallen off the bus",
          Pattern.CASE_INSENSITIVE);

  private final boolean endsProcess;

  GpuFailureException(OptionalInt address, String host, Throwable cause) {
    super(
        "GPU "
            + (address.isPresent() ? address.getAsInt() : "0")
            + " of "
            + host
            + ": "
            + told(cause)
            + "; "
            + remedy(told(cause)),
        cause);
    endsProcess = LASTING.matcher(told(cause)).find();
  }

  /** Whether no later work of this process can succeed on the card. */
  boolean endsProcess() {
    return endsProcess;
  }

  /** Whether this is a failure of a card, by the words of its messages. */
  static boolean isOfCard(Throwable e) {
    return found(e) != null;
  }

  private static Throwable found(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof GpuFailureException) {
        return null;
      }
      if (cause.getMessage() != null && CARD.matcher(cause.getMessage()).find()) {
        return cause;
      }
    }
    return null;
  }

  /** The line with the reason: libtorch's messages go on with a stack of C++. */
  private static String told(Throwable e) {
    return found(e)
        .getMessage()
        .lines()
        .filter(line -> CARD.matcher(line).find())
        .findFirst()
        .orElse("CUDA failed")
        .strip();
  }

  private static String remedy(String line) {
    return MEMORY.matcher(line).find()
        ? "use a smaller training.microBatch with more training.gradientAccumulation, or fewer tasks"
            + " per GPU"
        : "look for Xid in dmesg of that host, and leave the card out until it answers nvidia-smi";
  }
}
