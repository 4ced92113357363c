/**
 * Models that count: the baselines that any trained model has to beat. {@link
 * org.kindling.model.count.NgramCounts} counts, {@link org.kindling.model.count.CountModel}
 * predicts.
 */
package org.kindling.model.count;
