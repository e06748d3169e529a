using Pyro.Api.Types;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Answers;

/// <summary>Label sets as the wire has them.</summary>
internal static class WireLabels
{
    /// <summary>The labels, sorted by name.</summary>
    public static Labels Of(LabelSet set)
    {
        var pairs = new LabelPair[set.Count];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = new LabelPair { Name = set.Labels[i].Name, Value = set.Labels[i].Value };
        }

        Array.Sort(pairs, static (a, b) => Utf8Order.Compare(a.Name, b.Name));
        return new Labels { Labels_ = { pairs } };
    }
}
