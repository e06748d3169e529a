using System.Collections.Frozen;

namespace Pyro.Configuration.Table;

/// <summary>
/// Other names of options, as Mimir and Cortex have them and people carry them over. Where both are given the option's own name wins.
/// </summary>
internal static class Aliases
{
    private static readonly (string Flag, string Path)[] Named =
    [
        ("distributor.ring.kvstore.store", "distributor.ring.kvstore.store"),
        ("query-scheduler.ring.kvstore.store", "query_scheduler.ring.kvstore.store"),
        ("store-gateway.sharding-ring.kvstore.store", "store_gateway.sharding_ring.kvstore.store"),
        ("compactor.ring.kvstore.store", "compactor.sharding_ring.kvstore.store"),
        ("ingester.ring.kvstore.store", "ingester.lifecycler.ring.kvstore.store"),
        ("ingester.ring.prefix", "ingester.lifecycler.ring.kvstore.prefix"),
        ("ingester.ring.store", "ingester.lifecycler.ring.kvstore.store"),
        ("ingester.ring.heartbeat-period", "ingester.lifecycler.heartbeat_period"),
        ("ingester.ring.heartbeat-timeout", "ingester.lifecycler.ring.heartbeat_timeout"),
        ("ingester.ring.replication-factor", "ingester.lifecycler.ring.replication_factor"),
        ("ingester.ring.zone-awareness-enabled", "ingester.lifecycler.ring.zone_awareness_enabled"),
        ("ingester.ring.excluded-zones", "ingester.lifecycler.ring.excluded_zones"),
        ("ingester.ring.num-tokens", "ingester.lifecycler.num_tokens"),
        ("ingester.ring.tokens-file-path", "ingester.lifecycler.tokens_file_path"),
        ("ingester.ring.observe-period", "ingester.lifecycler.observe_period"),
        ("ingester.ring.min-ready-duration", "ingester.lifecycler.min_ready_duration"),
        ("ingester.ring.final-sleep", "ingester.lifecycler.final_sleep"),
        ("ingester.ring.instance-id", "ingester.lifecycler.id"),
        ("ingester.ring.instance-addr", "ingester.lifecycler.address"),
        ("ingester.ring.instance-port", "ingester.lifecycler.port"),
        ("ingester.ring.instance-interface-names", "ingester.lifecycler.interface_names"),
        ("ingester.ring.instance-enable-ipv6", "ingester.lifecycler.enable_inet6"),
        ("ingester.ring.instance-availability-zone", "ingester.lifecycler.availability_zone"),
        ("ingester.ring.unregister-on-shutdown", "ingester.lifecycler.unregister_on_shutdown"),
        ("blocks-storage.tsdb.block-ranges-period", "pyroscopedb.max_block_duration"),
        ("query-frontend.max-outstanding-per-tenant", "query_scheduler.max_outstanding_requests_per_tenant"),
    ];

    /// <summary>Other flags, each with the path of its option.</summary>
    public static readonly FrozenDictionary<string, string> Flags = Named.ToFrozenDictionary(name => name.Flag, name => name.Path);

    /// <summary>The flags above in YAML's spelling, where that is not the option's own path.</summary>
    private static readonly FrozenDictionary<string, string> NamedPaths = Named
        .Select(name => (Alias: name.Flag.Replace('-', '_'), name.Path))
        .Append((Alias: "frontend.max_outstanding_per_tenant", Path: "query_scheduler.max_outstanding_requests_per_tenant"))
        .Where(name => name.Alias != name.Path)
        .ToFrozenDictionary(name => name.Alias, name => name.Path);

    /// <summary>Whole sections that have a second place.</summary>
    private static readonly (string Alias, string Path)[] Sections =
    [
        ("common.storage.", "storage."),
        ("blocks_storage.bucket_store.", "store_gateway.bucket_store."),
        ("query_frontend.", "frontend."),
    ];

    /// <summary>The path that another path stands for, or null when it is no other name.</summary>
    public static string? PathOf(string path)
    {
        if (NamedPaths.TryGetValue(path, out string? named))
        {
            return named;
        }
        foreach ((string alias, string section) in Sections)
        {
            if (path.StartsWith(alias, StringComparison.Ordinal))
            {
                return section + path[alias.Length..];
            }
        }
        return null;
    }

    /// <summary>Every other path of the given ones.</summary>
    public static IEnumerable<string> Paths(IReadOnlyCollection<string> paths) => NamedPaths.Keys.Concat(
        from section in Sections
        from path in paths
        where path.StartsWith(section.Path, StringComparison.Ordinal)
        select section.Alias + path[section.Path.Length..]);
}
