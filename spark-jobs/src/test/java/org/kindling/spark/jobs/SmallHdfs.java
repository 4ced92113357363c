package org.kindling.spark.jobs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;

/** A NameNode and two DataNodes in the process of a test. */
final class SmallHdfs implements Closeable {
  /**
   * Of the smallest blocks that it takes. A quota counts whole blocks of files being written, all
   * copies of them.
   */
  static final int BLOCK_BYTES = 1 << 17;

  static final int COPIES = 2;

  private final MiniDFSCluster servers;
  private final DistributedFileSystem files;

  SmallHdfs(java.nio.file.Path directory) throws IOException {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, directory.toString());
    configuration.setInt("dfs.replication", COPIES);
    configuration.setLong("dfs.namenode.fs-limits.min-block-size", BLOCK_BYTES);
    // Files of others have three copies by default.
    configuration.setBoolean(
        "dfs.client.block.write.replace-datanode-on-failure.best-effort", true);
    servers = new MiniDFSCluster.Builder(configuration).numDataNodes(COPIES).build();
    servers.waitActive();
    files = servers.getFileSystem();
  }

  /** A path with scheme and server. */
  String path(String absolute) {
    return servers.getURI() + absolute;
  }

  void write(String absolute, String content) throws IOException {
    write(absolute, content.getBytes(StandardCharsets.UTF_8));
  }

  void write(String absolute, byte[] content) throws IOException {
    try (var out = files.create(new Path(absolute), true)) {
      out.write(content);
    }
  }

  /** Appends as a process does that is killed before it closes the file. */
  void leaveOpen(String absolute, String content) throws IOException {
    FSDataOutputStream out = files.append(new Path(absolute));
    out.write(content.getBytes(StandardCharsets.UTF_8));
    out.hflush();
  }

  byte[] read(String absolute) throws IOException {
    try (var in = files.open(new Path(absolute))) {
      return in.readAllBytes();
    }
  }

  String text(String absolute) throws IOException {
    return new String(read(absolute), StandardCharsets.UTF_8);
  }

  void makePrivate(String absolute) throws IOException {
    files.mkdirs(new Path(absolute));
    files.setPermission(new Path(absolute), new FsPermission("700"));
  }

  /** Bytes on disk of a file or of all files below a directory, copies counted. */
  long bytesOnDisk(String absolute) throws IOException {
    return files.getContentSummary(new Path(absolute)).getSpaceConsumed();
  }

  /** Lets a directory have so many bytes on disk. */
  void limit(String absolute, long bytes) throws IOException {
    files.mkdirs(new Path(absolute));
    files.setQuota(new Path(absolute), HdfsConstants.QUOTA_DONT_SET, bytes);
  }

  void unlimit(String absolute) throws IOException {
    files.setQuota(new Path(absolute), HdfsConstants.QUOTA_DONT_SET, HdfsConstants.QUOTA_RESET);
  }

  /** Every file and directory with its size and time of change, hidden ones too. */
  List<String> everything() throws IOException {
    List<String> found = new ArrayList<>();
    collect(new Path("/"), found);
    return found;
  }

  private void collect(Path directory, List<String> found) throws IOException {
    for (FileStatus status : files.listStatus(directory)) {
      found.add(
          status.getPath().toUri().getPath()
              + " "
              + status.getLen()
              + " "
              + status.getModificationTime());
      if (status.isDirectory()) {
        collect(status.getPath(), found);
      }
    }
  }

  @Override
  public void close() {
    servers.shutdown();
  }
}
