using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>A gRPC client; the same options in frontend, querier and scheduler.</summary>
internal static class GrpcClientBlock
{
    /// <summary>The options of one such block.</summary>
    /// <param name="flag">Start of the flags, without its last dot.</param>
    /// <param name="path">YAML path of the block.</param>
    public static Option[] Of(string flag, string path) =>
    [
        .. Block.Advanced(
            new($"{flag}.grpc-max-recv-msg-size", $"{path}.max_recv_msg_size", Integer, "104857600", "Largest message received, in bytes."),
            new($"{flag}.grpc-max-send-msg-size", $"{path}.max_send_msg_size", Integer, "104857600", "Largest message sent, in bytes."),
            new($"{flag}.grpc-compression", $"{path}.grpc_compression", Text, "", "Compression of messages; empty sends them as they are.")
            {
                Choices = ["", "gzip", "snappy", "s2"],
            },
            new($"{flag}.grpc-client-rate-limit", $"{path}.rate_limit", Number, "0", "Calls per second; 0 sets no limit."),
            new($"{flag}.grpc-client-rate-limit-burst", $"{path}.rate_limit_burst", Integer, "0", "Burst above the rate limit."),
            new($"{flag}.backoff-on-ratelimits", $"{path}.backoff_on_ratelimits", Switch, "false", "Wait and try again when rate limited."),
            new($"{flag}.backoff-min-period", $"{path}.backoff_config.min_period", Duration, "100ms", "Shortest wait between tries."),
            new($"{flag}.backoff-max-period", $"{path}.backoff_config.max_period", Duration, "10s", "Longest wait between tries."),
            new($"{flag}.backoff-retries", $"{path}.backoff_config.max_retries", Integer, "10", "How often a call is tried again."),
            new($"{flag}.initial-stream-window-size", $"{path}.initial_stream_window_size", Bytes, "63KiB1023B",
                "First flow-control window of a stream."),
            new($"{flag}.initial-connection-window-size", $"{path}.initial_connection_window_size", Bytes, "63KiB1023B",
                "First flow-control window of a connection.")),
        .. TlsBlock.Of($"{flag}.", $"{path}."),
        .. Block.Advanced(
            new($"{flag}.connect-timeout", $"{path}.connect_timeout", Duration, "5s", "Time limit of connecting."),
            new($"{flag}.connect-backoff-base-delay", $"{path}.connect_backoff_base_delay", Duration, "1s", "First wait before connecting again."),
            new($"{flag}.connect-backoff-max-delay", $"{path}.connect_backoff_max_delay", Duration, "5s", "Longest wait before connecting again."),
            new($"{flag}.cluster-validation.label", $"{path}.cluster_validation.label", Text, "", "Cluster label sent with every call.")),
    ];
}
