package org.kindling.spark.jobs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.spark.documents.TextChunks;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.StreamingEncoder;
import org.kindling.tokenizer.TokenBuffer;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling encode}: prints the token ids of a text. Starts no Spark. */
@Command(
    name = "encode",
    mixinStandardHelpOptions = true,
    description =
        "Prints the token ids of a text on one line, while it reads; standard input by default.")
public final class EncodeJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "T",
      description =
          "byte, gpt2, cl100k_base, o200k_base, or where kindling tokenizer wrote tokenizer.json.")
  private String tokenizer;

  @Mixin private SpecialTokensOption specialTokens;

  @ArgGroup private Source source;

  /** Where the text comes from, if not from standard input. */
  static final class Source {
    @Option(names = "--text", paramLabel = "TEXT", description = "The text itself.")
    private String text;

    @Option(names = "--file", paramLabel = "FILE", description = "A file in UTF-8.")
    private String file;
  }

  @Override
  public Integer call() throws IOException {
    Storage storage = Storage.standard();
    Tokenizer loaded = Tokenizers.load(storage, tokenizer);
    if (source == null) {
      encode(loaded, System.in, "standard input");
    } else if (source.text != null) {
      requireReadable(source.text, System.getProperty("sun.jnu.encoding"));
      byte[] utf8 = source.text.getBytes(StandardCharsets.UTF_8);
      encode(loaded, new ByteArrayInputStream(utf8), "--text");
    } else {
      try (InputStream in = storage.open(new Path(source.file))) {
        encode(loaded, in, source.file);
      }
    }
    return 0;
  }

  /** Prints ids as they become certain, so that a text of any length takes little memory. */
  private void encode(Tokenizer loaded, InputStream in, String where) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    StreamingEncoder encoder = loaded.streaming(specialTokens.value());
    TextChunks chunks = new TextChunks(in, where);
    TokenBuffer ids = new TokenBuffer();
    boolean first = true;
    try {
      for (int size = chunks.next(); size >= 0; size = chunks.next()) {
        encoder.feed(chunks.bytes(), 0, size, ids);
        first = print(ids, first, out);
      }
      encoder.finish(ids);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage().replaceFirst("^text, ", where + ", "), e);
    }
    print(ids, first, out);
    out.println();
    out.flush();
  }

  /** Prints and forgets ids; whether the next one is the first still. */
  private static boolean print(TokenBuffer ids, boolean first, PrintWriter out) {
    boolean none = first;
    for (int i = 0; i < ids.size(); i++) {
      if (!none) {
        out.print(' ');
      }
      out.print(ids.get(i));
      none = false;
    }
    ids.clear();
    return none;
  }

  /**
   * In a locale without UTF-8, Java puts U+FFFD for what it cannot read on its command line, and
   * the ids would be those of another text.
   */
  static void requireReadable(String text, String argumentEncoding) {
    if (text.indexOf('\uFFFD') >= 0 && !"UTF-8".equalsIgnoreCase(argumentEncoding)) {
      throw new IllegalArgumentException(
          "--text: holds characters that arguments in "
              + argumentEncoding
              + " cannot carry; set LC_ALL=C.UTF-8, or give the text with --file or on standard"
              + " input");
    }
  }
}
