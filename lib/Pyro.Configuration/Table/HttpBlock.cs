using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The HTTP client of a bucket; the same options for S3 and COS.</summary>
internal static class HttpBlock
{
    /// <summary>The options of one such block.</summary>
    /// <param name="backend">Name of the backend in flags and YAML.</param>
    /// <param name="maxIdleConnections">Default of the connections kept open; 0 is any number.</param>
    public static Option[] Of(string backend, int maxIdleConnections)
    {
        string flag = $"storage.{backend}", path = $"storage.{backend}.http";
        return
        [
            .. Block.Advanced(
                new($"{flag}.http.idle-conn-timeout", $"{path}.idle_conn_timeout", Duration, "1m30s", "How long an idle connection is kept."),
                new($"{flag}.http.response-header-timeout", $"{path}.response_header_timeout", Duration, "2m",
                    "How long to wait for the head of an answer."),
                new($"{flag}.http.insecure-skip-verify", $"{path}.insecure_skip_verify", Switch, "false",
                    "Do not check the server's certificate."),
                new($"{flag}.tls-handshake-timeout", $"{path}.tls_handshake_timeout", Duration, "10s", "Time limit of the TLS handshake; 0 none."),
                new($"{flag}.expect-continue-timeout", $"{path}.expect_continue_timeout", Duration, "1s",
                    "How long to wait for 100 Continue; 0 sends the body at once."),
                new($"{flag}.max-idle-connections", $"{path}.max_idle_connections", Integer, $"{maxIdleConnections}",
                    "Idle connections kept; 0 is any number."),
                new($"{flag}.max-idle-connections-per-host", $"{path}.max_idle_connections_per_host", Integer, "100",
                    "Idle connections kept per host; 0 takes the runtime's own number."),
                new($"{flag}.max-connections-per-host", $"{path}.max_connections_per_host", Integer, "0", "Connections per host; 0 is any number.")),
        ];
    }
}
