package org.kindling.spark.tokenization;

import java.io.Serializable;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/** A tokenizer that travels as JSON and is built once per executor. Threads share it. */
final class SharedTokenizer implements Serializable {
  private final String json;
  private transient Tokenizer built;

  SharedTokenizer(Tokenizer tokenizer) {
    this.json = tokenizer.toJson();
    this.built = tokenizer;
  }

  synchronized Tokenizer get() {
    if (built == null) {
      built = Tokenizers.fromJson(json);
    }
    return built;
  }
}
