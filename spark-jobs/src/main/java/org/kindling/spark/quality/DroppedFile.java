package org.kindling.spark.quality;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
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

  /** Of one row group, which is held in memory. */
  private static final long ROW_GROUP_BYTES = 8 << 20;

  private final SimpleGroupFactory rows = new SimpleGroupFactory(SCHEMA);
  private final CommittedOutput out;
  private final Positions positions;
  private final ParquetWriter<Group> writer;

  DroppedFile(Storage storage, Path file) throws IOException {
    this.out = storage.create(file);
    this.positions = new Positions(out);
    this.writer =
        ExampleParquetWriter.builder(new Target(positions))
            .withConf(new Configuration(false))
            .withType(SCHEMA)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .withRowGroupSize(ROW_GROUP_BYTES)
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
    positions.hold();
    writer.close();
    out.write(withEncodingsInOrder(positions.held.toByteArray()));
    out.commit();
  }

  /**
   * Parquet lists the encodings of a column in an order that changes from one Java process to the
   * next; the same documents shall give the same bytes.
   *
   * @param end of a file: what is before the footer, the footer, four bytes of its length, and
   *     {@code PAR1}
   */
  private static byte[] withEncodingsInOrder(byte[] end) throws IOException {
    int trailer = end.length - 2 * Integer.BYTES;
    int length = ByteBuffer.wrap(end).order(ByteOrder.LITTLE_ENDIAN).getInt(trailer);
    int footer = trailer - length;
    FileMetaData metadata = Util.readFileMetaData(new ByteArrayInputStream(end, footer, length));
    for (RowGroup group : metadata.getRow_groups()) {
      for (ColumnChunk column : group.getColumns()) {
        Collections.sort(column.getMeta_data().getEncodings());
      }
    }
    ByteArrayOutputStream ordered = new ByteArrayOutputStream(end.length);
    ordered.write(end, 0, footer);
    Util.writeFileMetaData(metadata, ordered);
    if (ordered.size() != trailer) {
      throw new IllegalStateException("the footer's length changed");
    }
    ordered.write(end, trailer, end.length - trailer);
    return ordered.toByteArray();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** Parquet's view of a file in the making. */
  private record Target(Positions positions) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return positions;
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return positions;
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

  /** Writes to the file, or on request only to memory. */
  private static final class Positions extends PositionOutputStream {
    private final CommittedOutput out;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean holds;

    Positions(CommittedOutput out) {
      this.out = out;
    }

    void hold() {
      holds = true;
    }

    @Override
    public long getPos() {
      return out.sizeBytes() + held.size();
    }

    @Override
    public void write(int b) throws IOException {
      (holds ? held : out).write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      (holds ? held : out).write(bytes, from, length);
    }
  }
}
