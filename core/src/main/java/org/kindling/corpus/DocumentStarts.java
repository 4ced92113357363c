package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * Where the documents of some shards begin, by binary search in their indexes: nothing is scanned
 * and nothing is kept of a document. A shard begins with a document. For one thread.
 */
final class DocumentStarts implements Closeable {
  private final Storage storage;
  private final Path directory;
  private final List<DatasetManifest.Shard> shards;
  private final PageCache cache;
  private final OpenFiles files;

  /** [shards + 1] first token of each shard, and the first after all. */
  private final long[] firstToken;

  /** [shards], opened when they are first asked for. */
  private final Index[] indexes;

  /** The index of one shard. */
  private record Index(PagedFile file, Path path, IndexLayout layout, int tokenBytes, long tokens) {
    /** First token of a document; empty documents begin where the next one does. */
    long start(long document) throws IOException {
      long at = layout.documentAt(document);
      long sequence = file.longAt(at);
      if (sequence < 0 || sequence > layout.sequences()) {
        throw corrupt(
            at,
            "document "
                + document
                + " starts at sequence "
                + sequence
                + " of "
                + layout.sequences());
      }
      if (sequence == layout.sequences()) {
        return tokens;
      }
      long offset = file.longAt(layout.offsetAt(sequence));
      if (offset < 0 || offset > tokens * tokenBytes || offset % tokenBytes != 0) {
        throw corrupt(
            layout.offsetAt(sequence),
            "expected an offset of a token below "
                + tokens * tokenBytes
                + " bytes, found "
                + offset);
      }
      return offset / tokenBytes;
    }

    long documents() {
      return layout.documentStarts() - 1;
    }

    /** The first document that begins at a token or later; {@link #documents} if none does. */
    long firstFrom(long token) throws IOException {
      long below = -1;
      long above = documents();
      while (above - below > 1) {
        long middle = (below + above) >>> 1;
        if (start(middle) < token) {
          below = middle;
        } else {
          above = middle;
        }
      }
      return above;
    }

    CorruptFileException corrupt(long at, String problem) {
      return new CorruptFileException(
          path.toString(), at, problem + "; the index is damaged, restore the file");
    }
  }

  DocumentStarts(
      Storage storage, Path directory, List<DatasetManifest.Shard> shards, PageCache cache) {
    this.storage = storage;
    this.directory = directory;
    this.shards = List.copyOf(shards);
    this.cache = cache;
    this.files = new OpenFiles(storage);
    this.indexes = new Index[shards.size()];
    this.firstToken = new long[shards.size() + 1];
    for (int i = 0; i < shards.size(); i++) {
      firstToken[i + 1] = firstToken[i] + shards.get(i).tokens();
    }
  }

  /**
   * Finds the tokens of a range that begin a document.
   *
   * @param from first token of the range
   * @param to first token after it
   * @param places receives the tokens' distances from {@code from}, ascending; at least to − from
   *     long
   * @return how many there are
   * @throws CorruptFileException if the index does not say, or contradicts itself
   */
  int between(long from, long to, int[] places) throws IOException {
    int count = 0;
    for (int shard = shardOf(from); shard < shards.size() && firstToken[shard] < to; shard++) {
      count = addStarts(shard, from, to, places, count);
    }
    return count;
  }

  private int addStarts(int shard, long from, long to, int[] places, int before)
      throws IOException {
    Index index = index(shard);
    long base = firstToken[shard];
    long end = Math.min(to - base, index.tokens());
    int count = before;
    long previous = -1;
    for (long d = index.firstFrom(from - base); d < index.documents(); d++) {
      long start = index.start(d);
      if (start < previous) {
        throw index.corrupt(
            index.layout().documentAt(d),
            "document " + d + " starts at token " + start + ", before the one before it");
      }
      if (start >= end) {
        break;
      }
      if (start > previous) {
        places[count++] = (int) (base + start - from);
      }
      previous = start;
    }
    return count;
  }

  private int shardOf(long token) {
    int found = Arrays.binarySearch(firstToken, token);
    if (found < 0) {
      return -found - 2;
    }
    // Of shards without tokens the last, which is the one that has the token.
    while (found + 1 < firstToken.length && firstToken[found + 1] == token) {
      found++;
    }
    return found;
  }

  private Index index(int shard) throws IOException {
    if (indexes[shard] == null) {
      indexes[shard] = open(shards.get(shard));
    }
    return indexes[shard];
  }

  private Index open(DatasetManifest.Shard shard) throws IOException {
    IndexedTokens opened = IndexedTokens.open(storage, directory, shard.name());
    Path path = new Path(directory, shard.name() + ".idx");
    FileChecksum checksum = shard.idx();
    PagedFile file = new PagedFile(path, checksum, files, cache);
    Index index = new Index(file, path, opened.layout(), opened.type().bytes(), opened.tokens());
    if (index.documents() != shard.documents()) {
      throw index.corrupt(
          IndexLayout.DOCUMENTS_AT,
          "expected "
              + shard.documents()
              + " documents by the manifest, found "
              + index.documents());
    }
    if (index.start(0) != 0) {
      throw index.corrupt(
          index.layout().documentAt(0),
          "expected the first document at token 0, found it at " + index.start(0));
    }
    return index;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
