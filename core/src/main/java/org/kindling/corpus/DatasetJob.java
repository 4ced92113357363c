package org.kindling.corpus;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What decides the bytes of a dataset. Work left unfinished by one job is of use to another only if
 * both are equal.
 *
 * @param settings by the names of the options that set them
 * @param input all files of the corpus, in order
 */
public record DatasetJob(SortedMap<String, String> settings, List<InputFile> input) {
  /** The setting that a resumed job may change: what is finished holds no malformed documents. */
  public static final String ON_MALFORMED = "--on-malformed";

  /** Likewise: what is finished holds none if they were refused. */
  public static final String SPECIAL_TOKENS = "--special-tokens";

  private static final String VERSION = "Kindling version";

  public DatasetJob {
    settings = new TreeMap<>(settings);
    settings.putIfAbsent(VERSION, WriterVersion.current());
    input = List.copyOf(input);
  }

  /** How a later job differs so that it cannot go on with this one's work; empty if it can. */
  Optional<String> differenceTo(DatasetJob later) {
    TreeSet<String> names = new TreeSet<>(settings.keySet());
    names.addAll(later.settings.keySet());
    for (String name : names) {
      String old = settings.get(name);
      String now = later.settings.get(name);
      boolean stricter =
          name.equals(ON_MALFORMED) && "fail".equals(old)
              || name.equals(SPECIAL_TOKENS) && "refuse".equals(old);
      if (!stricter && (old == null || !old.equals(now))) {
        return Optional.of(name + " was " + shown(old) + " and is now " + shown(now));
      }
    }
    return differenceOfInput(later.input);
  }

  private static String shown(String value) {
    return value == null ? "not given" : value;
  }

  private Optional<String> differenceOfInput(List<InputFile> now) {
    Map<String, InputFile> before = new HashMap<>();
    input.forEach(file -> before.put(file.path(), file));
    for (InputFile file : now) {
      InputFile old = before.remove(file.path());
      if (old == null) {
        return Optional.of("the input file " + file.path() + " is new");
      }
      if (!old.equals(file)) {
        return Optional.of("the input file " + file.path() + " has changed");
      }
    }
    if (!before.isEmpty()) {
      return Optional.of("the input file " + before.keySet().iterator().next() + " is gone");
    }
    return input.equals(now)
        ? Optional.empty()
        : Optional.of("the input files were given in another order");
  }
}
