package org.kindling.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a GGUF file by the letter of the specification and refuses whatever departs from it. */
public record GgufFile(Map<String, Object> metadata, Map<String, Tensor> tensors) {
  /**
   * A tensor as the file describes it.
   *
   * @param dimensions fastest-changing first
   * @param bits of each element
   */
  public record Tensor(List<Long> dimensions, int type, int[] bits) {
    public float[] float32() {
      float[] values = new float[bits.length];
      for (int i = 0; i < bits.length; i++) {
        values[i] = Float.intBitsToFloat(bits[i]);
      }
      return values;
    }
  }

  private record Entry(String name, List<Long> dimensions, int type, long offset) {}

  public static GgufFile read(Path file) throws IOException {
    return new Parser(ByteBuffer.wrap(Files.readAllBytes(file))).file();
  }

  public String text(String key) {
    return (String) metadata.get(key);
  }

  private static final class Parser {
    private static final long ALIGNMENT = 32;
    private final ByteBuffer in;

    Parser(ByteBuffer in) {
      this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    }

    GgufFile file() {
      require(in.getInt() == 0x46554747, "magic GGUF");
      require(in.getInt() == 3, "version 3");
      long tensorCount = in.getLong();
      long keyCount = in.getLong();
      Map<String, Object> metadata = new LinkedHashMap<>();
      for (long i = 0; i < keyCount; i++) {
        String key = text();
        require(key.matches("[a-z0-9_]+(\\.[a-z0-9_]+)*"), "lower_snake_case, not " + key);
        require(metadata.put(key, value(in.getInt())) == null, key + " once");
      }
      require(metadata.getOrDefault("general.alignment", ALIGNMENT).equals(ALIGNMENT), "align 32");
      List<Entry> entries = new ArrayList<>();
      for (long i = 0; i < tensorCount; i++) {
        entries.add(entry());
      }
      pad();
      return new GgufFile(metadata, tensors(entries));
    }

    private Map<String, Tensor> tensors(List<Entry> entries) {
      int start = in.position();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Entry entry : entries) {
        require(in.position() == start + entry.offset(), "offset of " + entry.name());
        int[] bits = new int[(int) GgufTensor.count(entry.dimensions())];
        for (int i = 0; i < bits.length; i++) {
          bits[i] = entry.type() == 0 ? in.getInt() : in.getShort() & 0xFFFF;
        }
        pad();
        Tensor tensor = new Tensor(entry.dimensions(), entry.type(), bits);
        require(tensors.put(entry.name(), tensor) == null, entry.name() + " once");
      }
      require(!in.hasRemaining(), "nothing after the last tensor");
      return tensors;
    }

    private Entry entry() {
      String name = text();
      require(name.getBytes(StandardCharsets.UTF_8).length <= 64, "at most 64 bytes: " + name);
      int rank = in.getInt();
      require(rank >= 1 && rank <= 4, "1 to 4 dimensions");
      List<Long> dimensions = new ArrayList<>();
      for (int i = 0; i < rank; i++) {
        dimensions.add(in.getLong());
      }
      int type = in.getInt();
      require(type == 0 || type == 1 || type == 30, "type F32, F16 or BF16");
      long offset = in.getLong();
      require(offset % ALIGNMENT == 0, "an aligned offset");
      return new Entry(name, dimensions, type, offset);
    }

    private Object value(int type) {
      return switch (type) {
        case 4 -> in.getInt() & 0xFFFF_FFFFL;
        case 5 -> in.getInt();
        case 6 -> in.getFloat();
        case 7 -> flag(in.get());
        case 8 -> text();
        case 9 -> array();
        default -> throw new AssertionError("unknown type of value " + type);
      };
    }

    private static boolean flag(byte value) {
      require(value == 0 || value == 1, "a flag of 0 or 1");
      return value == 1;
    }

    private List<Object> array() {
      int type = in.getInt();
      long length = in.getLong();
      List<Object> values = new ArrayList<>();
      for (long i = 0; i < length; i++) {
        values.add(value(type));
      }
      return values;
    }

    private String text() {
      byte[] utf8 = new byte[Math.toIntExact(in.getLong())];
      in.get(utf8);
      String text = new String(utf8, StandardCharsets.UTF_8);
      require(java.util.Arrays.equals(text.getBytes(StandardCharsets.UTF_8), utf8), "UTF-8");
      return text;
    }

    private void pad() {
      while (in.position() % ALIGNMENT != 0) {
        require(in.get() == 0, "zeros between tensors");
      }
    }

    private static void require(boolean holds, String expected) {
      if (!holds) {
        throw new AssertionError("expected " + expected);
      }
    }
  }
}
