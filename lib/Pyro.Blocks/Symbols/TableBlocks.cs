using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// The blocks of a table of format 3, one behind the other: a header of big endian numbers, the first being the number of entries, and
/// its checksum in the last four bytes; then parts whose sizes the header tells.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="place">How it is divided.</param>
/// <param name="headerBytes">Bytes of the header that are known.</param>
internal ref struct TableBlocks(TableBytes table, TablePlace place, int headerBytes)
{
    private readonly ReadOnlySpan<byte> _bytes = table.Span;
    private readonly Region _region = table.Region;
    private int _at;
    private int _header;

    /// <summary>Entries of the table.</summary>
    public readonly int Items => place.Count;

    /// <summary>Number of the block's first entry.</summary>
    public int First { get; private set; }

    /// <summary>Entries of the block.</summary>
    public int Count { get; private set; }

    /// <summary>Turns to the next block; false behind the last.</summary>
    public bool Next()
    {
        First += Count;
        if (First == place.Count)
        {
            return _at == _bytes.Length ? false : throw Damaged("the table goes on behind its last block");
        }

        _header = _at;
        var header = Part((uint)Math.Max(headerBytes, place.HeaderBytes));
        _region.From(_header).CheckSealed(header, "the header of a block");
        Count = Math.Min(place.PerBlock, place.Count - First);
        return Number(0) == Count ? true : throw Damaged($"a block has {Number(0)} entries instead of {Count}");
    }

    /// <summary>A number of the header.</summary>
    public readonly uint Number(int index) => BinaryPrimitives.ReadUInt32BigEndian(_bytes[(_header + 4 * index)..]);

    /// <summary>The entries of the block in a column.</summary>
    public readonly Span<T> Of<T>(T[] column) => column.AsSpan(First, Count);

    /// <summary>The next bytes of the block.</summary>
    public ReadOnlySpan<byte> Part(uint size)
    {
        if (size > (uint)(_bytes.Length - _at))
        {
            throw Damaged($"a part of {size} bytes ends behind its table");
        }

        var part = _bytes.Slice(_at, (int)size);
        _at += (int)size;
        return part;
    }

    /// <summary>Decodes the next part: numbers.</summary>
    public void Ints(uint size, Span<int> into)
    {
        var at = _at;
        var part = Part(size);
        try
        {
            DeltaBinaryPacked.Decode(part, into);
        }
        catch (InvalidDataException e)
        {
            throw new DamagedBlockException(_region.File, _region.Offset + at, e.Message, e);
        }
    }

    /// <summary>Decodes the next part: numbers of 64 bits, left out when all are 0.</summary>
    public void Longs(uint size, Span<ulong> into)
    {
        var at = _at;
        var part = Part(size);
        if (size == 0)
        {
            into.Clear();
            return;
        }

        try
        {
            DeltaBinaryPacked.Decode(part, MemoryMarshal.Cast<ulong, long>(into));
        }
        catch (InvalidDataException e)
        {
            throw new DamagedBlockException(_region.File, _region.Offset + at, e.Message, e);
        }
    }

    /// <summary>Decodes the next part: numbers of entries of another table.</summary>
    public void References(uint size, Span<int> into, int count, string what)
    {
        Ints(size, into);
        Check(into, count, what);
    }

    /// <summary>Throws unless there are as many entries as are referred to.</summary>
    public readonly void Check(ReadOnlySpan<int> references, int count, string what)
    {
        foreach (var reference in references)
        {
            if ((uint)reference >= (uint)count)
            {
                throw Damaged($"there is no {what} {(uint)reference}, only {count}");
            }
        }
    }

    /// <summary>The fault in this block.</summary>
    public readonly DamagedBlockException Damaged(string fault) => _region.Damaged(_header, fault);
}
