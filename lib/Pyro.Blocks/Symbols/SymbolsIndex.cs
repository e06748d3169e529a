using System.Buffers.Binary;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>Where one encoded stack tree lies.</summary>
/// <param name="Offset">In the file of stacks.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Nodes">Nodes, its root included.</param>
/// <param name="MaxNodes">Stack ids that one tree takes up, if the partition has several.</param>
/// <param name="Checksum">CRC-32C of the bytes.</param>
internal readonly record struct TreePlace(long Offset, long Size, int Nodes, uint MaxNodes, uint Checksum);

/// <summary>Rows of a Parquet table.</summary>
/// <param name="Group">Row group.</param>
/// <param name="First">First row in it.</param>
/// <param name="Count">Rows.</param>
internal readonly record struct RowPlace(int Group, uint First, int Count);

/// <summary>Where a partition's table of one kind lies.</summary>
/// <param name="Count">Entries.</param>
/// <param name="Offset">Format 3: in the file.</param>
/// <param name="Size">Format 3: bytes.</param>
/// <param name="Checksum">Format 3: CRC-32C of the bytes.</param>
/// <param name="PerBlock">Format 3: entries of each block but the last.</param>
/// <param name="HeaderBytes">Format 3: length of the header of each block.</param>
/// <param name="Rows">Format 2: the rows, one range after another. Format 1: null, the whole file.</param>
internal readonly record struct TablePlace(
    int Count, long Offset = 0, int Size = 0, uint Checksum = 0, int PerBlock = 0, int HeaderBytes = 0, RowPlace[]? Rows = null);

/// <summary>Where the symbols of one partition lie.</summary>
internal sealed record PartitionPlace(
    ulong Id, TreePlace[] Trees, TablePlace Locations, TablePlace Mappings, TablePlace Functions, TablePlace Strings);

/// <summary>Reads the index section (block-format 6.3, 6.4): what partitions there are and where their tables lie.</summary>
internal static class SymbolsIndex
{
    /// <summary>Longest index that is read: a million partitions and more.</summary>
    public const int MaxBytes = 256 << 20;

    // Positions in columns have 31 bits, and so do lengths of arrays.
    private const uint MaxCount = 1u << 30;

    /// <summary>The partitions of an index section, by id.</summary>
    /// <param name="bytes">The section.</param>
    /// <param name="region">Where it lies.</param>
    /// <exception cref="DamagedBlockException">It is no such section.</exception>
    public static (int Format, PartitionPlace[] Partitions) Read(ReadOnlySpan<byte> bytes, in Region region)
    {
        if (bytes.Length < IndexHeaderBytes + 4)
        {
            throw region.Damaged(0, $"an index of symbols has at least {IndexHeaderBytes + 4} bytes, not {bytes.Length}");
        }

        region.CheckSealed(bytes, "the index of symbols");
        var format = Format(bytes, region);
        var size = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        var offset = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
        var end = (ulong)bytes.Length - 4;
        if (offset < IndexHeaderBytes || offset > end || size > end - offset)
        {
            throw region.Damaged(16, $"the partition headers (offset {offset}, {size} bytes) lie outside the index");
        }

        var headers = new Fields(bytes.Slice((int)offset, (int)size), region.From((long)offset));
        var partitions = format == 1 ? Format1(ref headers) : Partitions(ref headers, format);
        headers.End();
        Array.Sort(partitions, static (a, b) => a.Id.CompareTo(b.Id));
        for (var i = 1; i < partitions.Length; i++)
        {
            if (partitions[i].Id == partitions[i - 1].Id)
            {
                throw region.Damaged((long)offset, $"partition {partitions[i].Id:x16} is there twice");
            }
        }

        return (format, partitions);
    }

