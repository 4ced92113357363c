/**
 * What a trained model is worth: exact validation loss ({@link
 * org.kindling.evaluation.ValidationWindows}), and text written by it ({@link
 * org.kindling.evaluation.Generation}).
 */
package org.kindling.evaluation;
