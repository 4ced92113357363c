package org.kindling.settings;

import java.util.List;
import org.kindling.settings.SweepSettings.Shape;

/**
 * Shapes that a sweep chooses from if it names none. Widths grow by a fifth to a half; width per
 * layer rises from 8 in the smallest to 64 at width 512 and 128 from 4096 on, inside the broad
 * range in which loss hardly depends on it; heads have 16 to 32 elements below width 256, 64 up to
 * 1792 and 128 beyond.
 *
 * @see <a href="https://arxiv.org/abs/2001.08361">Kaplan et al. 2020, figure 5: loss against aspect
 *     ratio</a>
 * @see <a href="https://arxiv.org/abs/2203.15556">Hoffmann et al. 2022, table A9: shapes of 44
 *     million to 16 billion parameters</a>
 */
public final class ShapeTable {
  /** From narrow to wide. */
  public static final List<Shape> SHAPES =
      List.of(
          new Shape(2, 1, 16),
          new Shape(2, 1, 24),
          new Shape(2, 2, 32),
          new Shape(3, 2, 48),
          new Shape(3, 2, 64),
          new Shape(4, 3, 96),
          new Shape(4, 4, 128),
          new Shape(5, 5, 160),
          new Shape(6, 6, 192),
          new Shape(6, 4, 256),
          new Shape(8, 5, 320),
          new Shape(8, 6, 384),
          new Shape(8, 7, 448),
          new Shape(8, 8, 512),
          new Shape(10, 10, 640),
          new Shape(12, 12, 768),
          new Shape(14, 14, 896),
          new Shape(16, 16, 1024),
          new Shape(18, 20, 1280),
          new Shape(20, 24, 1536),
          new Shape(22, 28, 1792),
          new Shape(24, 16, 2048),
          new Shape(28, 20, 2560),
          new Shape(32, 24, 3072),
          new Shape(32, 32, 4096),
          new Shape(40, 40, 5120),
          new Shape(48, 48, 6144),
          new Shape(80, 64, 8192));

  private ShapeTable() {}
}
