package org.kindling.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * The tensors of a model's directory, whether they lie in one {@code model.safetensors} or in
 * shards that {@code model.safetensors.index.json} lists. Where both are there the single file
 * counts, as in HuggingFace transformers. Holds its files open. Not thread-safe.
 *
 * <pre>{@code
 * try (SafetensorsDirectory model = SafetensorsDirectory.open(storage, directory)) {
 *   model.tensors().get("model.norm.weight").shape(); // [2048]
 * }
 * }</pre>
 */
public final class SafetensorsDirectory implements Closeable {
  public static final String SINGLE = "model.safetensors";
  public static final String INDEX = "model.safetensors.index.json";
  private static final String WEIGHT_MAP = "weight_map";
  private static final ObjectMapper JSON =
      new ObjectMapper(
          new JsonFactory().configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true));

  private final Storage storage;
  private final Path directory;
  private final Map<Path, SafetensorsFile> files = new LinkedHashMap<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

  private SafetensorsDirectory(Storage storage, Path directory) {
    this.storage = storage;
    this.directory = directory;
  }

  /**
   * Opens the files of a directory and checks their headers and the index.
   *
   * @throws CorruptFileException if a file is damaged, or the index and the shards disagree
   * @throws FileNotFoundException if there is no model, or a shard is missing
   */
  public static SafetensorsDirectory open(Storage storage, Path directory) throws IOException {
    SafetensorsDirectory opened = new SafetensorsDirectory(storage, directory);
    try {
      if (storage.exists(new Path(directory, SINGLE))) {
        opened.add(new Path(directory, SINGLE));
      } else if (storage.exists(opened.index())) {
        opened.addShards(opened.readIndex());
      } else {
        throw opened.noModel();
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private Path index() {
    return new Path(directory, INDEX);
  }

  private FileNotFoundException noModel() throws IOException {
    List<String> names = storage.names(directory);
    boolean pickled = names.stream().anyMatch(n -> n.startsWith("pytorch_model"));
    return new FileNotFoundException(
        directory
            + ": expected "
            + SINGLE
            + " or "
            + INDEX
            + (pickled
                ? ", found pytorch_model files; load the model in transformers and write it with"
                    + " save_pretrained"
                : ", found neither; give the directory of a model"));
  }

  private void add(Path path) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(storage, path);
    files.put(path, file);
    for (StoredTensor tensor : file.tensors().values()) {
      StoredTensor other = tensors.put(tensor.name(), tensor);
      if (other != null) {
        throw new CorruptFileException(
            path.toString(),
            tensor.from(),
            "tensor "
                + tensor.name()
                + " is also in "
                + other.file().getName()
                + "; expected it in one shard, fetch both again");
      }
    }
  }

  /** The shard of each tensor. */
  private Map<String, String> readIndex() throws IOException {
    JsonNode json;
    try {
      json = JSON.readTree(storage.read(index()));
    } catch (JsonProcessingException e) {
      throw corruptIndex("cannot be read as JSON (" + e.getOriginalMessage() + ")");
    }
    JsonNode map = json.path(WEIGHT_MAP);
    if (!map.isObject() || map.isEmpty()) {
      throw corruptIndex("expected an object " + WEIGHT_MAP + " of tensors and files, found none");
    }
    Map<String, String> shards = new TreeMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = map.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      String shard = entry.getValue().asText();
      if (!entry.getValue().isTextual() || shard.isBlank() || shard.matches(".*[/\\\\:].*")) {
        throw corruptIndex(
            WEIGHT_MAP
                + "."
                + entry.getKey()
                + ": expected the name of a file beside the index, found "
                + entry.getValue());
      }
      shards.put(entry.getKey(), shard);
    }
    return shards;
  }

  private void addShards(Map<String, String> shards) throws IOException {
    for (String shard : new TreeSet<>(shards.values())) {
      Path path = new Path(directory, shard);
      if (!storage.exists(path)) {
        throw new FileNotFoundException(
            path + ": no such file, but " + INDEX + " names it; fetch the missing shard");
      }
      add(path);
    }
    List<String> elsewhere = new ArrayList<>();
    for (Map.Entry<String, String> entry : shards.entrySet()) {
      StoredTensor tensor = tensors.get(entry.getKey());
      if (tensor == null || !tensor.file().getName().equals(entry.getValue())) {
        elsewhere.add(entry.getKey() + " (" + entry.getValue() + ")");
      }
    }
    if (!elsewhere.isEmpty()) {
      throw corruptIndex(
          "names tensors that are not in their files: "
              + String.join(", ", elsewhere)
              + "; fetch index and shards again");
    }
  }

  private CorruptFileException corruptIndex(String problem) {
    return new CorruptFileException(index().toString(), 0, problem);
  }

  public Path path() {
    return directory;
  }

  /** All tensors by name, in the order of files and of tensors in them. Unmodifiable. */
  public Map<String, StoredTensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** As {@link SafetensorsFile#read(StoredTensor, long, float[], int)}, from the tensor's file. */
  public void read(StoredTensor tensor, long from, float[] target, int length) throws IOException {
    files.get(tensor.file()).read(tensor, from, target, length);
  }

  /** As {@link SafetensorsFile#read(StoredTensor, String, Safetensors.Sink)}. */
  public void read(StoredTensor tensor, String name, Safetensors.Sink sink) throws IOException {
    files.get(tensor.file()).read(tensor, name, sink);
  }

  @Override
  public void close() throws IOException {
    IOException first = null;
    for (SafetensorsFile file : files.values()) {
      try {
        file.close();
      } catch (IOException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
