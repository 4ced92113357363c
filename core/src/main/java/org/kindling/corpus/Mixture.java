package org.kindling.corpus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Sha256;
import org.kindling.storage.Storage;

/**
 * The datasets of a run, opened, and what they have in common. One dataset is a mixture of one.
 * Immutable; threads may share it, but not the readers it gives.
 */
public final class Mixture {
  private static final String TRAIN = Split.TRAIN.label();

  private final DataSettings settings;
  private final List<DataSource> data;
  private final List<Dataset> datasets;

  private Mixture(DataSettings settings, List<Dataset> datasets) {
    this.settings = settings;
    this.data = settings.sources();
    this.datasets = List.copyOf(datasets);
  }

  /**
   * Opens the datasets.
   *
   * @throws IllegalArgumentException if two of them have different tokenizers
   * @throws java.io.FileNotFoundException if one is no dataset
   */
  public static Mixture open(Storage storage, DataSettings data) throws IOException {
    List<Dataset> datasets = new ArrayList<>();
    for (DataSource source : data.sources()) {
      datasets.add(Dataset.open(storage, new Path(source.path())));
    }
    Mixture mixture = new Mixture(data, datasets);
    for (int i = 1; i < datasets.size(); i++) {
      mixture.requireSameTokenizer(i);
    }
    return mixture;
  }

  private void requireSameTokenizer(int other) {
    var expected = datasets.get(0).manifest().tokenizer();
    var found = datasets.get(other).manifest().tokenizer();
    if (!found.hash().equals(expected.hash())) {
      throw new IllegalArgumentException(
          "data: "
              + data.get(0).path()
              + " has tokenizer "
              + named(expected)
              + ", "
              + data.get(other).path()
              + " has "
              + named(found)
              + "; tokenize both with the same one");
    }
  }

  private static String named(DatasetManifest.TokenizerEntry tokenizer) {
    String hash = tokenizer.hash();
    return tokenizer.kind() + " " + hash.substring(0, Math.min(12, hash.length()));
  }

  /** Entries of the settings, in order. */
  public List<DataSource> data() {
    return data;
  }

  /** Whether documents that meet in a sample are kept apart. */
  public DocumentMode documents() {
    return settings.documents();
  }

  /** In the order of the settings. */
  public List<Dataset> datasets() {
    return datasets;
  }

  /** What to call the datasets: last components of their paths, or paths where two are alike. */
  public List<String> names() {
    List<String> names = data.stream().map(s -> new Path(s.path()).getName()).toList();
    boolean unambiguous = new HashSet<>(names).size() == names.size();
    return unambiguous ? names : data.stream().map(DataSource::path).toList();
  }

  /**
   * Identifies the data: of one dataset its own hash, of several SHA-256 of one line each, "hash
   * weight", in order.
   */
  public String hash() {
    if (datasets.size() == 1) {
      return datasets.get(0).hash();
    }
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < datasets.size(); i++) {
      lines.append(datasets.get(i).hash()).append(' ').append(data.get(i).weight()).append('\n');
    }
    return Sha256.of(lines.toString());
  }

  /**
   * Samples of the train split of each dataset, an epoch of it.
   *
   * @throws IllegalArgumentException naming a dataset that is too short for one sample
   */
  public long[] samples(int context) {
    long[] samples = new long[datasets.size()];
    for (int i = 0; i < samples.length; i++) {
      long tokens = datasets.get(i).split(TRAIN).tokens();
      SampleReader.requireSample(
          "split " + TRAIN + " of " + datasets.get(i).directory(), tokens, context);
      samples[i] = SampleReader.samples(tokens, context);
    }
    return samples;
  }

  /**
   * Opens the train splits.
   *
   * @param context predictions per sample
   * @param seed of the order
   */
  public MixedSamples samplesInOrder(int context, long seed) throws IOException {
    MixtureOrder order = new MixtureOrder(data, seed);
    List<SampleReader> readers = new ArrayList<>();
    try {
      for (int i = 0; i < datasets.size(); i++) {
        TokenReader tokens = datasets.get(i).tokens(TRAIN, settings.documents());
        readers.add(new SampleReader(tokens, context, order.seedOf(i)));
      }
    } catch (IOException | RuntimeException e) {
      for (SampleReader reader : readers) {
        reader.close();
      }
      throw e;
    }
    return new MixedSamples(order, readers);
  }
}
