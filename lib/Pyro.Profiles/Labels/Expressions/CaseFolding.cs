using System.Text;

namespace Pyro.Profiles.Labels.Expressions;

/// <summary>Which code points are one letter when case does not count: Unicode's simple case folding, as RE2 has it.</summary>
internal static class CaseFolding
{
    // Cased letters end before this one.
    private const int End = 0x1E944;

    // Letters that fold together though upper and lower case of the platform do not connect them.
    private static readonly string[] Further =
    [
        "kK\u212A", "sS\u017F", "\u00E5\u00C5\u212B", "\u03C9\u03A9\u2126", "\u03BC\u039C\u00B5", "\u03C3\u03A3\u03C2", "\u00DF\u1E9E",
        "\u03B2\u0392\u03D0", "\u03B5\u0395\u03F5", "\u03B8\u0398\u03D1\u03F4", "\u03B9\u0399\u0345\u1FBE", "\u03BA\u039A\u03F0",
        "\u03C0\u03A0\u03D6", "\u03C1\u03A1\u03F1", "\u03C6\u03A6\u03D5", "\u1E61\u1E60\u1E9B", "\u0432\u0412\u1C80", "\u0434\u0414\u1C81",
        "\u043E\u041E\u1C82", "\u0441\u0421\u1C83", "\u0442\u0422\u1C84\u1C85", "\u044A\u042A\u1C86", "\u0463\u0462\u1C87", "\uA64B\uA64A\u1C88",
    ];

    private static readonly Lazy<Dictionary<int, int[]>> Orbits = new(Build);

    /// <summary>Adds to a set all that differs from its members in case only.</summary>
    public static CodePointSet Fold(CodePointSet set)
    {
        var folded = CodePointSet.Of([.. set.Ranges]);
        foreach (var (first, last) in set.Ranges)
        {
            for (var c = first; c <= Math.Min(last, End); c++)
            {
                if (Orbits.Value.TryGetValue(c, out var orbit))
                {
                    foreach (var other in orbit)
                    {
                        folded.Add(other, other);
                    }
                }
            }
        }

        return folded;
    }

    private static Dictionary<int, int[]> Build()
    {
        var orbits = new Dictionary<int, int[]>();
        for (var c = 0; c < End; c++)
        {
            if (Rune.IsValid(c))
            {
                var rune = new Rune(c);
                Join(orbits, c, Rune.ToUpperInvariant(rune).Value);
                Join(orbits, c, Rune.ToLowerInvariant(rune).Value);
            }
        }

        foreach (var letters in Further)
        {
            foreach (var letter in letters)
            {
                Join(orbits, letters[0], letter);
            }
        }

        return orbits;
    }

    private static void Join(Dictionary<int, int[]> orbits, int a, int b)
    {
        if (a == b)
        {
            return;
        }

        int[] orbit = [.. orbits.GetValueOrDefault(a, [a]).Union(orbits.GetValueOrDefault(b, [b]))];
        foreach (var member in orbit)
        {
            orbits[member] = orbit;
        }
    }
}
