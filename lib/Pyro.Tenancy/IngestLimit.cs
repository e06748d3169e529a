using Pyro.Configuration.Yaml;

namespace Pyro.Tenancy;

/// <summary>How much a tenant may send in a period, as an outside counter sets it through the overrides (<c>limits.ingestion_limit</c>).</summary>
/// <param name="PeriodType">The period, for messages (<c>hour</c>, <c>month</c>).</param>
/// <param name="PeriodLimitMb">MiB in a period, for messages.</param>
/// <param name="ResetTime">When the period ends, in seconds since epoch.</param>
/// <param name="Reached">The tenant has used it up.</param>
/// <param name="SampledRequests">Requests in a <paramref name="SamplingPeriod"/> that pass all the same.</param>
/// <param name="SamplingPeriod">The period of that sample.</param>
/// <param name="UsageGroups">Limits of single usage groups, by name.</param>
public sealed record IngestLimit(
    string PeriodType, double PeriodLimitMb, long ResetTime, bool Reached, int SampledRequests, TimeSpan SamplingPeriod,
    IReadOnlyDictionary<string, GroupLimit> UsageGroups)
{
    /// <summary>Reads the limit; null for none.</summary>
    internal static IngestLimit? Read(string path, YamlValue? value, List<string> faults)
    {
        if (value is null || value.IsNull)
        {
            return null;
        }
        StructureReader reader = new(path, value, faults), sampling = reader.Map("sampling"), groups = reader.Map("usage_groups");
        Dictionary<string, GroupLimit> limits = [];
        foreach ((string name, YamlValue group) in groups.Entries)
        {
            StructureReader limit = new($"{path}.usage_groups.{name}", group, faults);
            limits[name] = new GroupLimit(limit.Number("period_limit_mb"), limit.Flag("limit_reached"));
            limit.End();
        }
        IngestLimit result = new(
            reader.Text("period_type"), reader.Number("period_limit_mb"), reader.Integer("limit_reset_time"), reader.Flag("limit_reached"),
            (int)Math.Min(sampling.Integer("num_requests"), int.MaxValue), sampling.Duration("period"), limits);
        sampling.End();
        reader.End();
        return result;
    }
}

/// <summary>How much one usage group may send in the tenant's period.</summary>
/// <param name="PeriodLimitMb">MiB in a period, for messages.</param>
/// <param name="Reached">The group has used it up.</param>
public readonly record struct GroupLimit(double PeriodLimitMb, bool Reached);