    /// <summary>The format that a header or footer names.</summary>
    public static int Format(ReadOnlySpan<byte> header, in Region region)
    {
        var (magic, format) = (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
        return magic != Magic ? throw region.Damaged(0, "these are no symbols: the magic number is missing")
            : format is < 1 or > 3 ? throw region.Damaged(4, $"symbols of format {format} are not known; 1 to 3 are")
            : (int)format;
    }

    private static PartitionPlace[] Partitions(ref Fields headers, int format)
    {
        var count = headers.Count(headers.U32(), format == 3 ? 12 + 4 * ReferenceBytes : 28, "partitions");
        var partitions = new PartitionPlace[count];
        for (var p = 0; p < count; p++)
        {
            partitions[p] = format == 3 ? Format3(ref headers) : Format2(ref headers);
        }

        return partitions;
    }

    private static PartitionPlace Format3(ref Fields headers)
    {
        var id = headers.U64();
        var trees = Trees(ref headers, headers.U32());
        var locations = Reference(ref headers, LocationsFormat, LocationsHeader);
        var mappings = Reference(ref headers, MappingsFormat, MappingsHeader);
        var functions = Reference(ref headers, FunctionsFormat, FunctionsHeader);
        return new PartitionPlace(id, trees, locations, mappings, functions, Reference(ref headers, StringsFormat, StringsHeader));
    }

    private static PartitionPlace Format2(ref Fields headers)
    {
        var id = headers.U64();
        uint trees = headers.U32(), locations = headers.U32(), mappings = headers.U32(), functions = headers.U32(), strings = headers.U32();
        return new PartitionPlace(
            id,
            Trees(ref headers, trees),
            Rows(ref headers, locations),
            Rows(ref headers, mappings),
            Rows(ref headers, functions),
            Rows(ref headers, strings));
    }

    // Tree headers alone; those of one partition follow each other. The tables are the block's.
    private static PartitionPlace[] Format1(ref Fields headers)
    {
        var partitions = new List<PartitionPlace>();
        var trees = new List<TreePlace>();
        ulong last = 0;
        while (headers.Left > 0)
        {
            var tree = Tree(ref headers, out var id);
            if (trees.Count > 0 && id != last)
            {
                partitions.Add(new PartitionPlace(last, [.. trees], default, default, default, default));
                trees.Clear();
            }

            trees.Add(tree);
            last = id;
        }

        if (trees.Count > 0)
        {
            partitions.Add(new PartitionPlace(last, [.. trees], default, default, default, default));
        }

        return [.. partitions];
    }

    private static TreePlace[] Trees(ref Fields headers, uint count)
    {
        var trees = new TreePlace[headers.Count(count, TreeHeaderBytes, "stack trees")];
        for (var t = 0; t < trees.Length; t++)
        {
            trees[t] = Tree(ref headers, out _);
        }

        for (var t = 1; t < trees.Length; t++)
        {
            if (trees[t].MaxNodes != trees[0].MaxNodes)
            {
                throw headers.Damaged("the stack trees of a partition differ in how many stacks they take up");
            }
        }

        return trees;
    }

    private static TreePlace Tree(ref Fields headers, out ulong partition)
    {
        var (offset, size) = (headers.U64(), headers.U64());
        partition = headers.U64();
        var encoding = headers.U32() & 0xff;
        headers.Skip(8);
        var nodes = headers.U32();
        headers.Skip(4);
        // 0 is no limit, too.
        var maxNodes = headers.U32() is var most and > 0 ? most : NoNodeLimit;
        headers.Skip(12);
        var checksum = headers.U32();
        if (encoding != GroupVarint || nodes > MaxCount || size > int.MaxValue || offset > (ulong)long.MaxValue - size
            || nodes > StackTreeCodec.MaxNodes((long)size) || (size > 0 && nodes == 0))
        {
            throw headers.Damaged(
                $"a stack tree cannot be of encoding {encoding}, {size} bytes from {offset} on, {nodes} nodes of at most {maxNodes}");
        }

        return new TreePlace((long)offset, (long)size, (int)nodes, maxNodes, checksum);
    }

    private static TablePlace Reference(ref Fields headers, ushort format, int headerBytes)
    {
        var offset = headers.U64();
        uint size = headers.U32(), checksum = headers.U32(), count = headers.U32(), perBlock = headers.U32(), kind = headers.U32();
        headers.Skip(4);
        headerBytes = Math.Max(headerBytes, (int)(kind >> 16));
        kind &= 0xffff;
        // Even where nothing differs, 128 numbers take up five bytes.
        var possible = count == 0 || (kind == format && perBlock is > 0 and <= 1 << 16 && count <= (kind == StringsFormat ? size : 26L * size)
            && ((count - 1) / perBlock + 1) * (long)headerBytes <= size);
        if (!possible || count > MaxCount || size > int.MaxValue || offset > (ulong)long.MaxValue - size)
        {
            throw headers.Damaged(
                $"a table of kind {format} cannot be of kind {kind} with {count} entries, {perBlock} a block, in {size} bytes from {offset} on");
        }

        return new TablePlace((int)count, (long)offset, (int)size, checksum, (int)perBlock, headerBytes);
    }

    private static TablePlace Rows(ref Fields headers, uint ranges)
    {
        var rows = new RowPlace[headers.Count(ranges, RowRangeBytes, "row ranges")];
        long count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            uint group = headers.U32(), first = headers.U32(), n = headers.U32();
            count += n;
            if (group > int.MaxValue || n > MaxCount || count > MaxCount)
            {
                throw headers.Damaged($"a table of symbols cannot have {count} rows, {n} of them in row group {group}");
            }

            rows[i] = new RowPlace((int)group, first, (int)n);
        }

        return new TablePlace((int)count, Rows: rows);
    }

    /// <summary>The headers, field by field.</summary>
    private ref struct Fields(ReadOnlySpan<byte> bytes, Region region)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        /// <summary>Bytes that are left.</summary>
        public readonly int Left => _bytes.Length - _at;

        /// <summary>A count of things of at least so many bytes each.</summary>
        public readonly int Count(uint count, int bytes, string what) =>
            count <= (uint)(Left / bytes) ? (int)count : throw Damaged($"{count} {what} are more than the index has room for");

        public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Next(4));

        public ulong U64() => BinaryPrimitives.ReadUInt64BigEndian(Next(8));

        public void Skip(int bytes) => Next(bytes);

        /// <summary>Throws unless all was read.</summary>
        public readonly void End()
        {
            if (Left > 0)
            {
                throw Damaged("the partition headers go on behind the last partition");
            }
        }

        public readonly DamagedBlockException Damaged(string fault) => region.Damaged(_at, fault);

        private ReadOnlySpan<byte> Next(int bytes)
        {
            if (bytes > Left)
            {
                throw Damaged("the partition headers end too early");
            }

            var next = _bytes.Slice(_at, bytes);
            _at += bytes;
            return next;
        }
    }
}
