package org.kindling.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;

/**
 * Reads and checks the header of a safetensors file by the rules of the format's reference
 * implementation: tensors follow one another without holes, each as long as its shape and type say,
 * and the last one ends where the file ends.
 */
final class SafetensorsHeader {
  static final String METADATA = "__metadata__";
  private static final String OFFSETS = "data_offsets";
  private static final ObjectMapper JSON =
      new ObjectMapper(
          new JsonFactory().configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true));

  /** Bits of one element. A type that is not listed is only skipped, never read. */
  private static final Map<String, Integer> BITS =
      Map.ofEntries(
          Map.entry("F4", 4),
          Map.entry("F6_E2M3", 6),
          Map.entry("F6_E3M2", 6),
          Map.entry("BOOL", 8),
          Map.entry("U8", 8),
          Map.entry("I8", 8),
          Map.entry("F8_E5M2", 8),
          Map.entry("F8_E4M3", 8),
          Map.entry("F8_E8M0", 8),
          Map.entry("I16", 16),
          Map.entry("U16", 16),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("I32", 32),
          Map.entry("U32", 32),
          Map.entry("F32", 32),
          Map.entry("I64", 64),
          Map.entry("U64", 64),
          Map.entry("F64", 64),
          Map.entry("C64", 64));

  private final Path file;
  private final byte[] text;

  /** Byte of the file at which tensors begin. */
  private final long dataStart;

  private final List<StoredTensor> tensors = new ArrayList<>();

  /**
   * @param text of the header, as it lies after the 8 bytes of its length
   */
  private SafetensorsHeader(Path file, byte[] text) {
    this.file = file;
    this.text = text;
    this.dataStart = Long.BYTES + text.length;
  }

  /**
   * The tensors that a header describes, in the order in which they lie in the file.
   *
   * @param fileBytes length of the whole file
   * @throws CorruptFileException naming the first thing that is wrong
   */
  static List<StoredTensor> parse(Path file, byte[] text, long fileBytes) throws IOException {
    SafetensorsHeader header = new SafetensorsHeader(file, text);
    header.requireUtf8();
    header.requireObject();
    try (JsonParser json = JSON.createParser(text)) {
      header.readEntries(json);
    } catch (JsonProcessingException e) {
      // The parser's position is that of the byte after the one that surprised it.
      long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset() - 1);
      throw header.corrupt(
          at, "the header cannot be read as JSON (" + e.getOriginalMessage() + ")");
    }
    header.requireNoHoles(fileBytes);
    return header.tensors;
  }

  private void requireUtf8() throws CorruptFileException {
    CharBuffer out = CharBuffer.allocate(Math.min(text.length, 1 << 16));
    ByteBuffer in = ByteBuffer.wrap(text);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result;
    do {
      out.clear();
      result = decoder.decode(in, out, true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw corrupt(
          in.position(),
          String.format("expected a header in UTF-8, found byte %02x", text[in.position()]));
    }
  }

  private void requireObject() throws CorruptFileException {
    // A zero as second byte would make the JSON parser take the header for UTF-16.
    if (text[0] != '{' || text[1] == 0) {
      throw corrupt(
          0,
          String.format(
              "expected a JSON header that begins with '{', found bytes %02x %02x",
              text[0], text[1]));
    }
  }

  private void readEntries(JsonParser json) throws IOException {
    json.nextToken();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      long at = json.currentTokenLocation().getByteOffset();
      json.nextToken();
      JsonNode entry = JSON.readTree(json);
      if (name.equals(METADATA)) {
        requireTexts(entry, at);
      } else {
        tensors.add(tensor(name, entry, at));
      }
    }
    if (json.nextToken() != null) {
      throw corrupt(
          json.currentTokenLocation().getByteOffset(), "found text after the header's last brace");
    }
  }

  private void requireTexts(JsonNode metadata, long at) throws CorruptFileException {
    boolean texts = metadata.isObject();
    for (JsonNode value : metadata) {
      texts &= value.isTextual();
    }
    if (!texts) {
      throw corrupt(at, METADATA + ": expected an object of strings, found " + metadata);
    }
  }

  private StoredTensor tensor(String name, JsonNode entry, long at) throws CorruptFileException {
    if (!entry.isObject()) {
      throw corrupt(at, "tensor " + name + ": expected an object, found " + entry);
    }
    for (Iterator<String> keys = entry.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!Set.of("dtype", "shape", OFFSETS).contains(key)) {
        throw corrupt(at, "tensor " + name + ": unknown key " + key);
      }
    }
    JsonNode dtype = entry.path("dtype");
    if (!dtype.isTextual()) {
      throw corrupt(at, "tensor " + name + ", dtype: expected a string, found " + shown(dtype));
    }
    List<Long> shape = numbers(name, entry, "shape", at);
    List<Long> offsets = numbers(name, entry, OFFSETS, at);
    if (offsets.size() != 2 || offsets.get(1) < offsets.get(0)) {
      throw corrupt(
          at, "tensor " + name + ", data_offsets: expected begin and end, found " + offsets);
    }
    long bytes = offsets.get(1) - offsets.get(0);
    requireSize(new Described(name, dtype.asText(), shape), bytes, at);
    return new StoredTensor(
        file, name, dtype.asText(), shape, dataStart + offsets.get(0), dataStart + offsets.get(1));
  }

  private record Described(String name, String dtype, List<Long> shape) {}

  private List<Long> numbers(String name, JsonNode entry, String key, long at)
      throws CorruptFileException {
    JsonNode array = entry.path(key);
    boolean valid = array.isArray();
    List<Long> numbers = new ArrayList<>();
    for (JsonNode number : array) {
      // Far from where sums with the header's length would overflow.
      valid &= number.isIntegralNumber() && number.canConvertToLong();
      valid &= number.asLong() >= 0 && number.asLong() <= Long.MAX_VALUE / 4;
      numbers.add(number.asLong());
    }
    if (!valid) {
      throw corrupt(
          at,
          "tensor "
              + name
              + ", "
              + key
              + ": expected an array of whole numbers of at least 0, found "
              + shown(array));
    }
    return numbers;
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "none" : node.toString();
  }

  private void requireSize(Described tensor, long bytes, long at) throws CorruptFileException {
    Integer bits = BITS.get(tensor.dtype());
    if (bits == null) {
      return;
    }
    long expected = -1;
    try {
      long elements = tensor.shape().stream().reduce(1L, Math::multiplyExact);
      long all = Math.multiplyExact(elements, (long) bits);
      expected = all % 8 == 0 ? all / 8 : -1;
    } catch (ArithmeticException e) {
      // No file is as long as that, and the message below says what was found.
    }
    if (expected != bytes) {
      throw corrupt(
          at,
          "tensor "
              + tensor.name()
              + ": data_offsets span "
              + bytes
              + " bytes, expected "
              + (expected < 0 ? "those" : expected)
              + " of shape "
              + tensor.shape()
              + " and dtype "
              + tensor.dtype());
    }
  }

  private void requireNoHoles(long fileBytes) throws CorruptFileException {
    tensors.sort(Comparator.comparingLong(StoredTensor::from).thenComparing(StoredTensor::to));
    long end = dataStart;
    String before = "the header";
    for (StoredTensor tensor : tensors) {
      if (tensor.from() != end) {
        String what = tensor.from() > end ? "leaves a hole after " : "overlaps ";
        throw new CorruptFileException(
            file.toString(),
            tensor.from(),
            String.format(
                "tensor %s %s%s: expected it to begin at byte %d; the file is damaged, fetch it"
                    + " again",
                tensor.name(), what, before, end));
      }
      end = tensor.to();
      before = "tensor " + tensor.name();
    }
    if (fileBytes < end) {
      throw SafetensorsFile.cutShort(file, fileBytes, end);
    }
    if (fileBytes > end) {
      throw new CorruptFileException(
          file.toString(),
          end,
          String.format(
              "expected the file to end here, after %s, found %d more bytes; fetch it again",
              before, fileBytes - end));
    }
  }

  /**
   * @param at position in the header's text
   */
  private CorruptFileException corrupt(long at, String problem) {
    return new CorruptFileException(
        file.toString(), Long.BYTES + at, problem + "; the file is damaged, fetch it again");
  }
}
