package org.kindling.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.client.HdfsClientConfigKeys;
import org.apache.hadoop.io.retry.FailoverProxyProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.NodeList;

class HdfsSiteTest {
  private static final Path DIRECTORY = Path.of("hdfs");

  private static List<String> names(String file) throws Exception {
    NodeList nodes =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(DIRECTORY.resolve(file).toFile())
            .getElementsByTagName("name");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      names.add(nodes.item(i).getTextContent());
    }
    return names;
  }

  private static Configuration client() throws Exception {
    Configuration configuration = new Configuration(false);
    for (String file : new String[] {"core-site.xml", "hdfs-site.xml"}) {
      configuration.addResource(Files.newInputStream(DIRECTORY.resolve(file)), file);
    }
    return configuration;
  }

  /** Hadoop's client lists its keys as constants, those of HDFS, or with their defaults. */
  private static Set<String> knownKeys() throws Exception {
    Set<String> keys = new TreeSet<>();
    new Configuration().forEach(entry -> keys.add(entry.getKey()));
    for (Class<?> constants :
        new Class<?>[] {HdfsClientConfigKeys.class, HdfsClientConfigKeys.Failover.class}) {
      for (Field field : constants.getFields()) {
        if (field.getType() == String.class) {
          keys.add((String) field.get(null));
        }
      }
    }
    return keys;
  }

  /** Keys that end in the name of a service or NameNode are known without it. */
  @ParameterizedTest
  @ValueSource(strings = {"core-site.xml", "hdfs-site.xml"})
  void everyKeyIsOneThatHadoopKnows(String file) throws Exception {
    Set<String> known = knownKeys();
    assertThat(names(file))
        .isNotEmpty()
        .doesNotHaveDuplicates()
        .allSatisfy(
            name -> assertThat(known).contains(name.replaceAll("\\.kindling(\\.nn[12])?$", "")));
    assertThat(known).doesNotContain("dfs.replicatoin", "fs.defaultFs");
  }

  @Test
  void defaultFileSystemIsTheServiceThatHdfsSiteDescribes() throws Exception {
    Configuration client = client();
    String service = FileSystem.getDefaultUri(client).getHost();
    assertThat(client.getStrings("dfs.nameservices")).containsExactly(service);
    for (String node : client.getStrings("dfs.ha.namenodes." + service)) {
      assertThat(client.get("dfs.namenode.rpc-address." + service + "." + node))
          .matches("[\\w.]+:8020");
    }
    String provider = client.get("dfs.client.failover.proxy.provider." + service);
    assertThat(FailoverProxyProvider.class).isAssignableFrom(client.getClassByName(provider));
  }
}
