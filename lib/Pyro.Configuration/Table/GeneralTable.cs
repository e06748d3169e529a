using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The top level: what runs, where data lies, tracing, runtime configuration.</summary>
internal static class GeneralTable
{
    public static readonly Option[] Options =
    [
        new("target", "target", Csv, "all", "Modules to run, comma separated; all runs everything in one process."),
        new("api.base-url", "api.base-url", Text, "", "Prefix put before links when a proxy rewrites paths."),
        new("pyroscopedb.data-path", "pyroscopedb.data_path", Text, "./data", "Folder of the process's own data."),
        new("pyroscopedb.max-block-duration", "pyroscopedb.max_block_duration", Duration, "1h",
            "Widest time range of a block that an ingester cuts; at least 5s."),
        new("pyroscopedb.row-group-target-size", "pyroscopedb.row_group_target_size", Integer, "1342177280",
            "Bytes in memory before a part of a block is written."),
        new("pyroscopedb.symbols-partition-label", "pyroscopedb.symbols_partition_label", Text, "",
            "Label whose values get symbol tables of their own."),
        new("pyroscopedb.retention-policy-min-free-disk-gb", "pyroscopedb.min_free_disk_gb", Integer, "10",
            "GiB that stay free on the disk; blocks are removed early to keep them free."),
        new("pyroscopedb.retention-policy-min-disk-available-percentage", "pyroscopedb.min_disk_available_percentage", Number, "0.05",
            "Share of the disk, 0 to 1, that stays free."),
        new("pyroscopedb.retention-policy-enforcement-interval", "pyroscopedb.enforcement_interval", Duration, "5m",
            "Time between looks at the free disk space."),
        new("pyroscopedb.retention-policy-disable", "pyroscopedb.disable_enforcement", Switch, "false",
            "Never remove blocks for want of disk space."),
        new("tracing.enabled", "tracing.enabled", Switch, "true", "Send traces, as the OTEL_ variables say."),
        new("runtime-config.reload-period", "runtime_config.period", Duration, "10s", "Time between looks at the runtime configuration."),
        new("runtime-config.file", "runtime_config.file", Csv, "",
            "Files with limits by tenant, comma separated, merged from left to right; .gz is unpacked."),
        new("tenant-settings.recording-rules.enabled", "tenant_settings.recording_rules.enabled", Switch, "false",
            "Let tenants set recording rules.") { Advanced = true },
        new("self-profiling.disable-push", "self_profiling.disable_push", Switch, "false",
            "Do not profile this process into itself.") { Advanced = true },
        new("self-profiling.mutex-profile-fraction", "self_profiling.mutex_profile_fraction", Integer, "5",
            "Share of lock contentions that are profiled, one in so many.") { Advanced = true },
        new("self-profiling.block-profile-rate", "self_profiling.block_profile_rate", Integer, "5",
            "Nanoseconds of blocking per sample.") { Advanced = true },
        new("self-profiling.use-k6-middleware", "self_profiling.use_k6_middleware", Switch, "false",
            "Label own profiles with k6's baggage.") { Advanced = true },
        new("self-profiling.tenant-id", "self_profiling.tenant_id", Text, "", "Tenant of the process's own profiles.") { Advanced = true },
        new("auth.multitenancy-enabled", "multitenancy_enabled", Switch, "false",
            "Take the tenant from the header X-Scope-OrgID; off, every request is tenant anonymous."),
        new("config.show_banner", "show_banner", Switch, "true", "Print a banner at start."),
        new("shutdown-delay", "shutdown_delay", Duration, "0s", "Wait between the signal to stop and stopping."),
        new("embedded-grafana.data-path", "embedded_grafana.data_path", Text, "./data/__embedded_grafana/",
            "Folder of the embedded Grafana.") { Advanced = true },
        new("embedded-grafana.listen-port", "embedded_grafana.listen_port", Integer, "4041",
            "Port of the embedded Grafana.") { Advanced = true, Min = 0, Max = 65535 },
        new("embedded-grafana.pyroscope-url", "embedded_grafana.pyroscope_url", Text, "http://localhost:4040",
            "Address that the embedded Grafana queries.") { Advanced = true },
        new("tracing.profiling-enabled", "tracing.profiling_enabled", Switch, "false", "Attach profile ids to spans."),
        new("usage-stats.enabled", "analytics.reporting_enabled", Switch, "true",
            "Report anonymous usage statistics.") { Advanced = true },
        new("memory.budget", "memory.budget", Budget, "60%",
            "Memory that the process may use for profiles, requests and caches: bytes (4GiB) or a share of the machine or cgroup (60%)."),
        .. RingBlock.Of("overrides-exporter.ring", "overrides_exporter.ring"),
    ];
}
