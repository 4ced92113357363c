package org.kindling.spark.evaluation;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.DocumentMode;
import org.kindling.evaluation.ValidationLoss;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * Losses measured before, by what was measured and on what. A key is made of contents, never of
 * names or times: a model under another name is found, one that has changed is not. Not
 * thread-safe.
 */
public final class ScoreCache {
  /** Name of the file beside the evaluations. */
  public static final String FILE = "scores.jsonl";

  /** Of the way to measure; scores of another version are not used. */
  private static final int VERSION = 2;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A line of the file.
   *
   * @param version of the way to measure
   * @param model SHA-256 of what makes a model's predictions, or the name of a count model
   * @param data hash of the dataset
   * @param documents whether documents were joined or kept apart; joined if absent
   * @param kernels that scored it, never {@code auto}, and the GPU if it was one; null for a model
   *     that counts
   * @param nats see {@link ValidationLoss}, as the three below
   * @param tokens predictions
   * @param blocks that they were counted in
   * @param standardError null if there is none
   * @param parameters of a count model; 0 for others
   * @param trainTokens that a count model has counted; 0 for others
   */
  public record Score(
      int version,
      String model,
      String data,
      DocumentMode documents,
      String kernels,
      double nats,
      long tokens,
      int blocks,
      Double standardError,
      long parameters,
      long trainTokens) {
    public Score {
      documents = documents == null ? DocumentMode.JOIN : documents;
    }

    /** A measured loss. */
    static Score of(Key key, ValidationLoss loss) {
      return of(key, loss, 0, 0);
    }

    /** The loss of a count model. */
    static Score of(Key key, ValidationLoss loss, long parameters, long trainTokens) {
      return new Score(
          VERSION,
          key.model(),
          key.data(),
          key.documents(),
          key.kernels(),
          loss.nats(),
          loss.tokens(),
          loss.blocks(),
          Double.isNaN(loss.standardError()) ? null : loss.standardError(),
          parameters,
          trainTokens);
    }

    /** The loss as it was measured. */
    @JsonIgnore
    public ValidationLoss loss() {
      double error = standardError == null ? Double.NaN : standardError;
      return new ValidationLoss(nats, tokens, blocks, error);
    }

    private Key key() {
      return new Key(data, model, documents, kernels);
    }
  }

  /**
   * What a score is of.
   *
   * @param data see {@link Score}, as the three below
   */
  record Key(String data, String model, DocumentMode documents, String kernels)
      implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::data)
            .thenComparing(Key::model)
            .thenComparing(Key::documents)
            .thenComparing(Key::kernels, Comparator.nullsFirst(Comparator.naturalOrder()));

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }
  }

  private final Storage storage;
  private final Path file;
  private final Map<Key, Score> scores = new TreeMap<>();

  private ScoreCache(Storage storage, Path file) {
    this.storage = storage;
    this.file = file;
  }

  /**
   * Reads what there is.
   *
   * @param directory of the evaluations
   * @throws CorruptFileException if a line is not a score
   */
  public static ScoreCache open(Storage storage, Path directory) throws IOException {
    ScoreCache cache = new ScoreCache(storage, new Path(directory, FILE));
    if (storage.exists(cache.file)) {
      for (String line : storage.readText(cache.file).lines().toList()) {
        cache.take(line);
      }
    }
    return cache;
  }

  private void take(String line) throws CorruptFileException {
    try {
      Score score = JSON.readValue(line, Score.class);
      if (score.version() == VERSION) {
        scores.put(score.key(), score);
      }
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(), 0, "holds a line that is no score; delete the file to measure anew");
    }
  }

  /** The score of a model on a dataset, if it was measured in this way by these kernels. */
  Optional<Score> find(Key key) {
    return Optional.ofNullable(scores.get(key));
  }

  void add(Score score) {
    scores.put(score.key(), score);
  }

  /** Writes all scores, in the order of their keys. */
  public void save() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Score score : scores.values()) {
      lines.append(JSON.writeValueAsString(score)).append('\n');
    }
    storage.writeText(file, lines.toString());
  }
}
