namespace Pyro.Configuration;

/// <summary>Finds what somebody meant who wrote something else.</summary>
internal static class Nearest
{
    /// <summary>The name with the fewest changed letters, or null when none is near.</summary>
    public static string? To(string name, IEnumerable<string> candidates)
    {
        if (name.Length > 200)
        {
            return null;
        }
        string? best = null;
        int bound = Math.Min(Math.Max(2, name.Length / 4), name.Length / 2) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(name, candidate, bound);
            if (distance < bound || (distance == bound && best is not null && string.CompareOrdinal(candidate, best) < 0))
            {
                (best, bound) = (candidate, distance);
            }
        }
        return best;
    }

    /// <summary>The question to put behind a fault, "" without a suggestion.</summary>
    public static string Hint(string? suggestion) => suggestion is null ? "" : $"; did you mean {suggestion}?";

    /// <summary>Letters to insert, remove or replace; given up at the bound.</summary>
    private static int Distance(string a, string b, int bound)
    {
        if (Math.Abs(a.Length - b.Length) > bound)
        {
            return int.MaxValue;
        }
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            int least = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
                least = Math.Min(least, row[j]);
            }
            if (least > bound)
            {
                return int.MaxValue;
            }
        }
        return row[b.Length];
    }
}
