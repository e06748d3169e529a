using System.Buffers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Parquet;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>Reads tables of formats 1 and 2, which are Parquet files of their own (block-format 6.4).</summary>
/// <param name="stacks">stacktraces.symdb.</param>
/// <param name="open">Opens a file of the block by its base name.</param>
internal sealed class ParquetSource(IBlockFile stacks, Func<string, CancellationToken, ValueTask<IBlockFile>> open) : SymbolSource(stacks)
{
    private const int LocationColumnCount = 6, MappingColumnCount = 10, FunctionColumnCount = 5, StringColumnCount = 2;

    private readonly ParquetTable _strings = new(cancellation => open(SymdbLayout.Strings, cancellation));
    private readonly ParquetTable _functions = new(cancellation => open(SymdbLayout.Functions, cancellation));
    private readonly ParquetTable _mappings = new(cancellation => open(SymdbLayout.Mappings, cancellation));
    private readonly ParquetTable _locations = new(cancellation => open(SymdbLayout.Locations, cancellation));

    /// <summary>Partitions of format 1, whose tables are the block's: completes how long these are.</summary>
    public async ValueTask<PartitionPlace[]> WithWholeTables(PartitionPlace[] partitions, CancellationToken cancellation)
    {
        var locations = new TablePlace(await _locations.Rows(cancellation));
        var mappings = new TablePlace(await _mappings.Rows(cancellation));
        var functions = new TablePlace(await _functions.Rows(cancellation));
        var strings = new TablePlace(await _strings.Rows(cancellation));
        return Array.ConvertAll(
            partitions, p => p with { Locations = locations, Mappings = mappings, Functions = functions, Strings = strings });
    }

