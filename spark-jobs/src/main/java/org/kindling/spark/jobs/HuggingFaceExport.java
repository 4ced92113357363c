package org.kindling.spark.jobs;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.HuggingFaceConfig;
import org.kindling.checkpoint.Safetensors;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.TokenizerFiles;

/** Writes what {@code AutoModelForCausalLM} and {@code AutoTokenizer} of transformers load. */
final class HuggingFaceExport {
  private HuggingFaceExport() {}

  /** Returns a line that says what was written; a failure leaves nothing. */
  static String run(Storage storage, StoredModel model, Tokenizer tokenizer, ExportTarget target)
      throws IOException {
    HuggingFaceConfig config = model.config();
    try (NewDirectory directory = NewDirectory.prepare(storage, target.path())) {
      Path written = directory.path();
      TokenizerFiles.write(storage, written, tokenizer, model.forTokenizer());
      storage.writeText(new Path(written, HuggingFaceConfig.FILE), config.toJson(target.dtype()));
      Safetensors.write(
          storage, new Path(written, Checkpoint.MODEL), model.tensors(), target.dtype());
      directory.publish();
    }
    return String.format(
        "%s: %s, %d parameters in %s",
        target.path(),
        config.modelType().className(),
        model.layout().parameters(),
        target.dtype().label());
  }
}
