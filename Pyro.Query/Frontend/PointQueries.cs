using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Profiles.Labels;
using Pyro.Query.Querier;
using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary>SelectSeries: values over time.</summary>
public sealed class PointQueries(Overrides overrides, TimeProvider time, ProfileQuerier querier)
{
    private const long MillisPerHour = 3_600_000;

    /// <summary>
    /// The points of each group of series, greatest sum first. The point at t holds the profiles in (t - step, t], the first one also
    /// those at t - step; steps without profiles are left out. The first point does not look behind the hour of its own time.
    /// </summary>
    public async Task<SelectSeriesResponse> Series(QueryCall call, SelectSeriesRequest request, CancellationToken cancel)
    {
        var limits = overrides.For(call.Tenant);
        var range = QueryRange.Required(request.Start, request.End, limits, time);
        if (range.BeforeLookback) return new SelectSeriesResponse();
        var selection = Selections.OfType(request.ProfileTypeID, request.LabelSelector);
        var step = StepMillis(request.Step);
        var interval = (long)limits.SplitQueriesByInterval.TotalMilliseconds;
        var parts = await Parts.Run(range.SplitBySteps(interval, step), limits.MaxQueryParallelism, async (part, stop) =>
        {
            // What lies at the last point of the part before belongs to that one. Pyroscope answers from the blocks of the range alone,
            // and its blocks are cut at whole hours.
            var from = part.Start == range.Start
                ? Math.Max(part.Start - step, part.Start - (part.Start % MillisPerHour))
                : part.Start - step + 1;
            var sum = new SumRequest { Selection = selection.In(from, part.End), Points = Form(request, part, step) };
            return PointAnswer.Merge((await querier.Sum(call, sum, PointAnswer.Read, stop)).SelectMany(static p => p), part.Start);
        }, cancel);
        return Ranked(parts, request);
    }

    private static PointsForm Form(SelectSeriesRequest request, QueryRange part, long step)
    {
        var form = new PointsForm { Start = part.Start, Step = step, End = part.End };
        form.GroupBy.AddRange(request.GroupBy.Distinct().Order(Utf8Order.Comparer));
        if (request.StackTraceSelector is { } selector) form.CallSite.AddRange(selector.CallSite.Select(static l => l.Name));
        return form;
    }

    /// <summary>A label that was asked for twice is answered twice.</summary>
    private static IEnumerable<LabelPair> AsAsked(IEnumerable<LabelPair> labels, IReadOnlyCollection<string> groupBy) =>
        labels.SelectMany(label => Enumerable.Repeat(label, groupBy.Count(name => name == label.Name)));

    private static long StepMillis(double seconds)
    {
        // Longer steps than all of time make one point all the same, and no sum of times overflows.
        var millis = Math.Min(seconds * 1000, QueryRange.LatestMillis);
        return double.IsFinite(seconds) && millis >= 1 ? (long)millis : throw Refusals.InvalidBehindFrontend("step must be non-zero");
    }

    private static SelectSeriesResponse Ranked(List<PointAnswer>[] parts, SelectSeriesRequest request)
    {
        var series = new Dictionary<Labels, Series>();
        var average = request.Aggregation == TimeSeriesAggregationType.Average;
        foreach (var group in parts.SelectMany(static p => p))
        {
            var labels = new Labels { Labels_ = { group.Labels } };
            if (!series.TryGetValue(labels, out var one)) series.Add(labels, one = new Series { Labels = { AsAsked(group.Labels, request.GroupBy) } });
            foreach (var (at, sum, count) in group.Points)
            {
                one.Points.Add(new Point { Timestamp = at, Value = average && count > 0 ? (double)sum / count : sum });
            }
        }

        var answer = new SelectSeriesResponse();
        var ranked = series.Values.OrderByDescending(static s => s.Points.Sum(static p => p.Value))
            .ThenBy(static s => s.Labels, Comparer<IList<LabelPair>>.Create(LabelsOrder.Compare));
        answer.Series.AddRange(request.Limit > 0 ? ranked.Take((int)Math.Min(request.Limit, int.MaxValue)) : ranked);
        return answer;
    }
}
