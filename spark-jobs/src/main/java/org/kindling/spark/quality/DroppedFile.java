package org.kindling.spark.quality;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.Storage;

/** A Parquet file of the documents of one group that are left out, and why. Not thread-safe. */
final class DroppedFile implements Closeable {
  static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message dropped {
            required binary file (STRING);
            required int64 position;
            required int32 group;
            required int64 ordinal;
            required int64 sizeBytes;
            required binary reason (STRING);
            required double score;
            optional binary survivorFile (STRING);
            optional int64 survivorPosition;
          }
          """);

  private final SimpleGroupFactory rows = new SimpleGroupFactory(SCHEMA);
  private final CommittedOutput out;
  private final ParquetWriter<Group> writer;

  DroppedFile(Storage storage, Path file) throws IOException {
    this.out = storage.create(file);
    this.writer =
        ExampleParquetWriter.builder(new Committed(out))
            .withConf(new Configuration(false))
            .withType(SCHEMA)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .build();
  }

  /**
   * Adds a document.
   *
   * @param home its group
   * @param survivorFile of the document that stays in its place; null if none does
   */
  void add(Dropped dropped, DocumentGroup home, String survivorFile) throws IOException {
    DocumentKey key = dropped.key();
    Group row =
        rows.newGroup()
            .append("file", home.file(key.part()))
            .append("position", key.position())
            .append("group", key.group())
            .append("ordinal", key.ordinal())
            .append("sizeBytes", key.sizeBytes())
            .append("reason", dropped.reason().label())
            .append("score", dropped.score());
    if (survivorFile != null) {
      row.append("survivorFile", survivorFile)
          .append("survivorPosition", dropped.survivor().position());
    }
    writer.write(row);
  }

  /** Makes the file visible. */
  void commit() throws IOException {
    writer.close();
    out.commit();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** Parquet's view of a file in the making. */
  private record Committed(CommittedOutput out) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new Positions(out);
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return new Positions(out);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }

  private static final class Positions extends PositionOutputStream {
    private final CommittedOutput out;

    Positions(CommittedOutput out) {
      this.out = out;
    }

    @Override
    public long getPos() {
      return out.sizeBytes();
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }
  }
}
