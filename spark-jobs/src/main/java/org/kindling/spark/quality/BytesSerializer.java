package org.kindling.spark.quality;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.kindling.spark.cluster.StreamSerializer;

/**
 * Writes shuffled records, byte arrays as keys without values, as a length and the bytes. Java's
 * serialization takes several microseconds for each, most of the time of looking for near
 * duplicates.
 */
final class BytesSerializer extends StreamSerializer {
  private static final long serialVersionUID = 1L;

  @Override
  protected void writeKey(Object key, DataOutputStream out) throws IOException {
    byte[] bytes = (byte[]) key;
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /** There is none. */
  @Override
  protected void writeValue(Object value, DataOutputStream out) {}

  @Override
  protected Object readKey(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return bytes;
  }

  @Override
  protected Object readValue(DataInputStream in) {
    return null;
  }
}
