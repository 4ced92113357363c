/** What Kindling asks of a Spark cluster: sessions, class path, flags of executors. */
package org.kindling.spark.cluster;
