using System.Text.RegularExpressions;
using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Unit.Queries;

/// <summary>Random selections and plans, and what they select of a plain model.</summary>
internal static class RandomSelections
{
    private static readonly string[] Names = ["pod", "service_name", "region", "__type__", "absent"];
    private static readonly string[] Values = ["p1", "p10", "cart", "pay", "eu", "", "cpu", "alloc_objects"];
    private static readonly string[] Expressions = ["p.*", "p1|p10", "", ".+", "cart|", ".*", "(cpu|samples)"];

    public static Selection Next(Random random)
    {
        var selection = new Selection();
        for (var i = random.Next(3); i > 0; i--)
        {
            var selector = new Selector();
            for (var m = random.Next(3); m > 0; m--)
            {
                var op = (Matcher.Types.Op)random.Next(4);
                var from = op is Matcher.Types.Op.Equal or Matcher.Types.Op.NotEqual ? Values : Expressions;
                selector.Matchers.Add(new Matcher { Op = op, Name = Names[random.Next(Names.Length)], Value = from[random.Next(from.Length)] });
            }

            selection.Selectors.Add(selector);
        }

        if (random.Next(2) == 0)
        {
            var start = 1000 + random.Next(-1, 11);
            selection.Range = new Api.Peers.Range { Start = start, End = start + random.Next(4) };
        }

        if (random.Next(4) == 0)
        {
            var count = (ulong)random.Next(1, 4);
            selection.Shard = new Shard { Count = count, Index = (ulong)random.NextInt64((long)count) };
        }

        return selection;
    }

    public static List<PlainRow> Rows(IEnumerable<PlainRow> rows, Selection selection) => rows.Where(row =>
        (selection.Selectors.Count == 0 || selection.Selectors.Any(s => s.Matchers.All(m => Matches(row, m))))
        && (selection.Range is null || (row.Millis >= selection.Range.Start && row.Millis <= selection.Range.End))
        && (selection.Shard is null || row.Fingerprint % selection.Shard.Count == selection.Shard.Index)).ToList();

    /// <summary>Nothing, the whole head, or some series whole and some by key (some of which are not held).</summary>
    public static async Task<(PlanOfHolding[] Plan, List<PlainRow> Rows)> Plan(Held held, List<PlainRow> all, Selection selection, Random random)
    {
        var selected = Rows(all, selection);
        if (random.Next(3) == 0)
        {
            return ([], selected);
        }

        var plan = new PlanOfHolding { Ulid = (await held.Describe(null))[0].Holding.Ulid, Whole = random.Next(3) == 0 };
        if (plan.Whole)
        {
            return ([plan], selected);
        }

        var rows = new List<PlainRow>();
        foreach (var series in all.GroupBy(r => r.Fingerprint).Where(_ => random.Next(2) == 0))
        {
            var part = new PlanOfSeries { Fingerprint = series.Key, Whole = random.Next(2) == 0 };
            var taken = series.Where(_ => part.Whole || random.Next(2) == 0).ToList();
            rows.AddRange(taken.Where(selected.Contains));
            if (!part.Whole)
            {
                var ids = new byte[16 * (taken.Count + 1)];
                for (var i = 0; i < taken.Count; i++)
                {
                    taken[i].Id.Write(ids.AsSpan(16 * i));
                }

                part.Times.AddRange([.. taken.Select(r => r.TimeNanos), 5]);
                part.Ids = ByteString.CopyFrom(ids);
            }

            plan.Series.Add(part);
        }

        return ([plan], rows);
    }

    private static bool Matches(PlainRow row, Matcher matcher)
    {
        var value = row.Get(matcher.Name) ?? "";
        return matcher.Op switch
        {
            Matcher.Types.Op.Equal => value == matcher.Value,
            Matcher.Types.Op.NotEqual => value != matcher.Value,
            Matcher.Types.Op.Regex => Regex.IsMatch(value, $"^(?:{matcher.Value})$", RegexOptions.Singleline | RegexOptions.NonBacktracking),
            _ => !Regex.IsMatch(value, $"^(?:{matcher.Value})$", RegexOptions.Singleline | RegexOptions.NonBacktracking),
        };
    }
}
