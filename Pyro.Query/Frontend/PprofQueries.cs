using Pyro.Api.Peers;
using Pyro.Api.Pprof;
using Pyro.Api.Querier;
using Pyro.Profiles.Labels;
using Pyro.Query.Querier;
using Pyro.Tenancy;
using PprofValueType = Pyro.Api.Pprof.ValueType;

namespace Pyro.Query.Frontend;

/// <summary>SelectMergeProfile: a sum as pprof.</summary>
public sealed class PprofQueries(Overrides overrides, TimeProvider time, ProfileQuerier querier)
{
    private const long NanosPerMilli = 1_000_000;

    /// <summary>Sums stacks with their lines and mappings.</summary>
    public async Task<Profile> Profile(QueryCall call, SelectMergeProfileRequest request, CancellationToken cancel)
    {
        var limits = overrides.For(call.Tenant);
        var range = QueryRange.Required(request.Start, request.End, limits, time);
        if (range.BeforeLookback) return new Profile();
        var maxNodes = limits.MaxFlamegraphNodesOnSelectMergeProfile ? NodeLimit.Effective(request.MaxNodes, limits) : request.MaxNodes;
        var type = Selections.Type(request.ProfileTypeID);
        var selection = Selections.OfType(request.ProfileTypeID, request.LabelSelector);
        var form = new StacksForm { StackTraceSelector = request.StackTraceSelector };
        var interval = (long)limits.SplitQueriesByInterval.TotalMilliseconds;
        var parts = await Parts.Run(range.Split(interval), limits.MaxQueryParallelism, async (part, stop) =>
        {
            var sum = new SumRequest { Selection = selection.In(part.Start, part.End), Stacks = form };
            var answers = await querier.Sum(call, sum, StackAnswer.Read, stop);
            return (Range: part, Sums: answers.SelectMany(static a => a).ToList());
        }, cancel);

        var table = StackAnswer.Merge(parts.SelectMany(static p => p.Sums));
        if (table.IsEmpty) return Empty();
        if (request.StackTraceSelector?.GoPgo is { } pgo) GoPgoStacks.Reduce(table, pgo.KeepLocations, pgo.AggregateCallees);
        StackCut.Cut(table, maxNodes);
        var profile = table.ToProfile();
        Head(profile, type);
        var filled = parts.Where(static p => p.Sums.Any(static s => s.Sample.Count > 0)).Select(static p => p.Range).ToList();
        profile.TimeNanos = filled.Min(static r => r.End) * NanosPerMilli;
        profile.DurationNanos = Math.Min(filled.Sum(static r => r.End - r.Start), QueryRange.LatestMillis) * NanosPerMilli;
        return profile;
    }

    private static Profile Empty() => new() { SampleType = { new PprofValueType() }, StringTable = { "" }, PeriodType = new PprofValueType() };

    private static void Head(Profile profile, ProfileType type)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = profile.StringTable.Count - 1; i >= 0; i--) known[profile.StringTable[i]] = i;
        long Text(string text)
        {
            if (known.TryGetValue(text, out var at)) return at;
            profile.StringTable.Add(text);
            return known[text] = profile.StringTable.Count - 1;
        }

        profile.SampleType.Add(new PprofValueType { Unit = Text(type.SampleUnit), Type = Text(type.SampleType) });
        profile.PeriodType = new PprofValueType { Type = Text(type.PeriodType), Unit = Text(type.PeriodUnit) };
        profile.DefaultSampleType = Text(type.SampleType);
        profile.Period = type.Name switch
        {
            "process_cpu" => 1_000_000_000,
            "memory" => 512 << 10,
            _ => 1,
        };
    }
}
