package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JointsTest {
  private static final String[] WORDS = {
    "get", "Value", "HTTP", "Server", "aa", "AaAa", "x", "Of", "String", "Buffer", "ß", "Zürich",
    "A"
  };

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "cl100k_base"})
  void holdWhereMergingTheTextOfBothGivesBoth(String name) {
    BytePairVocabulary vocabulary = vocabulary(name);
    MergeTable table = Ranks.toMerges(vocabulary.tokens()).table();
    Joints joints = Joints.of(vocabulary.tokens(), vocabulary.merges(), table);
    KnownJoints known = new KnownJoints(joints);
    PieceMerger merger = new PieceMerger(table, vocabulary.tokens());
    SplittableRandom random = new SplittableRandom(31);
    int holding = 0;
    for (int i = 0; i < 50_000; i++) {
      // Early tokens are the ones that merge on.
      int left = random.nextInt(1 << 8 + random.nextInt(8)) % vocabulary.tokens().length;
      int right = random.nextInt(1 << 8 + random.nextInt(8)) % vocabulary.tokens().length;
      boolean holds = joints.hold(left, right);
      assertThat(holds)
          .as("%d before %d", left, right)
          .isEqualTo(areApart(merger, vocabulary.tokens(), left, right));
      assertThat(known.hold(left, right)).isEqualTo(holds);
      assertThat(known.hold(left, right)).isEqualTo(holds);
      holding += holds ? 1 : 0;
    }
    assertThat(holding).isBetween(25_000, 49_500);
  }

  private static BytePairVocabulary vocabulary(String name) {
    return Arrays.stream(TiktokenEncoding.values())
        .filter(encoding -> encoding.kind().equals(name))
        .findFirst()
        .orElseThrow()
        .vocabulary();
  }

  private static boolean areApart(PieceMerger merger, byte[][] tokens, int left, int right) {
    byte[] both = new byte[tokens[left].length + tokens[right].length];
    System.arraycopy(tokens[left], 0, both, 0, tokens[left].length);
    System.arraycopy(tokens[right], 0, both, tokens[left].length, tokens[right].length);
    TokenBuffer merged = new TokenBuffer();
    merger.merge(both, 0, both.length, merged);
    return merged.size == 2 && merged.ids[0] == left && merged.ids[1] == right;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "cl100k_base", "o200k_base"})
  void namesInCamelCaseBecomeWhatMergingThemWouldMake(String name) {
    Tokenizer tokenizer = Tokenizers.named(name).orElseThrow();
    BytePairVocabulary vocabulary = vocabulary(name);
    MergeTable table = Ranks.toMerges(vocabulary.tokens()).table();
    PieceEncoder withoutJoints =
        new PieceEncoder(
            vocabulary.splitting(),
            new PieceMerger(table, vocabulary.tokens()),
            null,
            null,
            PieceCache.of(new byte[0][]));
    SplittableRandom random = new SplittableRandom(32);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? " " : "");
      for (int words = 1 + random.nextInt(6); words > 0; words--) {
        text.append(WORDS[random.nextInt(WORDS.length)]);
        if (random.nextInt(4) == 0) {
          text.append((char) ('A' + random.nextInt(26))).append((char) ('a' + random.nextInt(26)));
        }
      }
      byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
      TokenBuffer expected = new TokenBuffer();
      withoutJoints.encode(utf8, 0, utf8.length, expected);
      assertThat(tokenizer.encode(text.toString()))
          .as(text.toString())
          .isEqualTo(expected.toArray());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void areUnknownWhereMergesAreNotInTheOrderOfTheirParts(boolean inOrder) {
    byte[][] tokens = {{'a'}, {'b'}, {'c'}, {'a', 'b'}, {'a', 'b', 'c'}};
    long first = BytePairVocabulary.pair(0, 1);
    long second = BytePairVocabulary.pair(3, 2);
    long[] merges = inOrder ? new long[] {first, second} : new long[] {second, first};
    MergeTable table = new MergeTable(2);
    table.put(merges[0], 0, inOrder ? 3 : 4, inOrder ? tokens[3] : tokens[4]);
    table.put(merges[1], 1, inOrder ? 4 : 3, inOrder ? tokens[4] : tokens[3]);
    assertThat(Joints.of(tokens, merges, table) != null).isEqualTo(inOrder);
  }

  @Test
  void areUnknownWhereATokenIsNeverMerged() {
    byte[][] tokens = {{'a'}, {'b'}, {'a', 'b'}, {'b', 'a'}};
    long[] merges = {BytePairVocabulary.pair(0, 1)};
    MergeTable table = new MergeTable(1);
    table.put(merges[0], 0, 2, tokens[2]);
    assertThat(Joints.of(tokens, merges, table)).isNull();
  }
}
