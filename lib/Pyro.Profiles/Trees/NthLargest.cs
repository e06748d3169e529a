namespace Pyro.Profiles.Trees;

/// <summary>Finds thresholds without sorting.</summary>
public static class NthLargest
{
    /// <summary>The n-th largest value (1: the largest); reorders the values.</summary>
    public static long Of(Span<long> values, int n)
    {
        var at = n - 1;
        while (values.Length > 1)
        {
            var (above, below) = Partition(values);
            if (at < above)
            {
                values = values[..above];
            }
            else if (at < below)
            {
                return values[above];
            }
            else
            {
                values = values[below..];
                at -= below;
            }
        }

        return values[0];
    }

    // Larger than the pivot, equal to it, smaller: the values in between are all equal, so ties cost nothing more.
    private static (int Above, int Below) Partition(Span<long> values)
    {
        var pivot = Median(values[0], values[values.Length / 2], values[^1]);
        int above = 0, below = values.Length;
        for (var i = 0; i < below;)
        {
            var value = values[i];
            if (value > pivot)
            {
                values[i++] = values[above];
                values[above++] = value;
            }
            else if (value < pivot)
            {
                values[i] = values[--below];
                values[below] = value;
            }
            else
            {
                i++;
            }
        }

        return (above, below);
    }

    private static long Median(long a, long b, long c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
