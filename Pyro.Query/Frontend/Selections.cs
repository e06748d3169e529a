using Pyro.Api.Peers;
using Pyro.Profiles.Labels;
using ParsedSelector = Pyro.Profiles.Labels.Selector;
using PeerRange = Pyro.Api.Peers.Range;
using PeerSelector = Pyro.Api.Peers.Selector;

namespace Pyro.Query.Frontend;

/// <summary>Makes the selections that holders are asked for out of what clients send.</summary>
public static class Selections
{
    /// <summary>The series of one profile type that a selector selects, without a range.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: type or selector cannot be parsed.</exception>
    public static Selection OfType(string profileTypeId, string selector)
    {
        var type = Type(profileTypeId);
        var matchers = Parse(selector);
        matchers.Matchers.Add(new Matcher { Op = Matcher.Types.Op.Equal, Name = LabelNames.ProfileType, Value = type.Stored });
        return new Selection { Selectors = { matchers } };
    }

    /// <summary>What any of several selectors selects; none, or one without matchers: everything.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: a selector cannot be parsed.</exception>
    public static Selection OfAny(IEnumerable<string> selectors, QueryRange? range)
    {
        var selection = new Selection();
        selection.Selectors.AddRange(selectors.Select(Parse));
        if (selection.Selectors.Any(static s => s.Matchers.Count == 0)) selection.Selectors.Clear();
        if (range is { } given) selection.Range = Range(given.Start, given.End);
        return selection;
    }

    /// <summary>A profile type id.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: not five or six parts.</exception>
    public static ProfileType Type(string id)
    {
        try
        {
            return ProfileType.Parse(id);
        }
        catch (SelectorException e)
        {
            throw Refusals.InvalidBehindFrontend(e.Message);
        }
    }

    /// <summary>The same selection in a range of ms.</summary>
    public static Selection In(this Selection selection, long start, long end)
    {
        var ranged = selection.Clone();
        ranged.Range = Range(start, end);
        return ranged;
    }

    private static PeerRange Range(long start, long end) => new() { Start = start, End = end };

    private static PeerSelector Parse(string text)
    {
        try
        {
            var selector = new PeerSelector();
            selector.Matchers.AddRange(ParsedSelector.Parse(text).Select(static m => new Matcher
            {
                Op = m.Op switch
                {
                    MatchOp.Equal => Matcher.Types.Op.Equal,
                    MatchOp.NotEqual => Matcher.Types.Op.NotEqual,
                    MatchOp.Regex => Matcher.Types.Op.Regex,
                    _ => Matcher.Types.Op.NotRegex,
                },
                Name = m.Name,
                Value = m.Value,
            }));
            return selector;
        }
        catch (SelectorException e)
        {
            throw Refusals.Selector(e.Message);
        }
    }
}
