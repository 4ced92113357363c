/**
 * Language models behind one interface, {@link org.kindling.model.LanguageModel}, whose parameters
 * are one flat vector. Depends on {@code kernels} alone.
 */
package org.kindling.model;
