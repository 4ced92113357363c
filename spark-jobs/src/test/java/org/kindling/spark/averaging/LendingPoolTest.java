package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.MemoryShortageException;

class LendingPoolTest {
  private final LendingPool<String, Thing> pool = new LendingPool<>(() -> 1);

  /** Something that may fail when it is closed. */
  private static final class Thing implements Closeable {
    private final boolean fails;
    private boolean closed;

    Thing(boolean fails) {
      this.fails = fails;
    }

    @Override
    public void close() throws IOException {
      closed = true;
      if (fails) {
        throw new IOException("cannot be closed");
      }
    }
  }

  private Thing lend(String key, Thing opened) throws IOException {
    return pool.use(key, () -> opened, thing -> thing);
  }

  @Test
  void equalKeyGetsWhatIsIdle() throws IOException {
    Thing first = new Thing(false);
    assertThat(lend("a", first)).isSameAs(first);
    assertThat(lend("a", new Thing(false))).isSameAs(first);
    assertThat(first.closed).isFalse();
  }

  @Test
  void anotherKeyMakesRoom() throws IOException {
    Thing first = lend("a", new Thing(false));
    lend("b", new Thing(false));
    assertThat(first.closed).isTrue();
    assertThat(pool.idle()).isEqualTo(1);
  }

  @Test
  void roomThatCannotBeMadeKeepsNothingBusy() throws IOException {
    lend("a", new Thing(true));
    assertThatThrownBy(() -> lend("b", new Thing(false))).hasMessage("cannot be closed");
    assertThat(pool.busy()).isZero();
    lend("b", new Thing(false));
    assertThat(pool.idle()).isEqualTo(1);
  }

  @Test
  void whatFailsIsClosedAndNotKept() {
    Thing opened = new Thing(false);
    assertThatThrownBy(
            () ->
                pool.use(
                    "a",
                    () -> opened,
                    thing -> {
                      throw new IOException("step 3");
                    }))
        .hasMessage("step 3");
    assertThat(opened.closed).isTrue();
    assertThat(pool.busy() + pool.idle()).isZero();
  }

  @Test
  void whatCannotBeClosedEitherDoesNotHideTheReason() {
    assertThatThrownBy(
            () ->
                pool.use(
                    "a",
                    () -> new Thing(true),
                    thing -> {
                      throw new IllegalStateException("CUDA error: 700");
                    }))
        .hasMessage("CUDA error: 700")
        .hasSuppressedException(new IOException("cannot be closed"));
    assertThat(pool.busy() + pool.idle()).isZero();
  }

  @Test
  void openingThatFailsKeepsNothingBusy() {
    assertThatThrownBy(
            () ->
                pool.use(
                    "a",
                    () -> {
                      throw new IOException("no data");
                    },
                    thing -> thing))
        .hasMessage("no data");
    assertThat(pool.busy()).isZero();
  }

  @Test
  void shortageOfMemoryIsTriedAgainOnceIdleOnesAreClosed() throws IOException {
    LendingPool<String, Thing> wide = new LendingPool<>(() -> 2);
    Thing first = new Thing(false);
    wide.use("a", () -> first, thing -> thing);
    Thing second = new Thing(false);
    Thing lent =
        wide.use(
            "b",
            () -> {
              if (!first.closed) {
                throw new MemoryShortageException("too little");
              }
              return second;
            },
            thing -> thing);
    assertThat(lent).isSameAs(second);
  }
}
