package org.kindling.spark.documents;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.spark.cluster.Cluster;
import org.kindling.storage.Storage;

/** A corpus as Spark reads it. */
public final class Documents {
  private Documents() {}

  /**
   * All documents, in the order of their paths.
   *
   * @throws IllegalArgumentException if there is no such path or no file in it
   */
  public static JavaRDD<String> read(SparkSession session, DocumentOptions options)
      throws IOException {
    Storage storage = Cluster.storage(session);
    if (!storage.exists(options.input())) {
      throw new IllegalArgumentException(
          "--input " + options.input() + ": no such file or directory; check the path");
    }
    List<String> files = new ArrayList<>();
    collect(storage, options.input(), files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException(
          "--input "
              + options.input()
              + ": holds no files (hidden ones are left out); give a corpus with text in it");
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(storage.configuration()));
    int tasks = Math.min(files.size(), 4 * context.defaultParallelism());
    return context
        .parallelize(files, tasks)
        .map(file -> text(new Storage(configuration.value().value()), new Path(file)));
  }

  private static void collect(Storage storage, Path path, List<String> files) throws IOException {
    if (!storage.isDirectory(path)) {
      files.add(path.toString());
      return;
    }
    for (Path child : storage.list(path)) {
      collect(storage, child, files);
    }
  }

  private static String text(Storage storage, Path file) throws IOException {
    try (InputStream raw = storage.open(file);
        InputStream in = file.getName().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      return StrictText.decode(in.readAllBytes(), file.toString());
    }
  }
}
