/**
 * Settings files: composes the records that each package owns, reads them from YAML and from {@code
 * --set}. Nothing depends on this package. Start with {@link org.kindling.settings.RunSettings}.
 */
package org.kindling.settings;
