/**
 * The training step of {@code kindling bench step} in libtorch, through JavaCPP. Depends on
 * libtorch alone; read {@link org.kindling.peers.LibtorchStep} first.
 */
package org.kindling.peers;
