package org.kindling.corpus;

import java.io.Serializable;
import java.util.List;

/**
 * The section {@code data} of a run's settings. A list in its place is its sources, with documents
 * joined.
 *
 * <pre>{@code
 * data: {documents: separate, sources: [{path: data/code, weight: 3}, {path: data/text}]}
 * }</pre>
 *
 * @param documents whether documents that meet in a sample are kept apart
 * @param sources datasets, at least one in a complete run
 */
public record DataSettings(DocumentMode documents, List<DataSource> sources)
    implements Serializable {
  /** No dataset yet, documents joined. */
  public static final DataSettings DEFAULTS = new DataSettings(DocumentMode.JOIN, List.of());

  public DataSettings {
    if (documents == null) {
      throw new IllegalArgumentException(
          "data.documents: expected join or separate, found nothing");
    }
    sources = sources == null ? List.of() : List.copyOf(sources);
  }

  /** Datasets whose documents are joined. */
  public static DataSettings joined(List<DataSource> sources) {
    return new DataSettings(DocumentMode.JOIN, sources);
  }
}
