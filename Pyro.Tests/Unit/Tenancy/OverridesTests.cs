using System.IO.Compression;
using System.Text;
using Pyro.Configuration;
using Pyro.Tenancy;
using Pyro.Tests.Unit.Configuration;

namespace Pyro.Tests.Unit.Tenancy;

public class OverridesTests
{
    private const string Example = """
        overrides:
          tenant-a:
            ingestion_rate_mb: 50
            max_global_series_per_tenant: 0
            compactor_blocks_retention_period: 30d
          tenant-b: {}
          tenant-c:
        """;

    [Fact]
    public void A_tenant_has_the_process_s_limits_with_its_own_over_them()
    {
        OverridesFile file = Read(Loading.Settings("-distributor.ingestion-burst-size-mb=8"), Example);
        TenantLimits a = file.Limits["tenant-a"];
        Assert.Equal((50.0 * (1 << 20), 8.0 * (1 << 20), 0), (a.IngestionRateBytes, a.IngestionBurstBytes, a.MaxGlobalSeriesPerTenant));
        Assert.Equal(8.0 * (1 << 20), file.Limits["tenant-b"].IngestionBurstBytes);
        Assert.Equal(["skipping the overrides of tenant tenant-c: they are empty"], file.Warnings);
        Assert.Equal(
            """
            overrides:
              tenant-a:
                ingestion_rate_mb: 50
                ingestion_burst_size_mb: 8
                max_global_series_per_tenant: 0
                compactor_blocks_retention_period: 30d
              tenant-b:
                ingestion_burst_size_mb: 8

            """,
            file.DiffText);
        Assert.Equal(file.Text, Read(Loading.Settings(), file.Text).Text);
    }

    [Fact]
    public void One_snapshot_replaces_the_other()
    {
        Overrides overrides = new(TenantLimits.Default);
        Assert.Same(TenantLimits.Default, overrides.For("tenant-a"));
        overrides.Replace(Read(Loading.Settings(), Example).Limits);
        Assert.Equal(0, overrides.For("tenant-a").MaxGlobalSeriesPerTenant);
        Assert.Same(TenantLimits.Default, overrides.For("somebody"));
        overrides.Replace(new Dictionary<string, TenantLimits>());
        Assert.Same(TenantLimits.Default, overrides.For("tenant-a"));
    }

    [Fact]
    public void Files_are_merged_from_left_to_right()
    {
        OverridesFile file = Read(
            Loading.Settings(),
            "overrides: {a: {max_query_length: 1d, max_query_lookback: 2d}, b:}",
            "overrides: {a: {max_query_length: 3d}, b: {max_query_length: 4d}}",
            "");
        Assert.Equal((TimeSpan.FromDays(3), TimeSpan.FromDays(2)), (file.Limits["a"].MaxQueryLength, file.Limits["a"].MaxQueryLookback));
        Assert.Equal(TimeSpan.FromDays(4), file.Limits["b"].MaxQueryLength);
    }

    [Fact]
    public void Packed_files_are_unpacked()
    {
        MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(Encoding.UTF8.GetBytes(Example));
        }
        Assert.Equal(2, OverridesFile.Read([("x.yaml.gz", packed.ToArray())], Loading.Settings()).Limits.Count);
        Assert.Throws<LimitsException>(() => OverridesFile.Read([("x.yaml.gz", "plain"u8.ToArray())], Loading.Settings()));
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        LimitsException e = Assert.Throws<LimitsException>(() => Read(
            Loading.Settings(),
            """
            overrides:
              a:
                ingestion_rat_mb: 1
                max_query_length: 1.5h
                ingestion_relabeling_rules: [{action: x}]
              b: 3
            multi_kv_config: {}
            """));
        Assert.Equal(
            [
                "0.yaml tenant a line 3: field ingestion_rat_mb not found in limits; did you mean ingestion_rate_mb?",
                "0.yaml tenant a line 4: limits.max_query_length: \"1.5h\" is not a duration (30s, 1h30m, 7d)",
                "0.yaml tenant a: ingestion_relabeling_rules[0].action is unknown: \"x\"",
                "0.yaml tenant b line 6: limits is a mapping",
                "runtime configuration: field multi_kv_config not found",
            ],
            e.Message.Split("; ").Aggregate(new List<string>(), Joined));

        // A suggestion has the separator in it.
        static List<string> Joined(List<string> faults, string part)
        {
            if (part.StartsWith("did you", StringComparison.Ordinal))
            {
                faults[^1] += "; " + part;
            }
            else
            {
                faults.Add(part);
            }
            return faults;
        }
    }

    [Theory]
    [InlineData("overrides: {a: {}}", "overrides: 1", "conflicting types for overrides")]
    [InlineData("a: [", "", "0.yaml: line")]
    [InlineData("- a", "overrides: {}", "conflicting types for the whole file")]
    public void A_wrong_file_is_told(string first, string second, string fault) =>
        Assert.StartsWith(fault, Assert.Throws<LimitsException>(() => Read(Loading.Settings(), first, second)).Message, StringComparison.Ordinal);

    [Fact]
    public void Any_file_is_read_or_refused()
    {
        Settings settings = Loading.Settings();
        byte[] rules = """
            overrides:
              t:
                ingestion_relabeling_rules: [{action: drop, source_labels: [a], regex: 'b|c'}]
                ingestion_limit: {period_type: hour, sampling: {num_requests: 1, period: 5m}, usage_groups: {a: {limit_reached: true}}}
                distributor_sampling: {usage_groups: {a: {probability: 0.5}}}
            """u8.ToArray();
        Fuzz.Run("overrides", [Encoding.UTF8.GetBytes(Example), rules], data =>
        {
            try
            {
                OverridesFile.Read([("a.yaml", data), ("b.yaml", rules)], settings);
            }
            catch (LimitsException)
            {
                // The one outcome besides success.
            }
        });
    }

    private static OverridesFile Read(Settings settings, params string[] files) =>
        OverridesFile.Read([.. files.Select((text, i) => ($"{i}.yaml", Encoding.UTF8.GetBytes(text)))], settings);
}
