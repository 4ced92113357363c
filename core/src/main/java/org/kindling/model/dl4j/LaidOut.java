package org.kindling.model.dl4j;

import org.kindling.model.ParameterLayout;

/** A layer whose parameters have names, shapes and an order as Kindling's models have. */
interface LaidOut {
  ParameterLayout layout();
}
