package org.kindling.spark.cluster;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import org.apache.spark.serializer.DeserializationStream;
import org.apache.spark.serializer.SerializationStream;
import org.apache.spark.serializer.Serializer;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.unsafe.Platform;
import scala.reflect.ClassTag;

/** Writes and reads the records of a shuffle by methods of its own, one pair after the other. */
public abstract class StreamSerializer extends Serializer implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Writes a record's key. */
  protected abstract void writeKey(Object key, DataOutputStream out) throws IOException;

  /** Writes what follows the key. */
  protected abstract void writeValue(Object value, DataOutputStream out) throws IOException;

  /**
   * @throws java.io.EOFException behind the last record, as Spark expects
   */
  protected abstract Object readKey(DataInputStream in) throws IOException;

  /** Reads what follows the key. */
  protected abstract Object readValue(DataInputStream in) throws IOException;

  @Override
  public SerializerInstance newInstance() {
    return new Instance();
  }

  /** So that a shuffle to many partitions sorts records without reading them back. */
  @Override
  public boolean supportsRelocationOfSerializedObjects() {
    return true;
  }

  /** What reads or writes. */
  private interface Action<T> {
    T run() throws IOException;
  }

  /** Spark's methods are Scala's, which throws exceptions without saying so. */
  private static <T> T attempt(Action<T> action) {
    try {
      return action.run();
    } catch (IOException e) {
      Platform.throwException(e);
      throw new IllegalStateException(e);
    }
  }

  private final class Instance extends SerializerInstance {
    @Override
    public SerializationStream serializeStream(OutputStream out) {
      return new Writer(new DataOutputStream(out));
    }

    @Override
    public DeserializationStream deserializeStream(InputStream in) {
      return new Reader(new DataInputStream(in));
    }

    @Override
    public <T> ByteBuffer serialize(T object, ClassTag<T> type) {
      throw new UnsupportedOperationException("for streams of records only");
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassTag<T> type) {
      throw new UnsupportedOperationException("for streams of records only");
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassLoader loader, ClassTag<T> type) {
      throw new UnsupportedOperationException("for streams of records only");
    }
  }

  private final class Writer extends SerializationStream {
    private final DataOutputStream out;

    Writer(DataOutputStream out) {
      this.out = out;
    }

    @Override
    public <T> SerializationStream writeKey(T key, ClassTag<T> type) {
      return attempt(
          () -> {
            StreamSerializer.this.writeKey(key, out);
            return this;
          });
    }

    @Override
    public <T> SerializationStream writeValue(T value, ClassTag<T> type) {
      return attempt(
          () -> {
            StreamSerializer.this.writeValue(value, out);
            return this;
          });
    }

    @Override
    public <T> SerializationStream writeObject(T record, ClassTag<T> type) {
      throw new UnsupportedOperationException("for pairs only");
    }

    @Override
    public void flush() {
      attempt(
          () -> {
            out.flush();
            return this;
          });
    }

    @Override
    public void close() {
      attempt(
          () -> {
            out.close();
            return this;
          });
    }
  }

  private final class Reader extends DeserializationStream {
    private final DataInputStream in;

    Reader(DataInputStream in) {
      this.in = in;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T readKey(ClassTag<T> type) {
      return attempt(() -> (T) StreamSerializer.this.readKey(in));
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T readValue(ClassTag<T> type) {
      return attempt(() -> (T) StreamSerializer.this.readValue(in));
    }

    @Override
    public <T> T readObject(ClassTag<T> type) {
      throw new UnsupportedOperationException("for pairs only");
    }

    @Override
    public void close() {
      attempt(
          () -> {
            in.close();
            return this;
          });
    }
  }
}
