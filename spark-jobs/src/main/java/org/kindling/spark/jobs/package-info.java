/** One class per subcommand. A job's {@code call} reads as its documentation. */
package org.kindling.spark.jobs;
