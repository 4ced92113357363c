package org.kindling.spark.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.TransformerShape;
import org.kindling.storage.Storage;
import org.kindling.storage.WriteFailedException;

/** Evaluations as a Parquet table with the columns of {@code evaluations.csv}. */
public final class EvaluationsParquet {
  private EvaluationsParquet() {}

  /**
   * Replaces what is there.
   *
   * @throws WriteFailedException if Spark could not write it
   */
  public static void write(
      SparkSession session, Storage storage, List<EvaluationRow> rows, Path target)
      throws IOException {
    Path prepared = storage.temporarySibling(target);
    try {
      table(session, rows).coalesce(1).write().parquet(prepared.toString());
      storage.publishReplacing(prepared, target);
    } catch (Exception e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      throw new WriteFailedException(target.toString(), "(" + root.getMessage() + ")", e);
    } finally {
      storage.delete(prepared);
    }
  }

  private static org.apache.spark.sql.Dataset<Row> table(
      SparkSession session, List<EvaluationRow> rows) {
    StructType schema =
        new StructType()
            .add("run", "string", false)
            .add("family", "string", false)
            .add("step", "long", false)
            .add("parameters", "double", false)
            .add("embeddingParameters", "double", false)
            .add("tokens", "double", false)
            .add("flops", "double", false)
            .add("loss", "double", false)
            .add("bitsPerByte", "double", false)
            .add("standardError", "double", false)
            .add("final", "boolean", false)
            .add("layers", "integer", true)
            .add("heads", "integer", true)
            .add("width", "integer", true)
            .add("context", "integer", true)
            .add("vocabulary", "integer", true);
    List<Row> records = new ArrayList<>();
    for (EvaluationRow row : rows) {
      TransformerShape shape = row.shape();
      records.add(
          RowFactory.create(
              row.run(),
              row.family(),
              row.step(),
              row.parameters(),
              row.embeddingParameters(),
              row.tokens(),
              row.flops(),
              row.loss(),
              row.bitsPerByte(),
              row.standardError(),
              row.isFinal(),
              shape == null ? null : shape.layers(),
              shape == null ? null : shape.heads(),
              shape == null ? null : shape.width(),
              shape == null ? null : shape.context(),
              shape == null ? null : shape.vocabulary()));
    }
    return session.createDataFrame(records, schema);
  }
}
