using System.IO.Hashing;
using System.Text;

namespace Pyro.Load;

/// <summary>The generator's only randomness: SplitMix64, so that the same seed gives the same bytes everywhere.</summary>
internal struct SplitMix64(ulong state)
{
    private ulong _state = state;

    /// <summary>A stream of its own for a purpose: the seed mixed with a hash of what it is for.</summary>
    public static SplitMix64 For(ulong seed, string purpose) => new(seed ^ XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(purpose)));

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    /// <summary>In [0, 1): the top 53 bits.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>In [0, limit).</summary>
    public int Below(int limit) => (int)(Unit() * limit);
}
