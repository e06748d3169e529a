using Pyro.Blocks.Files;
using Pyro.Profiles;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>Reads tables of format 3 (block-format 6.3).</summary>
/// <param name="file">symbols.symdb.</param>
internal sealed class SymdbSource(IBlockFile file) : SymbolSource(file)
{
    /// <inheritdoc/>
    public override async ValueTask<StringColumn> Strings(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        using var bytes = await Read(place.Strings, "the strings", memory, cancellation);
        return Strings(new TableBlocks(bytes, place.Strings, StringsHeader), memory);
    }

    /// <inheritdoc/>
    public override async ValueTask<FunctionColumns> Functions(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        using var bytes = await Read(place.Functions, "the functions", memory, cancellation);
        return Functions(new TableBlocks(bytes, place.Functions, FunctionsHeader), place, memory);
    }

    /// <inheritdoc/>
    public override async ValueTask<MappingColumns> Mappings(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        using var bytes = await Read(place.Mappings, "the mappings", memory, cancellation);
        return Mappings(new TableBlocks(bytes, place.Mappings, MappingsHeader), place, memory);
    }

    /// <inheritdoc/>
    public override async ValueTask<LocationColumns> Locations(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        using var bytes = await Read(place.Locations, "the locations", memory, cancellation);
        var blocks = new TableBlocks(bytes, place.Locations, LocationsHeader);
        var (count, lines, most) = (place.Locations.Count, 0L, 0);
        while (blocks.Next())
        {
            var own = blocks.Number(2);
            blocks.Part(blocks.Number(1));
            long sum = 0;
            foreach (var n in blocks.Part((uint)blocks.Count))
            {
                sum += n;
            }

            if (own != sum)
            {
                throw blocks.Damaged($"a block has {own} lines where its locations have {sum}");
            }

            lines += sum;
            most = Math.Max(most, (int)sum);
            blocks.Part(blocks.Number(3));
            blocks.Part(blocks.Number(4));
            blocks.Part(blocks.Number(5));
        }

        if (lines > int.MaxValue / 4)
        {
            throw bytes.Region.Damaged(0, $"{lines} lines are too many for one partition");
        }

        var table = new LocationColumns(
            memory.Array<ulong>(count, sizeof(ulong)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<bool>(count, sizeof(bool)),
            memory.Array<int>(count + 1, sizeof(int)),
            memory.Array<int>((int)lines, sizeof(int)),
            memory.Array<int>((int)lines, sizeof(int)));
        memory.Take(8L * most);
        using var pairs = new Rented<int>(2 * most);
        Fill(table, new TableBlocks(bytes, place.Locations, LocationsHeader), pairs.Span, place);
        memory.Return(8L * most);
        return table;
    }

    private ValueTask<TableBytes> Read(in TablePlace table, string what, TableMemory memory, CancellationToken cancellation) =>
        TableBytes.Read(File, table.Offset, table.Size, table.Checksum, what, memory, cancellation);

    private static StringColumn Strings(TableBlocks blocks, TableMemory memory)
    {
        var again = blocks;
        long size = 0;
        while (blocks.Next())
        {
            size += Lengths(ref blocks, [], 0);
        }

        var strings = new StringColumn(memory.Array<byte>((int)size, 1), memory.Array<int>(blocks.Items + 1, sizeof(int)));
        var at = strings.Start[0] = 0;
        while (again.Next())
        {
            var length = Lengths(ref again, strings.Start.AsSpan(again.First + 1, again.Count), at, strings.Text.AsSpan(at));
            at += length;
        }

        return again.Items == 0 || strings[0].IsEmpty ? strings : throw again.Damaged("the first string is not empty");
    }

    // Lengths of the strings of a block: where each ends, counted from where the first starts, if there is room; copies the text likewise.
    private static int Lengths(ref TableBlocks block, Span<int> ends, int start, Span<byte> text = default)
    {
        var width = block.Number(1) >> 16 & 0xff;
        if (width is not (8 or 16))
        {
            throw block.Damaged($"lengths of strings have 8 or 16 bits, not {width}");
        }

        var lengths = block.Part((uint)block.Count * width / 8);
        var at = start;
        for (var i = 0; i < block.Count; i++)
        {
            at += width == 8 ? lengths[i] : lengths[2 * i] << 8 | lengths[2 * i + 1];
            if (!ends.IsEmpty)
            {
                ends[i] = at;
            }
        }

        var bytes = block.Part((uint)(at - start));
        if (!ends.IsEmpty)
        {
            bytes.CopyTo(text);
        }

        return at - start;
    }

    private static FunctionColumns Functions(TableBlocks blocks, PartitionPlace place, TableMemory memory)
    {
        var count = blocks.Items;
        var table = new FunctionColumns(
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)));
        while (blocks.Next())
        {
            blocks.References(blocks.Number(1), blocks.Of(table.Name), place.Strings.Count, "string");
            blocks.References(blocks.Number(2), blocks.Of(table.SystemName), place.Strings.Count, "string");
            blocks.References(blocks.Number(3), blocks.Of(table.File), place.Strings.Count, "string");
            blocks.Ints(blocks.Number(4), blocks.Of(table.StartLine));
        }

