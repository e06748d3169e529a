using System.Buffers.Binary;
using Pyro.Blocks.Files;

namespace Pyro.Blocks.Index;

/// <summary>Reads lists of series, those that lie near one another together. Each list has a checksum of its own.</summary>
internal sealed class PostingsReader(IBlockFile file, IndexToc toc)
{
    // Lists that lie no further apart are fetched together.
    private const int Gap = 64 << 10;

    // As long as most lists are, so that the last one of a fetch is seldom cut off.
    private const int UsualList = 4 << 10;

    private const int LengthBytes = sizeof(uint), CountBytes = sizeof(uint), ChecksumBytes = sizeof(uint);

    /// <summary>The series that are in one of some lists. The offsets are sorted in place.</summary>
    /// <exception cref="DamagedBlockException">A list is not whole, or lists share bytes.</exception>
    public async ValueTask<ReferenceSet> Union(List<long> offsets, CancellationToken cancellation)
    {
        offsets.Sort();
        var set = ReferenceSet.For(toc);
        using var window = new FileWindow(file, toc.Postings, toc.LabelIndexTable);
        for (var i = 0; i < offsets.Count; i++)
        {
            if (offsets[i] < window.Position)
            {
                // Then work would not be bounded by the length of the file.
                throw window.Damaged(offsets[i], "a list of series begins inside of another");
            }

            window.Seek(offsets[i]);
            await Read(window, set, Ahead(offsets, i), cancellation);
        }

        return set;
    }

    // How much to fetch for a list and those that follow soon.
    private static int Ahead(List<long> offsets, int first)
    {
        var last = offsets[first];
        for (var i = first + 1; i < offsets.Count; i++)
        {
            if (offsets[i] - last > Gap || offsets[i] - offsets[first] > FileWindow.Stride)
            {
                break;
            }

            last = offsets[i];
        }

        return (int)(last - offsets[first]) + UsualList;
    }

    private static async ValueTask Read(FileWindow window, ReferenceSet into, int ahead, CancellationToken cancellation)
    {
        var start = window.Position;
        while (window.Held.Length < LengthBytes + CountBytes)
        {
            await window.More(ahead, cancellation);
        }

        long length = BinaryPrimitives.ReadUInt32BigEndian(window.Held);
        long left = BinaryPrimitives.ReadUInt32BigEndian(window.Held[LengthBytes..]);
        if (length != CountBytes + (left * sizeof(uint)) || length > window.Left - LengthBytes - ChecksumBytes)
        {
            throw window.Damaged(start, $"a list of {left} series in {length} bytes is none");
        }

        var checksum = Crc32C.Of(window.Held.Slice(LengthBytes, CountBytes));
        window.Advance(LengthBytes + CountBytes);
        var last = -1L;
        while (left > 0)
        {
            if (window.Held.Length < sizeof(uint))
            {
                await window.More((int)Math.Min((left * sizeof(uint)) + ahead, FileWindow.Stride), cancellation);
            }

            var count = (int)Math.Min(left, window.Held.Length / sizeof(uint));
            var postings = window.Held[..(count * sizeof(uint))];
            checksum = Crc32C.Append(checksum, postings);
            if (!into.TryAdd(postings, ref last))
            {
                throw window.Damaged(start, "a list of series does not ascend, or names places that are outside of the series");
            }

            window.Advance(postings.Length);
            left -= count;
        }

        while (window.Held.Length < ChecksumBytes)
        {
            await window.More(ahead, cancellation);
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(window.Held) != checksum)
        {
            throw window.Damaged(start, "a list of series has another checksum than it should");
        }

        window.Advance(ChecksumBytes);
    }
}
