using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The top level: what runs, where data lies, tracing, runtime configuration.</summary>
static class GeneralOptions
{
    public static readonly Option[] Options =
    [
        new("target", "target", Csv, "all", "modules to run; CSV"),
        new("api.base-url", "api.base-url", Text, "", "prefix put before links when behind a path-rewriting proxy"),
        new("pyroscopedb.data-path", "pyroscopedb.data_path", Text, "./data", ""),
        new("pyroscopedb.max-block-duration", "pyroscopedb.max_block_duration", Duration, "1h", "width of the head time slots, min 5 s"),
        new("pyroscopedb.row-group-target-size", "pyroscopedb.row_group_target_size", Integer, "1342177280",
            "bytes in memory before a row group segment is cut"),
        new("pyroscopedb.symbols-partition-label", "pyroscopedb.symbols_partition_label", Text, "", ""),
        new("pyroscopedb.retention-policy-min-free-disk-gb", "pyroscopedb.min_free_disk_gb", Integer, "10", "GiB"),
        new("pyroscopedb.retention-policy-min-disk-available-percentage", "pyroscopedb.min_disk_available_percentage", Number, "0.05",
            "fraction 0..1"),
        new("pyroscopedb.retention-policy-enforcement-interval", "pyroscopedb.enforcement_interval", Duration, "5m", ""),
        new("pyroscopedb.retention-policy-disable", "pyroscopedb.disable_enforcement", Switch, "false", ""),
        new("tracing.enabled", "tracing.enabled", Switch, "true", ""),
        new("runtime-config.reload-period", "runtime_config.period", Duration, "10s", ""),
        new("runtime-config.file", "runtime_config.file", Csv, "", "CSV of files, merged left to right; .gz allowed"),
        new("tenant-settings.recording-rules.enabled", "tenant_settings.recording_rules.enabled", Switch, "false", ""),
        new("self-profiling.disable-push", "self_profiling.disable_push", Switch, "false", ""),
        new("self-profiling.mutex-profile-fraction", "self_profiling.mutex_profile_fraction", Integer, "5", ""),
        new("self-profiling.block-profile-rate", "self_profiling.block_profile_rate", Integer, "5", ""),
        new("self-profiling.use-k6-middleware", "self_profiling.use_k6_middleware", Switch, "false", ""),
        new("self-profiling.tenant-id", "self_profiling.tenant_id", Text, "", ""),
        new("auth.multitenancy-enabled", "multitenancy_enabled", Switch, "false", "off: every request is tenant anonymous"),
        new("config.show_banner", "show_banner", Switch, "true", ""),
        new("shutdown-delay", "shutdown_delay", Duration, "0s", "sleep between signal and stopping services"),
        new("embedded-grafana.data-path", "embedded_grafana.data_path", Text, "./data/__embedded_grafana/", ""),
        new("embedded-grafana.listen-port", "embedded_grafana.listen_port", Integer, "4041", "") { Min = 0, Max = 65535 },
        new("embedded-grafana.pyroscope-url", "embedded_grafana.pyroscope_url", Text, "http://localhost:4040", ""),
        new("tracing.profiling-enabled", "tracing.profiling_enabled", Switch, "false", "attach profile ids to spans"),
        new("usage-stats.enabled", "analytics.reporting_enabled", Switch, "true", "phones home every 4 h"),
        new("memory.budget", "memory.budget", Budget, "60%",
            "Memory that the process may use for profiles, requests and caches: bytes (4GiB) or a share of the machine or cgroup (60%)."),
        .. RingBlock.Of("overrides-exporter.ring", "overrides_exporter.ring"),
    ];
}
