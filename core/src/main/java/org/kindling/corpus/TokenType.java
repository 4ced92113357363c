package org.kindling.corpus;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import org.kindling.tokenizer.TokenBuffer;

/**
 * How a token is stored: Megatron-LM's element types, little-endian. Kindling writes {@link #U16}
 * and {@link #I32} and reads all whole-number types.
 *
 * <pre>{@code
 * TokenType.forVocabulary(50257)  // U16
 * TokenType.forVocabulary(100277) // I32
 * }</pre>
 */
public enum TokenType {
  U8(1, 1),
  I8(2, 1),
  I16(3, 2),
  I32(4, 4),
  I64(5, 8),
  U16(8, 2);

  /** Megatron-LM's own limit; it leaves room for vocabularies padded a little after the fact. */
  private static final int SMALL_VOCABULARY = 65500;

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final int code;
  private final int bytes;

  TokenType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The type Megatron-LM would choose for a vocabulary: u16 below 65500 entries, else i32. */
  public static TokenType forVocabulary(int vocabulary) {
    return vocabulary < SMALL_VOCABULARY ? U16 : I32;
  }

  static Optional<TokenType> ofCode(int code) {
    return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
  }

  /** The byte that stands for this type in an {@code .idx} file. */
  int code() {
    return code;
  }

  /** Bytes per token. */
  public int bytes() {
    return bytes;
  }

  /** As manifests name it: {@code u16}, {@code i32}. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  void encode(int[] tokens, int from, int count, byte[] target) {
    switch (this) {
      case U16 -> {
        for (int i = 0; i < count; i++) {
          SHORTS.set(target, i * 2, (short) tokens[from + i]);
        }
      }
      case I32 -> {
        for (int i = 0; i < count; i++) {
          INTS.set(target, i * 4, tokens[from + i]);
        }
      }
      default -> throw new IllegalArgumentException(label() + ": written are only u16 and i32");
    }
  }

  /** Encodes all ids of a buffer. */
  void encode(TokenBuffer tokens, byte[] target, int at) {
    int count = tokens.size();
    switch (this) {
      case U16 -> {
        for (int i = 0; i < count; i++) {
          SHORTS.set(target, at + i * 2, (short) tokens.get(i));
        }
      }
      case I32 -> {
        for (int i = 0; i < count; i++) {
          INTS.set(target, at + i * 4, tokens.get(i));
        }
      }
      default -> throw new IllegalArgumentException(label() + ": written are only u16 and i32");
    }
  }

  /** Decodes {@code count} tokens that start at byte {@code from} of {@code source}. */
  void decode(byte[] source, int from, int[] target, int offset, int count) {
    for (int i = 0; i < count; i++) {
      target[offset + i] =
          switch (this) {
            case U8 -> source[from + i] & 0xff;
            case I8 -> source[from + i];
            case I16 -> (short) SHORTS.get(source, from + i * 2);
            case U16 -> (short) SHORTS.get(source, from + i * 2) & 0xffff;
            case I32 -> (int) INTS.get(source, from + i * 4);
            case I64 -> narrow((long) LONGS.get(source, from + i * 8));
          };
    }
  }

  /** Too large for an int becomes -1, which no vocabulary holds: readers refuse it. */
  private static int narrow(long token) {
    return token == (int) token ? (int) token : -1;
  }
}
