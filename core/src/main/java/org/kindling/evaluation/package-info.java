/**
 * What a trained model is worth: exact held-out loss ({@link org.kindling.evaluation.HeldOut}), and
 * text written by it ({@link org.kindling.evaluation.Generation}).
 */
package org.kindling.evaluation;
