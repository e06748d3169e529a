using Pyro.Configuration;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Relabeling;

namespace Pyro.Tenancy;

/// <summary>The limits of one tenant (section <c>limits</c> of the configuration); 0 switches a limit off where the member says so.</summary>
public sealed record TenantLimits
{
    private const double MiB = 1 << 20;

    /// <summary>The limits of the table's defaults.</summary>
    public static TenantLimits Default { get; } = From(((LoadedSettings)SettingsLoader.Load([], new Dictionary<string, string>(), _ => null)).Settings);

    /// <summary>Bytes per second of uncompressed profiles with their labels, over all distributors together.</summary>
    public double IngestionRateBytes { get; init; }

    /// <summary>Bytes that one distributor takes in at once above the rate; a larger profile never passes.</summary>
    public double IngestionBurstBytes { get; init; }

    /// <summary>Bytes of a request's body as sent, and of the profiles of one push together when decompressed; 0 sets no limit.</summary>
    public long IngestionBodyLimitBytes { get; init; }

    /// <summary>Time that a successful write is held back; 0 for none.</summary>
    public TimeSpan IngestionArtificialDelay { get; init; }

    /// <summary>Bytes of a label's name.</summary>
    public int MaxLabelNameLength { get; init; }

    /// <summary>Bytes of a label's value.</summary>
    public int MaxLabelValueLength { get; init; }

    /// <summary>Labels of a series.</summary>
    public int MaxLabelNamesPerSeries { get; init; }

    /// <summary>Values that <c>__session_id__</c> is reduced to; 0 removes the label.</summary>
    public int MaxSessionsPerSeries { get; init; }

    /// <summary>Adds <c>__order__="enforced"</c> to every series.</summary>
    public bool EnforceLabelsOrder { get; init; }

    /// <summary>Takes label names with dots as they are instead of replacing the dots by underscores.</summary>
    public bool DisableLabelSanitization { get; init; }

    /// <summary>Bytes of an uncompressed profile; 0 sets no limit.</summary>
    public int MaxProfileSizeBytes { get; init; }

    /// <summary>Samples of a profile; 0 sets no limit.</summary>
    public int MaxProfileStacktraceSamples { get; init; }

    /// <summary>Labels of a sample; 0 sets no limit.</summary>
    public int MaxProfileStacktraceSampleLabels { get; init; }

    /// <summary>Frames of a stack, the rest is cut at the leaf; 0 sets no limit.</summary>
    public int MaxProfileStacktraceDepth { get; init; }

    /// <summary>Bytes of a string of a profile, the last ones are kept; 0 sets no limit.</summary>
    public int MaxProfileSymbolValueLength { get; init; }

    /// <summary>Profiles this far in the past are refused; 0 takes all.</summary>
    public TimeSpan RejectOlderThan { get; init; }

    /// <summary>Profiles this far in the future are refused; 0 takes all.</summary>
    public TimeSpan RejectNewerThan { get; init; }

    /// <summary>Width of the slots in which the distributor merges profiles of one series; 0 merges nothing.</summary>
    public TimeSpan DistributorAggregationWindow { get; init; }

    /// <summary>Time that a merged profile waits for more; 0 merges nothing.</summary>
    public TimeSpan DistributorAggregationPeriod { get; init; }

    /// <summary>Ingesters that the tenant's series are spread over; 0 is all.</summary>
    public int IngestionTenantShardSize { get; init; }

    /// <summary>Active series in one ingester; 0 sets no limit.</summary>
    public int MaxLocalSeriesPerTenant { get; init; }

    /// <summary>Active series in the cluster; 0 sets no limit.</summary>
    public int MaxGlobalSeriesPerTenant { get; init; }

    /// <summary>How far back queries reach, their start is moved; 0 sets no limit.</summary>
    public TimeSpan MaxQueryLookback { get; init; }

    /// <summary>The longest range of a query, longer ones are refused; 0 sets no limit.</summary>
    public TimeSpan MaxQueryLength { get; init; }

