namespace Pyro.Ingester.Queries;

/// <summary>Finds the k-th of some values without sorting them all.</summary>
public static class Quickselect
{
    /// <summary>The value at position <paramref name="k"/> (0-based) of the descending order; the values are moved about.</summary>
    public static long Descending(Span<long> values, int k)
    {
        while (true)
        {
            if (values.Length <= 16)
            {
                values.Sort();
                return values[^(k + 1)];
            }

            var pivot = Median(values[0], values[values.Length / 2], values[^1]);
            var (greater, equal) = Split(values, pivot);
            if (k < greater)
            {
                values = values[..greater];
            }
            else if (k < greater + equal)
            {
                return pivot;
            }
            else
            {
                values = values[(greater + equal)..];
                k -= greater + equal;
            }
        }
    }

    private static long Median(long a, long b, long c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));

    // Greater ones to the front, equal ones after them.
    private static (int Greater, int Equal) Split(Span<long> values, long pivot)
    {
        var (greater, at, less) = (0, 0, values.Length);
        while (at < less)
        {
            if (values[at] > pivot)
            {
                (values[greater], values[at]) = (values[at], values[greater]);
                greater++;
                at++;
            }
            else if (values[at] < pivot)
            {
                less--;
                (values[less], values[at]) = (values[at], values[less]);
            }
            else
            {
                at++;
            }
        }

        return (greater, less - greater);
    }
}
