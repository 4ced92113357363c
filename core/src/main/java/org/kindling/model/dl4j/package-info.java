/**
 * Kindling's transformer for networks of DL4J, without anything else of Kindling: {@link
 * org.kindling.model.dl4j.TransformerLayer} goes between any embedding and any output layer, {@link
 * org.kindling.model.dl4j.LanguageModelLayer} is a whole language model. Start with the first.
 */
package org.kindling.model.dl4j;
