package org.kindling.torch;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;

/** Operators of libtorch that its Java classes do not have, by their names in the dispatcher. */
final class Operators {
  private static final Map<String, OperatorHandle> HANDLES = new ConcurrentHashMap<>();

  private Operators() {}

  /**
   * @throws RuntimeException if this libtorch has no such operator
   */
  static OperatorHandle handle(String name) {
    return HANDLES.computeIfAbsent(name, Operators::find);
  }

  private static OperatorHandle find(String name) {
    OperatorHandle handle = Dispatcher.singleton().findSchemaOrThrow("aten::" + name, "");
    // Outlives whatever scope is open.
    handle.retainReference();
    return handle;
  }

  /** Native objects that stay until the process ends. */
  static int held() {
    return HANDLES.size();
  }

  /**
   * Calls an operator.
   *
   * @param inputs in the order of its schema; null for none
   * @return what it returns; lives as long as the scope it is made in
   */
  static IValueVector call(String name, Object... inputs) {
    IValue[] values = new IValue[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      values[i] = value(inputs[i]);
    }
    IValueVector stack = new IValueVector(values);
    handle(name).callBoxed(stack);
    return stack;
  }

  private static IValue value(Object input) {
    if (input == null) {
      return new IValue();
    }
    if (input instanceof IValue value) {
      return value;
    }
    if (input instanceof Tensor tensor) {
      return new IValue(tensor);
    }
    if (input instanceof Boolean yes) {
      return new IValue(yes);
    }
    if (input instanceof Long number) {
      return new IValue(number);
    }
    if (input instanceof Double number) {
      return new IValue(number);
    }
    throw new IllegalArgumentException(
        "operator: expected a tensor, a number or a truth, found " + input.getClass());
  }

  /** A returned tensor by its position. */
  static Tensor tensor(IValueVector returned, int position) {
    // toTensor() points into the stack.
    return new Tensor(returned.get(position).toTensor());
  }
}
