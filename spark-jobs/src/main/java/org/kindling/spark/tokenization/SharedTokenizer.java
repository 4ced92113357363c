package org.kindling.spark.tokenization;

import java.io.Serializable;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/**
 * A tokenizer that travels by its name, if it is one that needs no file, or as JSON. It is built
 * once per executor, and threads share it.
 */
final class SharedTokenizer implements Serializable {
  private final String name;
  private final String json;
  // Of a named one nothing is kept here: Spark measures what it broadcasts, object by object.
  private transient Tokenizer built;

  SharedTokenizer(Tokenizer tokenizer) {
    boolean isNamed = Tokenizers.named(tokenizer.kind()).isPresent();
    this.name = isNamed ? tokenizer.kind() : null;
    this.json = isNamed ? null : tokenizer.toJson();
    this.built = isNamed ? null : tokenizer;
  }

  synchronized Tokenizer get() {
    if (built == null) {
      built = name == null ? Tokenizers.fromJson(json) : Tokenizers.named(name).orElseThrow();
    }
    return built;
  }
}
