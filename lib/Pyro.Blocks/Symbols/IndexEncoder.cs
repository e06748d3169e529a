using System.Buffers;
using System.Buffers.Binary;
using Pyro.Profiles;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>Writes an index section (block-format 6.3, 6.4): header, place of the partition headers, the headers, checksum.</summary>
/// <param name="format">2 or 3.</param>
internal sealed class IndexEncoder(int format)
{
    private readonly ArrayBufferWriter<byte> _headers = new();
    private uint _partitions;

    /// <summary>Begins a partition.</summary>
    public void Partition(ulong id)
    {
        _partitions++;
        Long(id);
    }

    /// <summary>A number of 32 bits.</summary>
    public void Number(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_headers.GetSpan(4), value);
        _headers.Advance(4);
    }

    /// <summary>The header of a stack tree.</summary>
    public void Tree(ulong partition, in TreePlace tree, StackColumns stacks)
    {
        Long((ulong)tree.Offset);
        Long((ulong)tree.Size);
        Long(partition);
        Number(GroupVarint);
        Number(0);
        Number((uint)Leaves(stacks));
        Number((uint)tree.Nodes);
        Number(0);
        Number(tree.MaxNodes);
        Long(0);
        Number(0);
        Number(tree.Checksum);
    }

    /// <summary>Where a table of format 3 lies.</summary>
    public void Reference(in TablePlace table, ushort kind)
    {
        Long((ulong)table.Offset);
        Number((uint)table.Size);
        Number(table.Checksum);
        Number((uint)table.Count);
        Number((uint)table.PerBlock);
        Number((uint)table.HeaderBytes << 16 | kind);
        Number(0);
    }

    /// <summary>The whole section.</summary>
    public byte[] Section()
    {
        var section = new byte[IndexHeaderBytes + 4 + _headers.WrittenCount + 4];
        BinaryPrimitives.WriteUInt32BigEndian(section, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(4), (uint)format);
        BinaryPrimitives.WriteInt64BigEndian(section.AsSpan(16), 4 + _headers.WrittenCount);
        BinaryPrimitives.WriteInt64BigEndian(section.AsSpan(24), IndexHeaderBytes);
        BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(IndexHeaderBytes), _partitions);
        _headers.WrittenSpan.CopyTo(section.AsSpan(IndexHeaderBytes + 4));
        BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(section.Length - 4), Crc32C.Of(section.AsSpan(0, section.Length - 4)));
        return section;
    }

    // For people: stacks that no other stack goes on from.
    private static int Leaves(StackColumns stacks)
    {
        using var inner = new Rented<bool>(stacks.Count, zeros: true);
        var leaves = 0;
        for (var node = stacks.Count - 1; node > 0; node--)
        {
            leaves += inner.Span[node] ? 0 : 1;
            inner.Span[stacks.Parent[node]] = true;
        }

        return leaves;
    }

    private void Long(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_headers.GetSpan(8), value);
        _headers.Advance(8);
    }
}
