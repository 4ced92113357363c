/** Models that count: the baselines that any trained model has to beat. */
package org.kindling.model.count;
