package org.kindling.gguf;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The key-value pairs of a GGUF file, in the order in which they were put. Not thread-safe.
 *
 * <pre>{@code
 * new GgufMetadata().text("general.architecture", "llama").uint32("llama.block_count", 6);
 * }</pre>
 */
final class GgufMetadata {
  private static final Pattern KEY = Pattern.compile("[a-z0-9_]+(\\.[a-z0-9_]+)*");
  private static final int LONGEST_KEY_BYTES = 65_535;
  private static final long LARGEST_UINT32 = 0xFFFF_FFFFL;

  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Map<String, Value> values = new LinkedHashMap<>();

  /** Writes its type and itself. */
  @FunctionalInterface
  private interface Value {
    void write(LittleEndianOutput out) throws IOException;
  }

  GgufMetadata text(String key, String value) {
    return put(
        key,
        out -> {
          out.int32(STRING);
          out.text(value);
        });
  }

  /**
   * @param value 0 to 2^32 - 1
   */
  GgufMetadata uint32(String key, long value) {
    if (value < 0 || value > LARGEST_UINT32) {
      throw new IllegalArgumentException(
          key + ": found " + value + ", expected 0 to " + LARGEST_UINT32);
    }
    return put(
        key,
        out -> {
          out.int32(UINT32);
          out.int32((int) value);
        });
  }

  GgufMetadata float32(String key, double value) {
    return put(
        key,
        out -> {
          out.int32(FLOAT32);
          out.float32((float) value);
        });
  }

  GgufMetadata flag(String key, boolean value) {
    return put(
        key,
        out -> {
          out.int32(BOOL);
          out.int8(value ? 1 : 0);
        });
  }

  GgufMetadata texts(String key, List<String> all) {
    List<String> copy = List.copyOf(all);
    return put(
        key,
        out -> {
          array(out, STRING, copy.size());
          for (String text : copy) {
            out.text(text);
          }
        });
  }

  GgufMetadata int32s(String key, int[] all) {
    int[] copy = all.clone();
    return put(
        key,
        out -> {
          array(out, INT32, copy.length);
          for (int value : copy) {
            out.int32(value);
          }
        });
  }

  private static void array(LittleEndianOutput out, int type, long length) throws IOException {
    out.int32(ARRAY);
    out.int32(type);
    out.int64(length);
  }

  private GgufMetadata put(String key, Value value) {
    if (!KEY.matcher(key).matches() || key.length() > LONGEST_KEY_BYTES) {
      throw new IllegalArgumentException(
          "metadata key '"
              + key
              + "': expected segments of a to z, 0 to 9 and _, separated by dots, of at most "
              + LONGEST_KEY_BYTES
              + " bytes together");
    }
    if (values.putIfAbsent(key, value) != null) {
      throw new IllegalArgumentException("metadata key '" + key + "': put twice, expected once");
    }
    return this;
  }

  int size() {
    return values.size();
  }

  void write(LittleEndianOutput out) throws IOException {
    for (Map.Entry<String, Value> entry : values.entrySet()) {
      out.text(entry.getKey());
      entry.getValue().write(out);
    }
  }
}
