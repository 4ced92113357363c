package org.kindling.spark.averaging;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.kindling.spark.cluster.StreamSerializer;

/** Writes what workers shuffle: a shard's number, and the update that a worker made of it. */
final class UpdateSerializer extends StreamSerializer {
  private static final long serialVersionUID = 1L;

  @Override
  protected void writeKey(Object key, DataOutputStream out) throws IOException {
    out.writeInt((Integer) key);
  }

  @Override
  protected void writeValue(Object value, DataOutputStream out) throws IOException {
    Update update = (Update) value;
    out.writeInt(update.worker());
    UpdateFormat.write(update.shard(), out);
  }

  @Override
  protected Object readKey(DataInputStream in) throws IOException {
    return in.readInt();
  }

  @Override
  protected Object readValue(DataInputStream in) throws IOException {
    int worker = in.readInt();
    return new Update(worker, UpdateFormat.read(in));
  }
}
