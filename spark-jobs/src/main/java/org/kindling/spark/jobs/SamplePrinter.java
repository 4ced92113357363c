package org.kindling.spark.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints the texts of {@code kindling sample} in the order in which they were asked for, each as
 * soon as it and those before it have ended; a single one as it is written.
 */
final class SamplePrinter {
  /** What is printed. */
  enum Format {
    TEXT,
    JSON
  }

  /** A text, and its bytes so far. */
  private record Entry(SampledText text, ByteArrayOutputStream written) {}

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Format format;
  private final List<String> stops;
  private final PrintStream out = System.out;
  private final List<Entry> entries = new ArrayList<>();
  private int printed;

  SamplePrinter(Format format, List<String> stops) {
    this.format = format;
    this.stops = stops;
  }

  /** The texts of all prompts, each in {@code count} continuations. */
  List<SampledText> texts(List<SamplePrompt> prompts, int count) {
    if (prompts.size() == 1 && count == 1 && format == Format.TEXT) {
      return List.of(streamed(prompts.get(0)));
    }
    for (SamplePrompt prompt : prompts) {
      for (int continuation = 0; continuation < count; continuation++) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        SampledText text =
            new SampledText(prompt, continuation, stops, written::writeBytes, this::printEnded);
        entries.add(new Entry(text, written));
      }
    }
    return entries.stream().map(Entry::text).toList();
  }

  private SampledText streamed(SamplePrompt prompt) {
    write(prompt.text());
    return new SampledText(prompt, 0, stops, this::write, () -> write("\n"));
  }

  private void printEnded() {
    while (printed < entries.size() && entries.get(printed).text().ending() != null) {
      Entry entry = entries.get(printed++);
      if (format == Format.JSON) {
        write(json(entry) + "\n");
      } else {
        print(entry);
      }
    }
  }

  private void print(Entry entry) {
    SampledText text = entry.text();
    String between = printed == 1 ? "" : "\n";
    write(
        String.format(
            "%s==> prompt %d, continuation %d <==%n",
            between, text.prompt().number(), text.continuation() + 1));
    write(text.prompt().text());
    write(entry.written().toByteArray());
    write("\n");
  }

  private static String json(Entry entry) {
    SampledText text = entry.text();
    ObjectNode json = MAPPER.createObjectNode();
    json.put("prompt", text.prompt().text());
    json.put("continuation", text.continuation() + 1);
    json.put("text", entry.written().toString(StandardCharsets.UTF_8));
    json.put("tokens", text.tokens());
    json.put("ended", text.ending().label());
    try {
      return MAPPER.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String text) {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(byte[] bytes) {
    out.writeBytes(bytes);
    out.flush();
  }
}