    /// <summary>Parts of a query that run at once; 0 sets no limit.</summary>
    public int MaxQueryParallelism { get; init; }

    /// <summary>Interval that queries are split by; 0 splits nothing.</summary>
    public TimeSpan SplitQueriesByInterval { get; init; }

    /// <summary>Answers <c>AnalyzeQuery</c>.</summary>
    public bool QueryAnalysisEnabled { get; init; }

    /// <summary>Counts series in <c>AnalyzeQuery</c>.</summary>
    public bool QueryAnalysisSeriesEnabled { get; init; }

    /// <summary>Nodes of a flame graph when the query does not say; 0 leaves it uncut.</summary>
    public int MaxFlamegraphNodesDefault { get; init; }

    /// <summary>The most nodes that a query may ask for; 0 sets no limit.</summary>
    public int MaxFlamegraphNodesMax { get; init; }

    /// <summary>Applies the two limits above to <c>SelectMergeProfile</c> too.</summary>
    public bool MaxFlamegraphNodesOnSelectMergeProfile { get; init; }

    /// <summary>Drops malformed parts of profiles when they are merged.</summary>
    public bool QuerySanitizeOnMerge { get; init; }

    /// <summary>Rules that rewrite or drop series after the split by sample labels, the built-in ones among them.</summary>
    public RelabelRules IngestionRelabelingRules { get; init; } = RelabelRules.Default;

    /// <summary>Rules, keep or drop only, that choose sample types by the labels of the series, <c>__type__</c> and <c>__unit__</c>.</summary>
    public RelabelRules SampleTypeRelabelingRules { get; init; } = RelabelRules.None;

    /// <summary>What the tenant may send in a period; null for no such limit.</summary>
    public IngestLimit? IngestionLimit { get; init; }

    /// <summary>Usage groups: selector by name.</summary>
    public IReadOnlyDictionary<string, string> DistributorUsageGroups { get; init; } = new Dictionary<string, string>();

    /// <summary>Share of a usage group's profiles that is kept, 0 to 1, by name.</summary>
    public IReadOnlyDictionary<string, double> DistributorSampling { get; init; } = new Dictionary<string, double>();

    /// <summary>The limits that a profile is checked against.</summary>
    public ProfileLimits Profile => new(
        RejectOlderThan, RejectNewerThan, MaxProfileSizeBytes, MaxProfileStacktraceSamples, MaxProfileStacktraceSampleLabels,
        MaxProfileStacktraceDepth, MaxProfileSymbolValueLength);

    /// <summary>The limits that a series' labels are checked against.</summary>
    public LabelLimits Labels => new(MaxLabelNamesPerSeries, MaxLabelNameLength, MaxLabelValueLength, DisableLabelSanitization);

    /// <summary>The limits that the settings give to every tenant without overrides.</summary>
    /// <exception cref="LimitsException">A structured limit (relabelling rules, usage groups) is wrong.</exception>
    public static TenantLimits From(Settings settings)
    {
        List<string> faults = [];
        TenantLimits limits = Read(settings, faults);
        return faults.Count == 0 ? limits : throw new LimitsException(faults);
    }

    /// <summary>As <see cref="From"/>, but notes what is wrong.</summary>
    public static TenantLimits Read(Settings settings, List<string> faults)
    {
        return ReadSimple(settings) with
        {
            IngestionRelabelingRules = new RelabelRules(
                RelabelReader.Read("ingestion_relabeling_rules", settings.Structure("limits.ingestion_relabeling_rules"), faults),
                Enum.Parse<DefaultRulesPosition>(settings.Text("limits.ingestion_relabeling_default_rules_position"), ignoreCase: true)),
            SampleTypeRelabelingRules = new RelabelRules(ReadSampleTypeRules(settings, faults), DefaultRulesPosition.Disabled),
            IngestionLimit = IngestLimit.Read("ingestion_limit", settings.Structure("limits.ingestion_limit"), faults),
            DistributorUsageGroups = UsageGroups.ReadSelectors("distributor_usage_groups", settings.Structure("limits.distributor_usage_groups"), faults),
            DistributorSampling = UsageGroups.ReadSampling("distributor_sampling", settings.Structure("limits.distributor_sampling"), faults),
        };
    }

