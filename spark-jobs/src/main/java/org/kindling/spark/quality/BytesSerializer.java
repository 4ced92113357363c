package org.kindling.spark.quality;

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

/**
 * Writes shuffled records, byte arrays as keys without values, as a length and the bytes. Java's
 * serialization takes several microseconds for each, most of the time of looking for near
 * duplicates.
 */
final class BytesSerializer extends Serializer implements Serializable {
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
  private interface Action {
    void run() throws IOException;
  }

  /** Spark's methods are Scala's, which throws exceptions without saying so. */
  private static void attempt(Action action) {
    try {
      action.run();
    } catch (IOException e) {
      Platform.throwException(e);
    }
  }

  private static final class Instance extends SerializerInstance {
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

  private static final class Writer extends SerializationStream {
    private final DataOutputStream out;

    Writer(DataOutputStream out) {
      this.out = out;
    }

    @Override
    public <T> SerializationStream writeKey(T key, ClassTag<T> type) {
      return writeObject(key, type);
    }

    /** There is none. */
    @Override
    public <T> SerializationStream writeValue(T value, ClassTag<T> type) {
      return this;
    }

    @Override
    public <T> SerializationStream writeObject(T record, ClassTag<T> type) {
      byte[] bytes = (byte[]) record;
      attempt(
          () -> {
            out.writeInt(bytes.length);
            out.write(bytes);
          });
      return this;
    }

    @Override
    public void flush() {
      attempt(out::flush);
    }

    @Override
    public void close() {
      attempt(out::close);
    }
  }

  private static final class Reader extends DeserializationStream {
    private final DataInputStream in;

    Reader(DataInputStream in) {
      this.in = in;
    }

    @Override
    public <T> T readKey(ClassTag<T> type) {
      return readObject(type);
    }

    @Override
    public <T> T readValue(ClassTag<T> type) {
      return null;
    }

    /** Ends, as Spark expects, with an {@link java.io.EOFException}. */
    @Override
    @SuppressWarnings("unchecked")
    public <T> T readObject(ClassTag<T> type) {
      byte[] bytes = null;
      try {
        bytes = new byte[in.readInt()];
        in.readFully(bytes);
      } catch (IOException e) {
        Platform.throwException(e);
      }
      return (T) bytes;
    }

    @Override
    public void close() {
      attempt(in::close);
    }
  }
}
