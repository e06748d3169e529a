using System.Buffers.Binary;
using Pyro.Blocks.Files;

namespace Pyro.Blocks.Index;

/// <summary>Where the sections of an index.tsdb lie, in bytes from its beginning, and the times it covers: its last 76 bytes.</summary>
internal readonly record struct IndexToc(
    long Symbols, long Series, long LabelIndices, long LabelIndexTable, long Postings, long PostingsTable, long Fingerprints, long MinTime, long MaxTime)
{
    /// <summary>Bytes of the table.</summary>
    public const int Bytes = 76;

    /// <summary>Bytes before the symbols: magic and version.</summary>
    public const int HeaderBytes = 5;

    /// <summary>The first four bytes of every index.</summary>
    public const uint Magic = 0xBAAAD700;

    /// <summary>The version of the format.</summary>
    public const byte Version = 2;

    private const int Fields = 9;

    /// <summary>Reads header and table, and nothing else.</summary>
    /// <exception cref="DamagedBlockException">The file is no index of this version, or is not whole.</exception>
    public static async ValueTask<IndexToc> Read(IBlockFile file, CancellationToken cancellation)
    {
        if (file.Length < HeaderBytes + Bytes)
        {
            throw new DamagedBlockException(file.Name, -1, $"{file.Length} bytes are too few for an index");
        }

        var bytes = new byte[Bytes];
        await file.Read(0, bytes.AsMemory(0, HeaderBytes), cancellation);
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != Magic)
        {
            throw new DamagedBlockException(file.Name, 0, "does not begin as an index does");
        }

        if (bytes[HeaderBytes - 1] != Version)
        {
            throw new DamagedBlockException(file.Name, HeaderBytes - 1, $"index version {bytes[HeaderBytes - 1]} instead of {Version}");
        }

        var start = file.Length - Bytes;
        await file.Read(start, bytes, cancellation);
        if (Crc32C.Append(0, bytes.AsSpan(0, Bytes - sizeof(uint))) != BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(Bytes - sizeof(uint))))
        {
            throw new DamagedBlockException(file.Name, start, "checksum of the table of contents is wrong: the file is cut off or damaged");
        }

        return Of(bytes).Checked(file);
    }

    /// <summary>Writes the table.</summary>
    public void Write(Span<byte> into)
    {
        Span<long> fields = [Symbols, Series, LabelIndices, LabelIndexTable, Postings, PostingsTable, Fingerprints, MinTime, MaxTime];
        for (var i = 0; i < Fields; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(into[(i * sizeof(long))..], fields[i]);
        }

        BinaryPrimitives.WriteUInt32BigEndian(into[(Fields * sizeof(long))..], Crc32C.Append(0, into[..(Fields * sizeof(long))]));
    }

    private static IndexToc Of(ReadOnlySpan<byte> bytes)
    {
        Span<long> field = stackalloc long[Fields];
        for (var i = 0; i < Fields; i++)
        {
            field[i] = BinaryPrimitives.ReadInt64BigEndian(bytes[(i * sizeof(long))..]);
        }

        return new IndexToc(field[0], field[1], field[2], field[3], field[4], field[5], field[6], field[7], field[8]);
    }

    private IndexToc Checked(IBlockFile file)
    {
        var start = file.Length - Bytes;
        Span<long> sections = [HeaderBytes, Symbols, Series, LabelIndices, Postings, LabelIndexTable, PostingsTable, Fingerprints, start];
        for (var i = 1; i < sections.Length; i++)
        {
            if (sections[i] < sections[i - 1])
            {
                throw new DamagedBlockException(file.Name, start, "sections are out of order or beyond the end of the file");
            }
        }

        // References of series are 32 bits of 16 bytes.
        if (LabelIndices > ((long)uint.MaxValue + 1) * SeriesEntry.Alignment)
        {
            throw new DamagedBlockException(file.Name, start, "more series than references can tell apart");
        }

        return this;
    }
}