    private static IReadOnlyList<RelabelRule> ReadSampleTypeRules(Settings settings, List<string> faults)
    {
        const string path = "sample_type_relabeling_rules";
        IReadOnlyList<RelabelRule> rules = RelabelReader.Read(path, settings.Structure("limits.sample_type_relabeling_rules"), faults);
        foreach (RelabelRule rule in rules)
        {
            if (rule.Action is not (RelabelAction.Keep or RelabelAction.Drop))
            {
                faults.Add($"{path}: action {rule.Action.ToString().ToLowerInvariant()} is not keep or drop");
            }
        }
        return rules;
    }

    private static TenantLimits ReadSimple(Settings settings) => new()
    {
        IngestionRateBytes = settings.Number("limits.ingestion_rate_mb") * MiB,
        IngestionBurstBytes = settings.Number("limits.ingestion_burst_size_mb") * MiB,
        IngestionBodyLimitBytes = (long)(settings.Number("limits.ingestion_body_limit_mb") * MiB),
        IngestionArtificialDelay = settings.Duration("limits.ingestion_artificial_delay"),
        MaxLabelNameLength = Count(settings, "limits.max_label_name_length"),
        MaxLabelValueLength = Count(settings, "limits.max_label_value_length"),
        MaxLabelNamesPerSeries = Count(settings, "limits.max_label_names_per_series"),
        MaxSessionsPerSeries = Count(settings, "limits.max_sessions_per_series"),
        EnforceLabelsOrder = settings.Flag("limits.enforce_labels_order"),
        DisableLabelSanitization = settings.Flag("limits.disable_label_sanitization"),
        MaxProfileSizeBytes = Count(settings, "limits.max_profile_size_bytes"),
        MaxProfileStacktraceSamples = Count(settings, "limits.max_profile_stacktrace_samples"),
        MaxProfileStacktraceSampleLabels = Count(settings, "limits.max_profile_stacktrace_sample_labels"),
        MaxProfileStacktraceDepth = Count(settings, "limits.max_profile_stacktrace_depth"),
        MaxProfileSymbolValueLength = Count(settings, "limits.max_profile_symbol_value_length"),
        RejectOlderThan = settings.Duration("limits.reject_older_than"),
        RejectNewerThan = settings.Duration("limits.reject_newer_than"),
        DistributorAggregationWindow = settings.Duration("limits.distributor_aggregation_window"),
        DistributorAggregationPeriod = settings.Duration("limits.distributor_aggregation_period"),
        IngestionTenantShardSize = Count(settings, "limits.ingestion_tenant_shard_size"),
        MaxLocalSeriesPerTenant = Count(settings, "limits.max_local_series_per_tenant"),
        MaxGlobalSeriesPerTenant = Count(settings, "limits.max_global_series_per_tenant"),
        MaxQueryLookback = settings.Duration("limits.max_query_lookback"),
        MaxQueryLength = settings.Duration("limits.max_query_length"),
        MaxQueryParallelism = Count(settings, "limits.max_query_parallelism"),
        SplitQueriesByInterval = settings.Duration("limits.split_queries_by_interval"),
        QueryAnalysisEnabled = settings.Flag("limits.query_analysis_enabled"),
        QueryAnalysisSeriesEnabled = settings.Flag("limits.query_analysis_series_enabled"),
        MaxFlamegraphNodesDefault = Count(settings, "limits.max_flamegraph_nodes_default"),
        MaxFlamegraphNodesMax = Count(settings, "limits.max_flamegraph_nodes_max"),
        MaxFlamegraphNodesOnSelectMergeProfile = settings.Flag("limits.max_flamegraph_nodes_on_select_merge_profile"),
        QuerySanitizeOnMerge = settings.Flag("limits.query_sanitize_on_merge"),
    };

    private static int Count(Settings settings, string path) => (int)Math.Clamp(settings.Integer(path), int.MinValue, int.MaxValue);
}
