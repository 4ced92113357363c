/**
 * GGUF, the file from which llama.cpp runs a model: tensors, settings and tokenizer in one. {@link
 * org.kindling.gguf.GgufModel} writes a whole model; {@link org.kindling.gguf.GgufWriter} knows the
 * format, {@link org.kindling.gguf.GgufTensors} the names and layouts of llama.cpp, and {@link
 * org.kindling.gguf.GgufTokenizer} how llama.cpp splits text.
 */
package org.kindling.gguf;