        return table;
    }

    private static MappingColumns Mappings(TableBlocks blocks, PartitionPlace place, TableMemory memory)
    {
        var count = blocks.Items;
        var table = new MappingColumns(
            memory.Array<ulong>(count, sizeof(ulong)),
            memory.Array<ulong>(count, sizeof(ulong)),
            memory.Array<ulong>(count, sizeof(ulong)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<byte>(count, 1));
        memory.Take(4L * count);
        using var rented = new Rented<int>(count);
        while (blocks.Next())
        {
            var flags = rented.Span[..blocks.Count];
            blocks.References(blocks.Number(1), blocks.Of(table.File), place.Strings.Count, "string");
            blocks.References(blocks.Number(2), blocks.Of(table.BuildId), place.Strings.Count, "string");
            blocks.Ints(blocks.Number(3), flags);
            for (var i = 0; i < flags.Length; i++)
            {
                table.Flags[blocks.First + i] = SymdbLayout.Flags(flags[i]);
            }

            blocks.Longs(blocks.Number(4), blocks.Of(table.Start));
            blocks.Longs(blocks.Number(5), blocks.Of(table.Limit));
            blocks.Longs(blocks.Number(6), blocks.Of(table.Offset));
        }

        memory.Return(4L * count);
        return table;
    }

    private static void Fill(LocationColumns table, TableBlocks blocks, Span<int> pairs, PartitionPlace place)
    {
        var line = table.LineStart[0] = 0;
        while (blocks.Next())
        {
            // Location 0 of a partition without mappings has none.
            blocks.References(blocks.Number(1), blocks.Of(table.Mapping), Math.Max(1, place.Mappings.Count), "mapping");
            var first = line;
            var counts = blocks.Part((uint)blocks.Count);
            for (var i = 0; i < counts.Length; i++)
            {
                table.LineStart[blocks.First + i + 1] = line += counts[i];
            }

            var own = pairs[..(2 * (line - first))];
            blocks.Ints(blocks.Number(3), own);
            for (var i = first; i < line; i++)
            {
                table.LineFunction[i] = own[2 * (i - first)];
                table.LineNumber[i] = own[2 * (i - first) + 1];
            }

            blocks.Check(table.LineFunction.AsSpan(first, line - first), place.Functions.Count, "function");
            blocks.Longs(blocks.Number(4), blocks.Of(table.Address));
            Folded(blocks.Of(table.Folded), blocks.Part(blocks.Number(5)));
        }
    }

    // Pyroscope writes the bits of the first three locations of a block only, and reads no others.
    private static void Folded(Span<bool> folded, ReadOnlySpan<byte> bits)
    {
        for (var i = 0; i < folded.Length; i++)
        {
            folded[i] = i / 8 < bits.Length && (bits[i / 8] >> i % 8 & 1) != 0;
        }
    }
}
