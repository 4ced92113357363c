package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.Dtype;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kindling export}: a model as other programs load it. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description =
        "Writes a gpt2, llama or qwen3 model with its tokenizer for HuggingFace transformers (a"
            + " directory) or llama.cpp (one .gguf file).")
final class ExportJob implements Callable<Integer> {
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "DIR",
      description = "A checkpoint, or a run: then its newest valid checkpoint.")
  private String checkpoint;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "huggingface|gguf",
      description = "Whose files to write.")
  private Format format;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "PATH",
      description = "Directory, or file of format gguf, to write; there must be none yet.")
  private String output;

  @Option(
      names = "--dtype",
      paramLabel = "fp32|bf16|fp16",
      defaultValue = "fp32",
      description =
          "Numbers of the tensors, of format gguf of the matrices (default: ${DEFAULT-VALUE}).")
  private String dtype;

  enum Format {
    HUGGINGFACE,
    GGUF
  }

  @Override
  public Integer call() throws IOException {
    Dtype numbers = Dtype.named(dtype);
    Storage storage = Storage.standard();
    Path target = new Path(output);
    NewDirectory.requireNone(storage, target);
    Path directory = CheckpointArgument.find(storage, checkpoint);
    StoredModel.requireExportable(storage, directory);
    Tokenizer tokenizer =
        Tokenizers.load(storage, new Path(directory, Checkpoint.TOKENIZER).toString());
    try (StoredModel model = StoredModel.open(storage, directory)) {
      ExportTarget written = new ExportTarget(target, numbers);
      System.out.println(
          format == Format.GGUF
              ? GgufExport.run(storage, model, tokenizer, written)
              : HuggingFaceExport.run(storage, model, tokenizer, written));
    }
    return 0;
  }
}
