package org.kindling.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * The tensors of a model as HuggingFace publishes them, under the names that Kindling gives them.
 * These are the names and orientations of {@code GPT2LMHeadModel}, {@code LlamaForCausalLM} and
 * {@code Qwen3ForCausalLM}, so what is left to do is:
 *
 * <ul>
 *   <li>names are found with and without the prefix {@code transformer.} or {@code model.}, which
 *       models without a head are written without;
 *   <li>buffers that hold no parameters, such as GPT-2's causal mask, are passed over;
 *   <li>a head that is stored although the model ties it to the embedding must equal that;
 *   <li>every other tensor that is too many, missing, of another shape or not readable is refused
 *       by name.
 * </ul>
 *
 * <p>Not thread-safe.
 *
 * <pre>{@code
 * try (HuggingFaceTensors model = HuggingFaceTensors.open(storage, directory, expected)) {
 *   model.read((name, from, values, length) -> ...);
 * }
 * }</pre>
 */
public final class HuggingFaceTensors implements Closeable {
  static final String HEAD = "lm_head.weight";
  private static final List<String> EMBEDDINGS =
      List.of("transformer.wte.weight", "model.embed_tokens.weight");
  private static final List<String> PREFIXES = List.of("transformer.", "model.");

  /**
   * Masks and tables that transformers computes and, in some versions, also wrote: the causal mask
   * of GPT-2 and what it puts into masked places, and the frequencies of rotary positions.
   */
  private static final Pattern BUFFER =
      Pattern.compile(
          "(transformer\\.)?h\\.\\d+\\.attn\\.(bias|masked_bias)"
              + "|(model\\.)?(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq");

  private static final int CHUNK = SafetensorsFile.CHUNK_FLOATS;

  /** A tensor that a model of Kindling's needs. */
  public record Expected(String name, List<Integer> shape) {
    public Expected {
      shape = List.copyOf(shape);
    }
  }

  private final SafetensorsDirectory directory;
  private final Map<String, StoredTensor> sources = new LinkedHashMap<>();

  private HuggingFaceTensors(SafetensorsDirectory directory) {
    this.directory = directory;
  }

  /**
   * Finds the source of every tensor of a model.
   *
   * @param expected all tensors of the model
   * @throws CorruptFileException naming every tensor that is missing, too many, of another shape or
   *     of a type that Kindling does not read
   */
  public static HuggingFaceTensors open(Storage storage, Path directory, List<Expected> expected)
      throws IOException {
    HuggingFaceTensors opened =
        new HuggingFaceTensors(SafetensorsDirectory.open(storage, directory));
    try {
      opened.match(expected);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void match(List<Expected> expected) throws IOException {
    Map<String, StoredTensor> rest = new LinkedHashMap<>(directory.tensors());
    rest.keySet().removeIf(name -> BUFFER.matcher(name).matches());
    boolean tied = expected.stream().noneMatch(e -> e.name().equals(HEAD));
    List<String> missing = new ArrayList<>();
    for (Expected tensor : expected) {
      StoredTensor source = take(tensor.name(), rest);
      if (source == null && tied && EMBEDDINGS.contains(tensor.name())) {
        // Of two tensors in one memory, some writers keep the other.
        source = rest.remove(HEAD);
      }
      if (source == null) {
        missing.add(tensor.name());
      } else {
        requireShape(tensor, source);
        SafetensorsFile.dtype(source);
        sources.put(tensor.name(), source);
      }
    }
    if (!missing.isEmpty()) {
      throw wrong("has no tensor " + String.join(", ", missing) + describes());
    }
    StoredTensor tiedHead = tied ? rest.remove(HEAD) : null;
    if (!rest.isEmpty()) {
      throw wrong("unknown tensor " + String.join(", ", rest.keySet()) + describes());
    }
    if (tiedHead != null) {
      requireTied(tiedHead);
    }
  }

  /** Removes and returns the tensor of that name, with or without prefix; null if there is none. */
  private StoredTensor take(String name, Map<String, StoredTensor> rest)
      throws CorruptFileException {
    StoredTensor whole = rest.remove(name);
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        StoredTensor bare = rest.remove(name.substring(prefix.length()));
        if (whole != null && bare != null) {
          throw wrong("has both tensors " + whole.name() + " and " + bare.name() + "; remove one");
        }
        return whole == null ? bare : whole;
      }
    }
    return whole;
  }

  private static void requireShape(Expected expected, StoredTensor found)
      throws CorruptFileException {
    if (!found.hasShape(expected.shape())) {
      throw new CorruptFileException(
          found.file().toString(),
          found.from(),
          "tensor "
              + found.name()
              + ": expected shape "
              + expected.shape()
              + ", found "
              + found.shape()
              + describes());
    }
  }

  private void requireTied(StoredTensor head) throws IOException {
    StoredTensor embedding =
        EMBEDDINGS.stream().map(sources::get).filter(t -> t != null).findFirst().orElse(null);
    if (embedding == null || !head.shape().equals(embedding.shape())) {
      throw wrong("tensor " + HEAD + " of shape " + head.shape() + untied());
    }
    float[] ours = new float[CHUNK];
    float[] theirs = new float[CHUNK];
    long elements = head.elements();
    for (long done = 0; done < elements; done += CHUNK) {
      int n = (int) Math.min(CHUNK, elements - done);
      directory.read(embedding, done, ours, n);
      directory.read(head, done, theirs, n);
      int differs = Arrays.mismatch(ours, 0, n, theirs, 0, n);
      if (differs >= 0) {
        throw wrong(
            "tensor "
                + HEAD
                + " differs from "
                + embedding.name()
                + " at element "
                + (done + differs)
                + " ("
                + theirs[differs]
                + ", expected "
                + ours[differs]
                + ")"
                + untied());
      }
    }
  }

  private static String untied() {
    return "; config.json ties the head to the embedding, set tie_word_embeddings to false if it is"
        + " not";
  }

  private static String describes() {
    return "; config.json describes another model";
  }

  private CorruptFileException wrong(String problem) {
    return new CorruptFileException(directory.path().toString(), 0, problem);
  }

  /** Where each expected tensor lies, by Kindling's name, in the order given. Unmodifiable. */
  public Map<String, StoredTensor> sources() {
    return Collections.unmodifiableMap(sources);
  }

  /** Reads part of a tensor by Kindling's name. */
  public void read(String name, long from, float[] target, int length) throws IOException {
    directory.read(sources.get(name), from, target, length);
  }

  /**
   * Reads all tensors, in the order in which they lie in their files.
   *
   * @param sink is told Kindling's names
   */
  public void read(Safetensors.Sink sink) throws IOException {
    Map<StoredTensor, String> names = new HashMap<>();
    sources.forEach((name, source) -> names.put(source, name));
    for (StoredTensor tensor : directory.tensors().values()) {
      if (names.containsKey(tensor)) {
        directory.read(tensor, names.get(tensor), sink);
      }
    }
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
