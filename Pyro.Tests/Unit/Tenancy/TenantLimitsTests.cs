using Pyro.Configuration;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Relabeling;
using Pyro.Tenancy;
using Pyro.Tests.Unit.Configuration;

namespace Pyro.Tests.Unit.Tenancy;

public class TenantLimitsTests
{
    [Fact]
    public void The_defaults_are_Pyroscope_s()
    {
        TenantLimits limits = TenantLimits.Default;
        Assert.Equal(4 * 1048576, limits.IngestionRateBytes);
        Assert.Equal(2 * 1048576, limits.IngestionBurstBytes);
        Assert.Equal(256L << 20, limits.IngestionBodyLimitBytes);
        Assert.Equal((1024, 2048, 30), (limits.MaxLabelNameLength, limits.MaxLabelValueLength, limits.MaxLabelNamesPerSeries));
        Assert.Equal((4194304, 16000, 100), (limits.MaxProfileSizeBytes, limits.MaxProfileStacktraceSamples, limits.MaxProfileStacktraceSampleLabels));
        Assert.Equal((1000, 65535), (limits.MaxProfileStacktraceDepth, limits.MaxProfileSymbolValueLength));
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromMinutes(10)), (limits.RejectOlderThan, limits.RejectNewerThan));
        Assert.Equal((TimeSpan.FromDays(7), TimeSpan.FromDays(1)), (limits.MaxQueryLookback, limits.MaxQueryLength));
        Assert.Equal((8192, 1048576), (limits.MaxFlamegraphNodesDefault, limits.MaxFlamegraphNodesMax));
        Assert.Equal((0, 5000), (limits.MaxLocalSeriesPerTenant, limits.MaxGlobalSeriesPerTenant));
        Assert.True(limits is { QueryAnalysisEnabled: true, QuerySanitizeOnMerge: true, QueryAnalysisSeriesEnabled: false });
        Assert.Equal(RelabelRules.Default.Count, limits.IngestionRelabelingRules.Count);
        Assert.Equal(0, limits.SampleTypeRelabelingRules.Count);
        Assert.Equal(new LabelLimits(30, 1024, 2048, KeepNames: false), limits.Labels);
        Assert.Equal(16000, limits.Profile.MaxSamples);
        Assert.Null(limits.IngestionLimit);
    }

    [Fact]
    public void Structured_limits_are_read()
    {
        const string yaml = """
            limits:
              ingestion_relabeling_default_rules_position: last
              ingestion_relabeling_rules:
                - source_labels: [a, b]
                  regex: x.+
                  action: drop
                - {target_label: c, replacement: ""}
              sample_type_relabeling_rules: [{source_labels: [__type__], regex: inuse.*, action: keep}]
              ingestion_limit:
                period_type: hour
                period_limit_mb: 128
                limit_reset_time: 1795132800
                limit_reached: true
                sampling: {num_requests: 100, period: 5m}
                usage_groups: {team: {period_limit_mb: 64, limit_reached: true}}
              distributor_usage_groups: {team: '{service_name="x"}'}
              distributor_sampling: {usage_groups: {team: {probability: 0.1}}}
            """;
        TenantLimits limits = TenantLimits.From(Loading.Settings(yaml: yaml));
        List<Label> labels = [new("a", "x"), new("b", "1")];
        Assert.False(limits.IngestionRelabelingRules.Apply(labels));
        labels = [new("a", "y"), new("b", "1"), new("c", "gone")];
        Assert.True(limits.IngestionRelabelingRules.Apply(labels));
        Assert.Equal(["a", "b"], labels.Select(label => label.Name));
        Assert.Equal(2 + RelabelRules.Default.Count, limits.IngestionRelabelingRules.Count);
        Assert.False(limits.SampleTypeRelabelingRules.Apply([new("__type__", "alloc_space")]));
        Assert.Equal(new GroupLimit(64, Reached: true), limits.IngestionLimit!.UsageGroups["team"]);
        Assert.Equal((100, TimeSpan.FromMinutes(5), 1795132800L), (limits.IngestionLimit.SampledRequests, limits.IngestionLimit.SamplingPeriod, limits.IngestionLimit.ResetTime));
        Assert.Equal("{service_name=\"x\"}", limits.DistributorUsageGroups["team"]);
        Assert.Equal(0.1, limits.DistributorSampling["team"]);
    }

    [Theory]
    [InlineData("ingestion_relabeling_rules: 1", "ingestion_relabeling_rules is a list of rules")]
    [InlineData("ingestion_relabeling_rules: [{action: explode}]", "ingestion_relabeling_rules[0].action is unknown: \"explode\"")]
    [InlineData("ingestion_relabeling_rules: [{regex: '(', target_label: a}]", "ingestion_relabeling_rules[0]: relabel configuration: ")]
    [InlineData("ingestion_relabeling_rules: [{regex: '(?=a)', target_label: a}]", "ingestion_relabeling_rules[0]: relabel configuration: ")]
    [InlineData("ingestion_relabeling_rules: [{}]", "ingestion_relabeling_rules[0]: relabel configuration for replace action requires 'target_label' value")]
    [InlineData("ingestion_relabeling_rules: [{action: hashmod, target_label: a}]", "ingestion_relabeling_rules[0]: relabel configuration for hashmod requires non-zero modulus")]
    [InlineData("ingestion_relabeling_rules: [{action: labeldrop, regex: a, target_label: b}]", "ingestion_relabeling_rules[0]: labeldrop action requires only 'regex', and no other fields")]
    [InlineData("ingestion_relabeling_rules: [{action: drop, sorce_labels: [a]}]", "ingestion_relabeling_rules[0]: field sorce_labels not found")]
    [InlineData("sample_type_relabeling_rules: [{action: labeldrop, regex: a}]", "sample_type_relabeling_rules: action labeldrop is not keep or drop")]
    [InlineData("distributor_usage_groups: {other: '{}'}", "distributor_usage_groups: \"other\" cannot be the name of a usage group")]
    [InlineData("distributor_sampling: {usage_groups: {a: {probability: 1.1}}}", "distributor_sampling.usage_groups.a.probability is a share between 0 and 1")]
    [InlineData("ingestion_limit: {limit_reached: perhaps}", "ingestion_limit.limit_reached is true or false")]
    [InlineData("ingestion_limit: [a]", "ingestion_limit is a mapping")]
    public void A_wrong_structure_is_told(string yaml, string fault)
    {
        Settings settings = Loading.Settings(yaml: $"limits: {{{yaml}}}");
        Assert.StartsWith(fault, Assert.Throws<LimitsException>(() => TenantLimits.From(settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_may_come_by_flag()
    {
        Settings settings = Assert.IsType<LoadedSettings>(SettingsLoader.Load(
            ["-distributor.ingestion-relabeling-rules", """[{"action": "labeldrop", "regex": "pod"}]"""], new Dictionary<string, string>(), _ => null)).Settings;
        List<Label> labels = [new("a", "1"), new("pod", "2")];
        Assert.True(TenantLimits.From(settings).IngestionRelabelingRules.Apply(labels));
        Assert.Equal("a", Assert.Single(labels).Name);
    }
}
