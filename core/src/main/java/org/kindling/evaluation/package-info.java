/**
 * What a trained model is worth: exact held-out loss ({@link org.kindling.evaluation.HeldOut}), and
 * text drawn from it ({@link org.kindling.evaluation.Sampler}).
 */
package org.kindling.evaluation;
