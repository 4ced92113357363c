/** JMH benchmarks of Kindling's hot loops. See README.md of this module for the commands. */
package org.kindling.benchmarks;
