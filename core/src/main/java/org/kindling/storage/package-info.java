/**
 * Files on any Hadoop file system ({@code file:}, {@code hdfs:}, {@code s3a:} …): writing them
 * whole or not at all, and checking what was written.
 *
 * <p>Nothing outside this package renames or deletes. Start with {@link
 * org.kindling.storage.Storage}.
 */
package org.kindling.storage;
