using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>Where a ring keeps its map; the same options in every ring.</summary>
internal static class KvStoreBlock
{
    /// <summary>The options of one such block.</summary>
    /// <param name="flag">Start of the flags, its last dot included.</param>
    /// <param name="path">YAML path of the block.</param>
    public static Option[] Of(string flag, string path) =>
    [
        new($"{flag}store", $"{path}.store", Text, "memberlist", "Where the ring is kept.")
        {
            Choices = ["consul", "etcd", "inmemory", "memberlist", "multi"],
        },
        .. Block.Advanced(
            new($"{flag}prefix", $"{path}.prefix", Text, "collectors/", "Prefix of the ring's keys; should end with a slash."),
            new($"{flag}consul.hostname", $"{path}.consul.host", Text, "localhost:8500", "Address of Consul, host:port."),
            new($"{flag}consul.acl-token", $"{path}.consul.acl_token", Text, "", "Token for Consul.") { Secret = true },
            new($"{flag}consul.client-timeout", $"{path}.consul.http_client_timeout", Duration, "20s", "Time limit of a call to Consul."),
            new($"{flag}consul.consistent-reads", $"{path}.consul.consistent_reads", Switch, "false", "Read from Consul's leader only."),
            new($"{flag}consul.watch-rate-limit", $"{path}.consul.watch_rate_limit", Number, "1",
                "Watches of one key per second; 0 sets no limit."),
            new($"{flag}consul.watch-burst-size", $"{path}.consul.watch_burst_size", Integer, "1", "Burst above the watch rate limit."),
            new($"{flag}consul.cas-retry-delay", $"{path}.consul.cas_retry_delay", Duration, "1s",
                "Longest wait before a compare-and-swap is tried again."),
            new($"{flag}etcd.endpoints", $"{path}.etcd.endpoints", List, "", "Addresses of etcd."),
            new($"{flag}etcd.dial-timeout", $"{path}.etcd.dial_timeout", Duration, "10s", "Time limit of connecting to etcd."),
            new($"{flag}etcd.max-retries", $"{path}.etcd.max_retries", Integer, "10", "How often an operation is tried again.")),
        .. TlsBlock.Of($"{flag}etcd.", $"{path}.etcd."),
        .. Block.Advanced(
            new($"{flag}etcd.username", $"{path}.etcd.username", Text, "", "User name at etcd."),
            new($"{flag}etcd.password", $"{path}.etcd.password", Text, "", "Password at etcd.") { Secret = true },
            new($"{flag}multi.primary", $"{path}.multi.primary", Text, "", "The store that answers."),
            new($"{flag}multi.secondary", $"{path}.multi.secondary", Text, "", "The store that is only written."),
            new($"{flag}multi.mirror-enabled", $"{path}.multi.mirror_enabled", Switch, "false", "Write to the second store too."),
            new($"{flag}multi.mirror-timeout", $"{path}.multi.mirror_timeout", Duration, "2s", "Time limit of writes to the second store.")),
    ];
}
