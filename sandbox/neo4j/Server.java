import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.kernel.internal.GraphDatabaseAPI;

/**
 * A real Neo4j 5 on a loopback port of its own choice, with passwords. Run with `java Server.java FOLDER PASSWORD`: prints the port of
 * Bolt on a line and ends when its standard input does, so that it never outlives whoever started it.
 */
public class Server {
  public static void main(String[] args) {
    try {
      serve(Path.of(args[0]), args[1]);
    } catch (Throwable thrown) {
      thrown.printStackTrace();
      // Its threads would keep the process.
      System.exit(1);
    }
    System.exit(0);
  }

  private static void serve(Path folder, String password) throws Exception {
    var service = new DatabaseManagementServiceBuilder(folder)
        .setConfig(BoltConnector.enabled, true)
        .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", 0))
        .setConfig(GraphDatabaseSettings.auth_enabled, true)
        .setConfig(GraphDatabaseSettings.pagecache_memory, 8L * 1024 * 1024)
        .build();
    service.database("system").executeTransactionally(
        "ALTER USER neo4j SET PASSWORD '" + password + "' CHANGE NOT REQUIRED");
    var database = (GraphDatabaseAPI) service.database("neo4j");
    var ports = database.getDependencyResolver().resolveDependency(ConnectorPortRegister.class);
    System.out.println("bolt " + ports.getLocalAddress(ConnectorType.BOLT).getPort());
    while (System.in.read() >= 0) {
    }
    service.shutdown();
  }
}
