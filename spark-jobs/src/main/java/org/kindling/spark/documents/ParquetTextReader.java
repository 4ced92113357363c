package org.kindling.spark.documents;

import java.io.IOException;
import java.util.stream.Collectors;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * Documents of a Parquet file: the values of one column, row by row, of the row groups whose middle
 * lies in the part. No other column is read.
 */
final class ParquetTextReader implements PartReader {
  private final FilePart part;
  private final ParquetFileReader file;
  private final MessageType schema;
  private final ColumnDescriptor column;
  private final String createdBy;
  private ColumnReader values;
  private long rowsLeft;
  private long row = -1;
  private final HeldText text = new HeldText();

  ParquetTextReader(Storage storage, FilePart part, String columnName) throws IOException {
    this.part = part;
    this.file = open(storage, part);
    MessageType whole = file.getFileMetaData().getSchema();
    this.schema = new MessageType(whole.getName(), requireText(whole, columnName));
    this.column = schema.getColumns().get(0);
    this.createdBy = file.getFileMetaData().getCreatedBy();
    file.setRequestedSchema(schema);
  }

  private static ParquetFileReader open(Storage storage, FilePart part) throws IOException {
    ParquetReadOptions range =
        ParquetReadOptions.builder().withRange(part.from(), part.to()).build();
    try {
      return ParquetFileReader.open(new StoredInput(storage, part), range);
    } catch (RuntimeException e) {
      // Parquet says so of files that are too short, end otherwise, or are encrypted.
      throw new CorruptFileException(
          part.name(),
          Math.max(0, part.sizeBytes() - 8),
          "expected a Parquet file (" + e.getMessage() + "); name the format with --format");
    }
  }

  /** Parquet's view of a file in {@link Storage}. */
  private record StoredInput(Storage storage, FilePart part) implements InputFile {
    @Override
    public long getLength() {
      return part.sizeBytes();
    }

    @Override
    public SeekableInputStream newStream() throws IOException {
      return HadoopStreams.wrap(storage.open(part.path()));
    }
  }

  private Type requireText(MessageType whole, String columnName) throws IOException {
    if (!whole.containsField(columnName)) {
      file.close();
      throw new IllegalArgumentException(
          part.name()
              + ": expected a column "
              + columnName
              + ", found "
              + whole.getFields().stream().map(Type::getName).collect(Collectors.joining(", "))
              + "; name the column with --text-column");
    }
    Type type = whole.getType(columnName);
    boolean text =
        type.isPrimitive()
            && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY
            && !type.isRepetition(Type.Repetition.REPEATED);
    if (!text) {
      file.close();
      throw new IllegalArgumentException(
          part.name()
              + ": expected text in column "
              + columnName
              + ", found "
              + type
              + "; name another with --text-column");
    }
    return type;
  }

  @Override
  public boolean advance() throws IOException {
    while (rowsLeft == 0) {
      PageReadStore rowGroup = file.readNextRowGroup();
      if (rowGroup == null) {
        return false;
      }
      values =
          new ColumnReadStoreImpl(
                  rowGroup, new GroupRecordConverter(schema).getRootConverter(), schema, createdBy)
              .getColumnReader(column);
      rowsLeft = rowGroup.getRowCount();
      row = rowGroup.getRowIndexOffset().orElse(row + 1) - 1;
    }
    row++;
    rowsLeft--;
    byte[] found = null;
    if (values.getCurrentDefinitionLevel() == column.getMaxDefinitionLevel()) {
      found = values.getBinary().getBytesUnsafe();
    }
    values.consume();
    if (found == null) {
      throw new MalformedDocumentException(
          new IllegalArgumentException(
              where()
                  + ": expected text in column "
                  + column.getPath()[0]
                  + ", found null; repair it, or choose --on-malformed skip"));
    }
    text.hold(found);
    return true;
  }

  @Override
  public int read(byte[] bytes, int from, int length) {
    return text.read(bytes, from, length);
  }

  @Override
  public long position() {
    return row;
  }

  @Override
  public String source() {
    return where();
  }

  @Override
  public long textStart() {
    return 0;
  }

  @Override
  public String where() {
    return part.name() + ", row " + row;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
