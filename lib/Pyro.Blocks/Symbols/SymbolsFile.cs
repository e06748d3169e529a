using System.Diagnostics.CodeAnalysis;
using Pyro.Blocks.Files;
using static Pyro.Blocks.Symbols.SymdbLayout;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// The symbols of a block (block-format 6): `symbols.symdb` of format 3, or `index.symdb` of format 2 or 1 with its tables beside it. Opening
/// reads the index alone; the cost does not depend on the number of symbols.
/// </summary>
public sealed class SymbolsFile : IDisposable
{
    // One read gets footer and index of most blocks.
    private const int FirstRead = 16 << 10;

    private readonly SymbolSource _source;
    private readonly PartitionSymbols[] _partitions;
    private readonly SharedTables[] _tables;
    private readonly Dictionary<ulong, PartitionSymbols> _byId = [];

    private SymbolsFile(string name, int format, PartitionPlace[] places, SymbolSource source, SymbolCache cache)
    {
        _source = source;
        Format = format;
        _partitions = new PartitionSymbols[places.Length];
        _tables = new SharedTables[format == 1 ? Math.Min(1, places.Length) : places.Length];
        for (var p = 0; p < places.Length; p++)
        {
            var place = places[p];
            if (p < _tables.Length)
            {
                _tables[p] = SharedTables.Of(source, place, cache);
            }

            var stacks = new CachedTable<StackColumns>(cache, (memory, cancellation) => source.Stacks(place, memory, cancellation));
            _partitions[p] = new PartitionSymbols(name, place, Ids(name, place), _tables[Math.Min(p, _tables.Length - 1)], stacks);
            _byId.Add(place.Id, _partitions[p]);
        }
    }

    /// <summary>The symdb format: 1, 2 or 3.</summary>
    public int Format { get; }

    /// <summary>The partitions, by ascending id.</summary>
    public IReadOnlyList<PartitionSymbols> Partitions => _partitions;

    /// <summary>Opens the symbols of a block.</summary>
    /// <param name="files">The block's files.</param>
    /// <param name="listed">Paths and bytes of the files as meta.json lists them; what is not listed is not there.</param>
    /// <param name="cache">Keeps what is decoded.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DamagedBlockException">The block has no symbols, of a format that is not known, or a damaged index.</exception>
    public static async ValueTask<SymbolsFile> Open(
        IBlockFiles files, IReadOnlyList<(string RelPath, long Bytes)> listed, SymbolCache cache, CancellationToken cancellation)
    {
        if (Listed(listed, FileName) is { } single)
        {
            var file = await files.Open(single.RelPath, single.Bytes, cancellation);
            return await Guarded(file, async () =>
            {
                var (format, places) = await ReadSingle(file, cancellation);
                return new SymbolsFile(file.Name, format, places, new SymdbSource(file), cache);
            });
        }

        if (Listed(listed, IndexName) is not { } listedIndex)
        {
            throw new DamagedBlockException(FileName, -1, "the block lists no symbols of a format that is read (symdb 1 to 3)");
        }

        using var index = await files.Open(listedIndex.RelPath, listedIndex.Bytes, cancellation);
        var section = await ReadSection(index, 0, index.Length, cancellation);
        var (version, partitions) = SymbolsIndex.Read(section.Span, new Region(index.Name, 0));
        if (version == 3)
        {
            throw new DamagedBlockException(index.Name, 4, "an index of format 3 lies in symbols.symdb, not in a file of its own");
        }

        async ValueTask<IBlockFile> OpenTable(string name, CancellationToken until) => Listed(listed, name) is { } found
            ? await files.Open(found.RelPath, found.Bytes, until)
            : throw new DamagedBlockException(index.Name, -1, $"the block lists no {name}, which its symbols need");
        var source = new ParquetSource(await OpenTable(StacksName, cancellation), OpenTable);
        return await Guarded(source, async () =>
        {
            var places = version == 1 ? await source.WithWholeTables(partitions, cancellation) : partitions;
            return new SymbolsFile(index.Name, version, places, source, cache);
        });
    }

    /// <summary>The symbols of a partition.</summary>
    public bool TryPartition(ulong id, [NotNullWhen(true)] out PartitionSymbols? partition) => _byId.TryGetValue(id, out partition);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var partition in _partitions)
        {
            partition.Close();
        }

        foreach (var tables in _tables)
        {
            tables.Close();
        }

        _source.Dispose();
    }

    private static (string RelPath, long Bytes)? Listed(IReadOnlyList<(string RelPath, long Bytes)> files, string name)
    {
        foreach (var file in files)
        {
            if (file.RelPath.AsSpan(file.RelPath.LastIndexOf('/') + 1).SequenceEqual(name))
            {
                return file;
            }
        }

        return null;
    }

    private static async ValueTask<SymbolsFile> Guarded(IDisposable owned, Func<Task<SymbolsFile>> open)
    {
        try
        {
            return await open();
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    private static async ValueTask<(int Format, PartitionPlace[] Partitions)> ReadSingle(IBlockFile file, CancellationToken cancellation)
    {
        if (file.Length < FooterBytes)
        {
            throw new DamagedBlockException(file.Name, 0, $"{file.Length} bytes are too few for symbols");
        }

        var end = new byte[Math.Min(file.Length, FirstRead)];
        var endStart = file.Length - end.Length;
        await file.Read(endStart, end, cancellation);
        var indexEnd = file.Length - FooterBytes;
        var start = Footer(end.AsSpan(end.Length - FooterBytes), new Region(file.Name, indexEnd));
        var section = start >= endStart
            ? end.AsMemory((int)(start - endStart), (int)(indexEnd - start))
            : await ReadSection(file, start, indexEnd, cancellation);
        var (format, partitions) = SymbolsIndex.Read(section.Span, new Region(file.Name, start));
        return format == 3 ? (format, partitions)
            : throw new DamagedBlockException(file.Name, start + 4, $"the index is of format {format}, the file of format 3");
    }

    // Where the index begins.
    private static long Footer(ReadOnlySpan<byte> footer, in Region region)
    {
        region.CheckSealed(footer, "the footer");
        if (SymbolsIndex.Format(footer, region) != 3)
        {
            throw region.Damaged(4, "a single file of symbols has format 3");
        }

        var start = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(footer[8..]);
        return start <= (ulong)region.Offset ? (long)start : throw region.Damaged(8, $"the index cannot begin at byte {start}");
    }

    private static async ValueTask<Memory<byte>> ReadSection(IBlockFile file, long start, long end, CancellationToken cancellation)
    {
        if (end - start > SymbolsIndex.MaxBytes)
        {
            throw new DamagedBlockException(file.Name, start, $"an index of {end - start} bytes is longer than {SymbolsIndex.MaxBytes}");
        }

        var section = new byte[end - start];
        await file.Read(start, section, cancellation);
        return section;
    }

    private static StackIds Ids(string name, PartitionPlace place)
    {
        try
        {
            return new StackIds(place.Trees);
        }
        catch (InvalidDataException e)
        {
            throw new DamagedBlockException(name, -1, $"partition {place.Id:x16}: {e.Message}", e);
        }
    }
}
