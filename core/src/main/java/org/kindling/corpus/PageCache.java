package org.kindling.corpus;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The most recently used pages of token files, for all readers of a process. Small datasets end up
 * in memory entirely, and a Spark task finds what the task before it has read. Threads share it.
 */
final class PageCache {
  /** Large enough that a page costs one seek, small enough that random access wastes little. */
  static final int PAGE_BYTES = 1 << 18;

  private static final long MOST_BYTES = 256L << 20;

  /** At most an eighth of the heap, since an executor needs its memory for other things. */
  static final PageCache SHARED =
      new PageCache(Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / 8));

  private final long capacityBytes;
  private final LinkedHashMap<Key, byte[]> pages = new LinkedHashMap<>(64, 0.75f, true);
  private long heldBytes;

  PageCache(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  /**
   * Names a page.
   *
   * @param file path and checksum, so that a replaced file is another file
   * @param page number of the page in the file
   */
  record Key(String file, long page) {}

  interface Loader {
    byte[] load() throws IOException;
  }

  /** The page, loaded if need be. Two threads that miss at once both load it; neither waits. */
  byte[] get(Key key, Loader loader) throws IOException {
    synchronized (pages) {
      byte[] page = pages.get(key);
      if (page != null) {
        return page;
      }
    }
    byte[] loaded = loader.load();
    synchronized (pages) {
      byte[] before = pages.put(key, loaded);
      heldBytes += loaded.length - (before == null ? 0 : before.length);
      evict();
    }
    return loaded;
  }

  private void evict() {
    var oldest = pages.entrySet().iterator();
    while (heldBytes > capacityBytes && pages.size() > 1) {
      Map.Entry<Key, byte[]> entry = oldest.next();
      heldBytes -= entry.getValue().length;
      oldest.remove();
    }
  }

  long heldBytes() {
    synchronized (pages) {
      return heldBytes;
    }
  }
}
