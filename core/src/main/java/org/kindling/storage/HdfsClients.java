package org.kindling.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * Clients of HDFS that wait for a NameNode that restarts, as a training run should, and a quick
 * look whether there is one at all, as a command should that has a wrong address. Hadoop's own
 * cache of file systems cannot serve: it hands out whichever client was made first.
 */
final class HdfsClients {
  static final String SCHEME = "hdfs";

  /**
   * Tries again about once a second for two minutes, also while a NameNode is in safe mode. Goes on
   * with the DataNodes that are left where none can take the place of one that is gone, in a new
   * file as in one that grows.
   */
  static final Map<String, String> RETRIES =
      Map.of(
          "dfs.client.retry.policy.enabled", "true",
          "dfs.client.retry.policy.spec", "1000,120",
          "dfs.client.block.write.replace-datanode-on-failure.best-effort", "true");

  private static final Map<String, String> FAIL_FAST =
      Map.of(
          "dfs.client.retry.policy.enabled", "false",
          "ipc.client.connect.max.retries", "3",
          "ipc.client.connect.max.retries.on.timeouts", "1",
          "ipc.client.connect.timeout", "5000",
          "dfs.client.failover.max.attempts", "3");

  /** Settings whose difference makes another client. */
  private static final Pattern TELLING =
      Pattern.compile("(dfs|fs\\.hdfs|ipc|hadoop\\.security|io)\\..*");

  private record Key(String authority, UserGroupInformation user, Map<String, String> settings) {}

  private static final Map<Key, FileSystem> CLIENTS = new ConcurrentHashMap<>();

  /** A configuration is one of few objects of a process, and slow to look through. */
  private static final Map<Configuration, Map<String, String>> SETTINGS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

  private HdfsClients() {}

  static boolean handles(Path path, Configuration configuration) {
    return SCHEME.equals(uri(path, configuration).getScheme());
  }

  /** A path without scheme means the default file system. */
  private static URI uri(Path path, Configuration configuration) {
    URI uri = path.toUri();
    URI byDefault = FileSystem.getDefaultUri(configuration);
    boolean asDefault =
        uri.getScheme() == null
            || uri.getAuthority() == null && uri.getScheme().equals(byDefault.getScheme());
    return asDefault ? byDefault : uri;
  }

  static FileSystem client(Path path, Configuration configuration) throws IOException {
    URI uri = uri(path, configuration);
    Key key =
        new Key(
            String.valueOf(uri.getAuthority()),
            UserGroupInformation.getCurrentUser(),
            SETTINGS.computeIfAbsent(configuration, HdfsClients::settings));
    FileSystem found = CLIENTS.get(key);
    if (found != null) {
      return found;
    }
    synchronized (CLIENTS) {
      found = CLIENTS.get(key);
      if (found == null) {
        found = FileSystem.newInstance(uri, withRetries(configuration));
        CLIENTS.put(key, found);
      }
      return found;
    }
  }

  private static Map<String, String> settings(Configuration configuration) {
    Map<String, String> settings = new TreeMap<>();
    for (Map.Entry<String, String> entry : configuration) {
      if (TELLING.matcher(entry.getKey()).matches()) {
        settings.put(entry.getKey(), entry.getValue());
      }
    }
    return settings;
  }

  /**
   * @throws IOException within seconds, if no NameNode answers there
   */
  static void requireAnswer(Path path, Configuration configuration) throws IOException {
    URI uri = uri(path, configuration);
    if (!SEEN.add(String.valueOf(uri.getAuthority()))) {
      return;
    }
    Configuration failingFast = new Configuration(configuration);
    FAIL_FAST.forEach(failingFast::set);
    try (FileSystem probe = FileSystem.newInstance(uri, failingFast)) {
      probe.getFileStatus(new Path("/"));
    } catch (FileNotFoundException e) {
      throw new IOException(path + ": this HDFS has no root directory; check its address", e);
    } catch (IOException | IllegalArgumentException e) {
      SEEN.remove(String.valueOf(uri.getAuthority()));
      throw new IOException(
          path
              + ": the NameNode "
              + uri.getAuthority()
              + " does not answer ("
              + reason(e)
              + "); check that it runs, and host and port of the path or fs.defaultFS",
          e);
    }
  }

  /** Hadoop wraps the reason into paragraphs about hosts and wiki pages. */
  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return cause instanceof java.net.UnknownHostException ? "unknown host " + message : message;
  }

  /** What the user's site files say wins. */
  private static Configuration withRetries(Configuration configuration) {
    Configuration copy = new Configuration(configuration);
    RETRIES.forEach(
        (key, value) -> {
          String[] sources = copy.getPropertySources(key);
          boolean byDefault =
              sources == null || sources.length == 0 || sources[0].endsWith("-default.xml");
          if (byDefault) {
            copy.set(key, value);
          }
        });
    return copy;
  }
}
