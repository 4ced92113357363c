package org.kindling.spark.averaging;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.deeplearning4j.core.storage.Persistable;

/**
 * What a worker tells of one step, in the envelope in which DL4J's workers send what listeners have
 * to say along with their results.
 */
record Dl4jStep(int worker, double loss, double gradientNorm, double seconds)
    implements Persistable {
  private static final String TYPE = "kindling-step";

  @Override
  public String getSessionID() {
    return TYPE;
  }

  @Override
  public String getTypeID() {
    return TYPE;
  }

  @Override
  public String getWorkerID() {
    return Integer.toString(worker);
  }

  @Override
  public long getTimeStamp() {
    return 0;
  }

  @Override
  public int encodingLengthBytes() {
    throw inMemory();
  }

  @Override
  public byte[] encode() {
    throw inMemory();
  }

  @Override
  public void encode(ByteBuffer buffer) {
    throw inMemory();
  }

  @Override
  public void encode(OutputStream outputStream) {
    throw inMemory();
  }

  @Override
  public void decode(byte[] decode) {
    throw inMemory();
  }

  @Override
  public void decode(ByteBuffer buffer) {
    throw inMemory();
  }

  @Override
  public void decode(java.io.InputStream inputStream) {
    throw inMemory();
  }

  private static UnsupportedOperationException inMemory() {
    return new UnsupportedOperationException("a step is sent, never stored");
  }
}
