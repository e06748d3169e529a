using System.Buffers.Binary;
using System.Numerics;

namespace Pyro.Blocks.Index;

/// <summary>A set of series references, one bit each: a bit for 16 bytes of the series section.</summary>
/// <param name="first">The least possible reference.</param>
/// <param name="end">One more than the greatest.</param>
internal sealed class ReferenceSet(uint first, long end)
{
    private readonly ulong[] _words = new ulong[(end - first + 63) / 64];

    /// <summary>A set of references into the series section.</summary>
    public static ReferenceSet For(IndexToc toc)
    {
        var first = (toc.Series + SeriesEntry.Alignment - 1) / SeriesEntry.Alignment;
        var end = (toc.LabelIndices + SeriesEntry.Alignment - 1) / SeriesEntry.Alignment;
        return new ReferenceSet((uint)Math.Min(first, uint.MaxValue), Math.Max(first, end));
    }

    /// <summary>Whether nothing is in it.</summary>
    public bool IsEmpty => !_words.AsSpan().ContainsAnyExcept(0UL);

    /// <summary>Adds references of four bytes each, which must ascend.</summary>
    /// <param name="postings">Their bytes.</param>
    /// <param name="last">The reference before the first; the last one on return. -1: there is none.</param>
    /// <returns>False when they do not ascend, or lie outside the section.</returns>
    public bool TryAdd(ReadOnlySpan<byte> postings, ref long last)
    {
        for (; postings.Length >= sizeof(uint); postings = postings[sizeof(uint)..])
        {
            var reference = BinaryPrimitives.ReadUInt32BigEndian(postings);
            if (reference <= last || reference < first || reference >= end)
            {
                return false;
            }

            last = reference;
            var bit = reference - first;
            _words[bit >> 6] |= 1UL << (int)bit;
        }

        return true;
    }

    /// <summary>Keeps what is in the other set too.</summary>
    public void IntersectWith(ReferenceSet other)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            _words[i] &= other._words[i];
        }
    }

    /// <summary>Takes out what is in the other set.</summary>
    public void ExceptWith(ReferenceSet other)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            _words[i] &= ~other._words[i];
        }
    }

    /// <summary>The references, ascending.</summary>
    public uint[] ToArray()
    {
        var count = 0;
        foreach (var word in _words)
        {
            count += BitOperations.PopCount(word);
        }

        var references = new uint[count];
        var n = 0;
        for (var i = 0; i < _words.Length; i++)
        {
            for (var word = _words[i]; word != 0; word &= word - 1)
            {
                references[n++] = first + (uint)((i << 6) + BitOperations.TrailingZeroCount(word));
            }
        }

        return references;
    }
}
