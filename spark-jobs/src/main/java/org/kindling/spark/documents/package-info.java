/** Reading a corpus. Start with {@link org.kindling.spark.documents.Documents}. */
package org.kindling.spark.documents;
