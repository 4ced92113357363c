package org.kindling.model;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Small transformers that differ from an architecture in the parts that a test names. */
public final class ModelVariants {
  /** What follows from the rest unless it is named. */
  private static final Set<String> DERIVED = Set.of("kvHeads", "headDim", "hidden", "ropeTheta");

  private ModelVariants() {}

  /**
   * An architecture of 2 layers, 3 heads, width 6 and context 7, with other values.
   *
   * @param text e.g. {@code "llama heads=4 kvHeads=2 window=3"}
   */
  public static ModelSettings of(String text) {
    String[] words = text.trim().split(" +");
    Architecture architecture = Architecture.named(words[0]);
    ModelSettings base = architecture.settings(2, 3, 6, 7, architecture.isTied());
    return changed(base, Arrays.copyOfRange(words, 1, words.length));
  }

  /**
   * Settings with other values.
   *
   * @param words e.g. {@code "heads=4"}
   */
  static ModelSettings changed(ModelSettings base, String... words) {
    Map<String, String> changes = new HashMap<>();
    for (String word : words) {
      changes.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
    }
    try {
      RecordComponent[] components = ModelSettings.class.getRecordComponents();
      Object[] values = new Object[components.length];
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < components.length; i++) {
        String given = changes.remove(components[i].getName());
        types[i] = components[i].getType();
        values[i] =
            given == null ? inherited(components[i], base) : parsed(components[i].getType(), given);
      }
      if (!changes.isEmpty()) {
        throw new IllegalArgumentException("no such settings: " + changes.keySet());
      }
      return ModelSettings.class.getConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw (RuntimeException) e.getCause();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static Object inherited(RecordComponent component, ModelSettings base)
      throws ReflectiveOperationException {
    if (DERIVED.contains(component.getName())) {
      return parsed(component.getType(), "0");
    }
    return component.getAccessor().invoke(base);
  }

  private static Object parsed(Class<?> type, String text) {
    if (type == int.class) {
      return Integer.valueOf(text);
    }
    if (type == double.class) {
      return Double.valueOf(text);
    }
    return type == boolean.class ? Boolean.valueOf(text) : text;
  }
}
