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
        var position = Enum.Parse<DefaultRulesPosition>(limits.IngestionRelabelingDefaultRulesPosition, ignoreCase: true);
        Relabeling = new RelabelRules(Compiled(limits.IngestionRelabelingRules), position);
        SampleTypes = new RelabelRules(Compiled(limits.SampleTypeRelabelingRules), DefaultRulesPosition.Disabled);
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

    private static RelabelRule[] Compiled(IReadOnlyList<Tenancy.RelabelConfig> rules) =>
    [
        .. rules.Select(rule => new RelabelRule(new Profiles.Relabeling.RelabelConfig
        {
            SourceLabels = rule.SourceLabels,
            Separator = rule.Separator,
            Regex = rule.Regex,
            Modulus = rule.Modulus,
            TargetLabel = rule.TargetLabel,
            Replacement = rule.Replacement,
            Action = Profiles.Relabeling.RelabelConfig.ParseAction(rule.Action) ?? RelabelAction.Replace,
        })),
    ];
}
