using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Times;
using Pyro.Query.Frontend;

namespace Pyro.Query.Render;

/// <summary>What <c>/pyroscope/render</c> is asked for.</summary>
/// <param name="Type">The profile type.</param>
/// <param name="Selector">Which series, as a selector without the type.</param>
/// <param name="From">First ms.</param>
/// <param name="Until">Last ms.</param>
/// <param name="MaxNodes">Nodes of the flame graph; 0: as the tenant's limits say.</param>
public sealed record RenderQuery(ProfileType Type, string Selector, long From, long Until, long MaxNodes)
{
    /// <summary>Reads a query string.</summary>
    /// <param name="query">All parameters.</param>
    /// <param name="side">"" or the prefix of the parameters of one side of a diff: <c>left</c>, <c>right</c>.</param>
    /// <param name="now">What times are relative to.</param>
    /// <exception cref="RpcException">invalid_argument.</exception>
    public static RenderQuery Parse(IQueryCollection query, string side, DateTimeOffset now)
    {
        string Name(string plain) => side == "" ? plain : side + char.ToUpperInvariant(plain[0]) + plain[1..];

        var (type, selector) = Select(First(query, Name("query")), Name("query"));
        return new RenderQuery(
            type,
            selector,
            LooseTime.Millis(First(query, Name("from")), now),
            LooseTime.Millis(First(query, Name("until")), now),
            Nodes(query));
    }

    /// <summary>The first value of a parameter, "" when there is none.</summary>
    public static string First(IQueryCollection query, string name) => query[name] is [{ } value, ..] ? value : "";

    // maxNodes wins; what is no number counts as not given.
    private static long Nodes(IQueryCollection query)
    {
        var text = First(query, "maxNodes");
        if (text == "") text = First(query, "max-nodes");
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var nodes) ? nodes : 0;
    }

    private static (ProfileType Type, string Selector) Select(string text, string parameter)
    {
        if (text == "") throw Refusals.Invalid($"\"{parameter}\" is required");
        LabelMatcher[] matchers;
        try
        {
            matchers = Profiles.Labels.Selector.Parse(text);
        }
        catch (SelectorException e)
        {
            throw Refusals.Invalid($"failed to parse \"{parameter}\": {e.Message}");
        }

        var named = Array.Find(matchers, static m => m.Name == LabelNames.Name)
            ?? throw Refusals.Invalid($"\"{parameter}\" must contain a profile-type selection");
        try
        {
            return (ProfileType.Parse(named.Value), Text(matchers.Where(m => !ReferenceEquals(m, named))));
        }
        catch (SelectorException)
        {
            throw Refusals.Invalid($"failed to parse \"{parameter}\"");
        }
    }

    private static string Text(IEnumerable<LabelMatcher> matchers) =>
        "{" + string.Join(',', matchers.Select(static m => $"{Quote(m.Name)}{Operator(m.Op)}{Quote(m.Value)}")) + "}";

    private static string Operator(MatchOp op) => op switch
    {
        MatchOp.Equal => "=",
        MatchOp.NotEqual => "!=",
        MatchOp.Regex => "=~",
        _ => "!~",
    };

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "\\r")}\"";
}
