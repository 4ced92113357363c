package org.kindling.spark.documents;

import java.io.IOException;
import java.io.Serializable;
import java.util.function.LongPredicate;
import org.kindling.storage.Storage;

/** Which documents of a corpus stay. Travels to the tasks. */
public interface Selection extends Serializable {
  /** Whether a document of the group is left out, by its {@link DocumentReader#ordinal}. */
  LongPredicate leftOut(Storage storage, int group) throws IOException;
}
