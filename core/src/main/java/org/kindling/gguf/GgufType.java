package org.kindling.gguf;

import org.kindling.checkpoint.Dtype;

/** How GGUF stores the elements of a tensor. */
public enum GgufType {
  F32("f32", 0, 0, Dtype.F32),
  F16("f16", 1, 1, Dtype.F16),
  BF16("bf16", 30, 32, Dtype.BF16);

  private final String label;
  private final int code;
  private final int fileType;
  private final Dtype dtype;

  GgufType(String label, int code, int fileType, Dtype dtype) {
    this.label = label;
    this.code = code;
    this.fileType = fileType;
    this.dtype = dtype;
  }

  /**
   * The type that a user names.
   *
   * @param label {@code f32}, {@code f16} or {@code bf16}
   */
  public static GgufType named(String label) {
    for (GgufType type : values()) {
      if (type.label.equals(label)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "gguf, type: found '" + label + "', expected f32, f16 or bf16");
  }

  /** {@code ggml_type} of the specification. */
  int code() {
    return code;
  }

  /** {@code general.file_type} of a file whose matrices have this type. */
  int fileType() {
    return fileType;
  }

  Dtype dtype() {
    return dtype;
  }
}
