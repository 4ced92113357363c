package org.kindling.scaling;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import java.io.IOException;

/** {@code fit.json}: a {@link ScalingFit} as JSON and back. Numbers that do not exist are null. */
public final class FitJson {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .registerModule(
              new SimpleModule()
                  .addSerializer(new DoubleOrNull())
                  .addSerializer(Double.TYPE, new DoubleOrNull())
                  .addDeserializer(Double.TYPE, new NullAsNaN()))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private FitJson() {}

  /** Indented JSON with a final newline. */
  public static String write(ScalingFit fit) {
    try {
      return MAPPER.writeValueAsString(fit) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("fit.json cannot be written: " + e.getMessage(), e);
    }
  }

  /** A plan likewise. */
  public static String write(Plan plan) {
    try {
      return MAPPER.writeValueAsString(plan) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a plan cannot be written: " + e.getMessage(), e);
    }
  }

  /**
   * Reads what {@link #write(ScalingFit)} wrote.
   *
   * @param source how error messages call the input
   * @throws IllegalArgumentException if it is no such JSON
   */
  public static ScalingFit read(String json, String source) {
    ScalingFit fit;
    try {
      fit = MAPPER.readValue(json, ScalingFit.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          source + ": not a fit.json (" + e.getOriginalMessage() + "); run kindling fit again", e);
    }
    if (fit == null
        || fit.parametric() == null
        || fit.isoflop() == null
        || fit.heldOut() == null
        || fit.prediction() == null) {
      throw new IllegalArgumentException(
          source + ": expected parametric, isoflop, heldOut, prediction; run kindling fit again");
    }
    return fit;
  }

  private static final class DoubleOrNull extends StdScalarSerializer<Double> {
    private static final long serialVersionUID = 1;

    DoubleOrNull() {
      super(Double.class);
    }

    @Override
    public void serialize(Double value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      if (Double.isFinite(value)) {
        out.writeNumber(value);
      } else {
        out.writeNull();
      }
    }
  }

  private static final class NullAsNaN extends StdScalarDeserializer<Double> {
    private static final long serialVersionUID = 1;

    NullAsNaN() {
      super(Double.TYPE);
    }

    @Override
    public Double deserialize(JsonParser in, DeserializationContext context) throws IOException {
      return in.getDoubleValue();
    }

    @Override
    public Double getNullValue(DeserializationContext context) {
      return Double.NaN;
    }
  }
}
