using Pyro.Profiles.Labels;
using Pyro.Profiles.Relabeling;

namespace Pyro.Profiles.Pprof;

/// <summary>Drops sample types, with their values, as a tenant's rules say.</summary>
public static class SampleTypes
{
    /// <summary>Runs each type, as labels <c>__type__</c> and <c>__unit__</c> beside the series' labels, through rules that keep or drop.</summary>
    public static void Relabel(PprofProfile p, ReadOnlySpan<Label> series, RelabelRules rules)
    {
        if (rules.Count == 0)
        {
            return;
        }

        Span<bool> keep = p.TypeCount <= 64 ? stackalloc bool[p.TypeCount] : new bool[p.TypeCount];
        var labels = new List<Label>(series.Length + 2);
        for (int t = 0; t < p.TypeCount; t++)
        {
            labels.Clear();
            foreach (Label label in series)
            {
                if (label.Name is not (LabelNames.Type or LabelNames.Unit))
                {
                    labels.Add(label);
                }
            }

            labels.Add(new Label(LabelNames.Type, p.StringText(p.TypeName[t])));
            labels.Add(new Label(LabelNames.Unit, p.StringText(p.TypeUnit[t])));
            keep[t] = rules.Apply(labels);
        }

        Keep(p, keep);
    }

    /// <summary>Drops the types that are not to be kept. Every sample must have one value a type.</summary>
    public static void Keep(PprofProfile p, ReadOnlySpan<bool> keep)
    {
        int types = p.TypeCount, kept = 0, to = 0;
        for (int t = 0; t < types; t++)
        {
            if (keep[t])
            {
                p.TypeName[kept] = p.TypeName[t];
                p.TypeUnit[kept++] = p.TypeUnit[t];
            }
        }

        if (kept == types)
        {
            return;
        }

        p.TypeCount = kept;
        for (int s = 0; s < p.SampleCount; s++)
        {
            for (int t = 0; t < types; t++)
            {
                if (keep[t])
                {
                    p.Value[to++] = p.Value[(s * types) + t];
                }
            }

            p.SampleValueStart[s + 1] = to;
        }
    }
}
