package org.kindling.corpus;

import java.io.Serializable;

/**
 * A file of a corpus, or a range of its bytes, as it was when it was listed.
 *
 * @param path fully qualified
 * @param from first byte, inclusive
 * @param to last byte, exclusive
 * @param sizeBytes of the whole file
 * @param modifiedMillis since 1970, as the file system says
 */
public record InputFile(String path, long from, long to, long sizeBytes, long modifiedMillis)
    implements Serializable {}
