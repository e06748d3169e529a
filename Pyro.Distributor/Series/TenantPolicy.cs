using System.Runtime.CompilerServices;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Relabeling;
using Pyro.Tenancy;

namespace Pyro.Distributor.Series;

/// <summary>A tenant's limits with its rules compiled, made once for each version of the limits.</summary>
internal sealed class TenantPolicy
{
    private static readonly ConditionalWeakTable<TenantLimits, TenantPolicy> s_known = [];

    private TenantPolicy(TenantLimits limits)
    {
        Limits = limits;
        Profile = new ProfileLimits(
            limits.RejectOlderThan,
            limits.RejectNewerThan,
            limits.MaxProfileSizeBytes,
            limits.MaxProfileStacktraceSamples,
            limits.MaxProfileStacktraceSampleLabels,
            limits.MaxProfileStacktraceDepth,
            limits.MaxProfileSymbolValueLength);
        Labels = new LabelLimits(
            limits.MaxLabelNamesPerSeries, limits.MaxLabelNameLength, limits.MaxLabelValueLength, limits.DisableLabelSanitization);
        Relabeling = limits.IngestionRelabelingRules;
        SampleTypes = limits.SampleTypeRelabelingRules;
    }

    /// <summary>The limits as configured.</summary>
    public TenantLimits Limits { get; }

    /// <summary>What a profile may be.</summary>
    public ProfileLimits Profile { get; }

    /// <summary>What labels may be.</summary>
    public LabelLimits Labels { get; }

    /// <summary>What is done to the labels of series.</summary>
    public RelabelRules Relabeling { get; }

    /// <summary>Which sample types are kept.</summary>
    public RelabelRules SampleTypes { get; }

    /// <summary>The policy of some limits.</summary>
    public static TenantPolicy Of(TenantLimits limits) => s_known.GetValue(limits, static l => new TenantPolicy(l));
}
