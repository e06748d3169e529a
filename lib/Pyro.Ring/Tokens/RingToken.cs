using System.Text;

namespace Pyro.Ring;

/// <summary>Positions on a ring.</summary>
public static class RingToken
{
    private const uint Basis = 2166136261;
    private const uint Prime = 16777619;

    /// <summary>The position of a series: FNV-1 (32 bit) over the UTF-8 bytes of the tenant, then of the series' text.</summary>
    public static uint Of(string tenant, ReadOnlySpan<byte> series)
    {
        var hash = Basis;
        Span<byte> bytes = stackalloc byte[256];
        if (Encoding.UTF8.TryGetBytes(tenant, bytes, out var count)) hash = Add(hash, bytes[..count]);
        else hash = Add(hash, Encoding.UTF8.GetBytes(tenant));
        return Add(hash, series);
    }

    /// <summary>Fresh positions that are not taken, in ascending order.</summary>
    /// <param name="count">How many.</param>
    /// <param name="taken">Those of all members.</param>
    /// <param name="random">Where they come from.</param>
    public static uint[] Generate(int count, IEnumerable<uint> taken, Random random)
    {
        var used = taken.ToHashSet();
        var tokens = new uint[count];
        for (var i = 0; i < count;)
        {
            var token = (uint)random.NextInt64(1L << 32);
            if (used.Add(token)) tokens[i++] = token;
        }

        Array.Sort(tokens);
        return tokens;
    }

    private static uint Add(uint hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes) hash = unchecked(hash * Prime) ^ b;
        return hash;
    }
}