    /// <inheritdoc/>
    public override async ValueTask<StringColumn> Strings(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        var start = memory.Array<int>(place.Strings.Count + 1, sizeof(int));
        var text = new ArrayBufferWriter<byte>();
        start[0] = 0;
        await _strings.Read(place.Strings, StringColumnCount, [(1, false, true)], Add, cancellation);
        var strings = new StringColumn(memory.Array<byte>(text.WrittenCount, 1), start);
        text.WrittenSpan.CopyTo(strings.Text);
        memory.Return(text.WrittenCount);
        return strings.Count == 0 || strings[0].IsEmpty ? strings : throw _strings.Damaged("the first string is not empty");

        void Add(RowScan scan, int first)
        {
            var before = text.WrittenCount;
            var bytes = scan[0].Bytes;
            if (bytes.Length > Array.MaxLength - before)
            {
                throw _strings.Damaged($"a partition has more than {Array.MaxLength} bytes of strings");
            }

            memory.Take(bytes.Length);
            text.Write(bytes);
            for (var i = 0; i < scan.Count; i++)
            {
                start[first + i + 1] = before + scan[0].ByteEnds[i];
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<FunctionColumns> Functions(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        var count = place.Functions.Count;
        var table = new FunctionColumns(
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)));
        await _functions.Read(place.Functions, FunctionColumnCount, [(1, false, false), (2, false, false), (3, false, false), (4, false, false)], Add, cancellation);
        return table;

        void Add(RowScan scan, int first)
        {
            References(scan[0].Numbers, table.Name.AsSpan(first), place.Strings.Count, _functions, "string");
            References(scan[1].Numbers, table.SystemName.AsSpan(first), place.Strings.Count, _functions, "string");
            References(scan[2].Numbers, table.File.AsSpan(first), place.Strings.Count, _functions, "string");
            Narrow(scan[3].Numbers, table.StartLine.AsSpan(first));
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<MappingColumns> Mappings(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        var count = place.Mappings.Count;
        var table = new MappingColumns(
            memory.Array<ulong>(count, sizeof(ulong)),
            memory.Array<ulong>(count, sizeof(ulong)),
            memory.Array<ulong>(count, sizeof(ulong)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<int>(count, sizeof(int)),
            memory.Array<byte>(count, 1));
        var wanted = new (int, bool, bool)[MappingColumnCount - 1];
        for (var i = 0; i < wanted.Length; i++)
        {
            wanted[i] = (i + 1, false, false);
        }

        await _mappings.Read(place.Mappings, MappingColumnCount, wanted, Add, cancellation);
        return table;

        void Add(RowScan scan, int first)
        {
            Widen(scan[0].Numbers, table.Start.AsSpan(first));
            Widen(scan[1].Numbers, table.Limit.AsSpan(first));
            Widen(scan[2].Numbers, table.Offset.AsSpan(first));
            References(scan[3].Numbers, table.File.AsSpan(first), place.Strings.Count, _mappings, "string");
            References(scan[4].Numbers, table.BuildId.AsSpan(first), place.Strings.Count, _mappings, "string");
            for (var i = 0; i < scan.Count; i++)
            {
                var flags = 0;
                for (var flag = 0; flag < 4; flag++)
                {
                    flags |= scan[5 + flag].Numbers[i] != 0 ? 1 << flag : 0;
                }

                table.Flags[first + i] = (byte)flags;
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<LocationColumns> Locations(PartitionPlace place, TableMemory memory, CancellationToken cancellation)
    {
        var count = place.Locations.Count;
        var mapping = memory.Array<int>(count, sizeof(int));
        var address = memory.Array<ulong>(count, sizeof(ulong));
        var folded = memory.Array<bool>(count, sizeof(bool));
        var lineStart = memory.Array<int>(count + 1, sizeof(int));
        var lines = new ArrayBufferWriter<int>();
        var numbers = new ArrayBufferWriter<int>();
        lineStart[0] = 0;
        await _locations.Read(
            place.Locations, LocationColumnCount, [(1, false, false), (2, false, false), (3, true, false), (4, true, false), (5, false, false)], Add, cancellation);
        memory.Take(2L * sizeof(int) * lines.WrittenCount);
        var table = new LocationColumns(address, mapping, folded, lineStart, lines.WrittenSpan.ToArray(), numbers.WrittenSpan.ToArray());
        memory.Return(2L * sizeof(int) * lines.WrittenCount);
        return table;

        void Add(RowScan scan, int first)
        {
            References(scan[0].Numbers, mapping.AsSpan(first), Math.Max(1, place.Mappings.Count), _locations, "mapping");
            Widen(scan[1].Numbers, address.AsSpan(first));
            var (functions, before) = (scan[2], lines.WrittenCount);
            if (!functions.RowEnds.SequenceEqual(scan[3].RowEnds) || functions.Count > int.MaxValue / 4 - before)
            {
                throw _locations.Damaged("locations have as many functions as line numbers, and not too many of them");
            }

            memory.Take(2L * sizeof(int) * functions.Count);
            References(functions.Numbers, lines.GetSpan(functions.Count), place.Functions.Count, _locations, "function");
            lines.Advance(functions.Count);
            Narrow(scan[3].Numbers, numbers.GetSpan(functions.Count));
            numbers.Advance(functions.Count);
            for (var i = 0; i < scan.Count; i++)
            {
                lineStart[first + i + 1] = before + functions.RowEnds[i];
                folded[first + i] = scan[4].Numbers[i] != 0;
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _strings.Dispose();
        _functions.Dispose();
        _mappings.Dispose();
        _locations.Dispose();
        base.Dispose();
    }

    private static void References(ReadOnlySpan<long> from, Span<int> into, int count, ParquetTable table, string what)
    {
        for (var i = 0; i < from.Length; i++)
        {
            if ((ulong)from[i] >= (ulong)count)
            {
                throw table.Damaged($"there is no {what} {from[i]}, only {count}");
            }

            into[i] = (int)from[i];
        }
    }

    private static void Narrow(ReadOnlySpan<long> from, Span<int> into)
    {
        for (var i = 0; i < from.Length; i++)
        {
            into[i] = unchecked((int)from[i]);
        }
    }

    private static void Widen(ReadOnlySpan<long> from, Span<ulong> into) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<long, ulong>(from).CopyTo(into);
}
