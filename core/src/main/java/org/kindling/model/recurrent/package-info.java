/**
 * The MLP over a window and the recurrent families as DL4J networks behind {@link
 * org.kindling.model.LanguageModel}. Start with {@link org.kindling.model.recurrent.Networks},
 * which says what each one computes. Depends on {@code kernels}, DL4J and ND4J.
 */
package org.kindling.model.recurrent;
