using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Verifying;

/// <summary>
/// Reads a block whole and compares everything in it that is told twice: checksums, lengths, counts, orders, references between its files.
/// It goes on after a fault as far as there is something left to be read.
/// </summary>
public sealed class BlockVerification
{
    private readonly FoundBlock _block;
    private readonly BlockMeta _meta;
    private readonly SymbolCache _cache;
    private readonly FaultList _faults;
    private readonly Action<long>? _progress;

    private BlockVerification(FoundBlock block, BlockMeta meta, SymbolCache cache, FaultList faults, Action<long>? progress) =>
        (_block, _meta, _cache, _faults, _progress) = (block, meta, cache, faults, progress);

    /// <summary>Verifies a block.</summary>
    /// <param name="block">The block; what is wrong with its small files is among its faults already, and not added.</param>
    /// <param name="cache">Keeps symbols while they are looked at.</param>
    /// <param name="faults">Gets the faults.</param>
    /// <param name="progress">Told of bytes that were gone through, to <see cref="FoundBlock.Bytes"/> in all.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UnsupportedBlockException">The block is of a version that is not read.</exception>
    /// <exception cref="Memory.MemoryBudgetException">The memory budget has no room for the symbols.</exception>
    public static async ValueTask Run(
        FoundBlock block, SymbolCache cache, FaultList faults, Action<long>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(block);
        if (block.ReadableMeta() is { } meta)
        {
            await new BlockVerification(block, meta, cache, faults, progress).Run(cancellation);
        }
    }

    private async ValueTask Run(CancellationToken cancellation)
    {
        MetaCheck.Run(_block, _meta, _faults);
        var series = await Index(cancellation);
        using var symbols = await _faults.Try(() => SymbolsFile.Open(
            _block.Files, [.. _meta.Files.Select(static f => (f.RelPath, 0L))], _cache, cancellation));
        if (symbols is not null)
        {
            await SymbolsCheck.Run(symbols, _faults, cancellation);
        }

        var rows = await Table(BlockPaths.Profiles, series, symbols, null, cancellation);
        foreach (var file in _meta.Files)
        {
            if (file.RelPath.EndsWith(".parquet", StringComparison.Ordinal) && file.RelPath != BlockPaths.Profiles)
            {
                await Table(file.RelPath, series, symbols, rows, cancellation);
            }
            else if (file.RelPath != BlockPaths.Profiles && file.RelPath != BlockPaths.Index)
            {
                _progress?.Invoke(_block.Listed.GetValueOrDefault(file.RelPath));
            }
        }
    }

    private async ValueTask<SeriesEntries?> Index(CancellationToken cancellation)
    {
        SeriesEntries? series = null;
        await _faults.Try(async () =>
        {
            using var file = await _block.Files.Open(BlockPaths.Index, 0, cancellation);
            using var index = await TsdbIndex.Open(file, cancellation);
            series = await index.Verify(_faults, cancellation);
            if (series is not null)
            {
                MetaCheck.Series(_block, _meta, series.Count, _faults);
            }
        });
        _progress?.Invoke(_block.Listed.GetValueOrDefault(BlockPaths.Index));
        return series;
    }

    // A table of rows, or of symbols. Rows of downsampled tables are compared with those they were made of.
    private async ValueTask<RowSums?> Table(
        string relPath, SeriesEntries? series, SymbolsFile? symbols, RowSums? original, CancellationToken cancellation)
    {
        var listed = _meta.File(relPath);
        if (listed is null)
        {
            return null;
        }

        RowSums? sums = null;
        await _faults.Try(async () =>
        {
            using var file = await _block.Files.Open(relPath, 0, cancellation);
            var table = await ParquetFile.Open(file, whole: true, cancellation);
            var isProfiles = relPath == BlockPaths.Profiles;
            var isRows = isProfiles || IsDownsampled(relPath);
            MetaCheck.Table(_block, listed, table, isRows, _faults);
            var schema = isProfiles ? ProfilesSchema.Profiles
                : isRows ? ProfilesSchema.Downsampled
                : ParquetSymbolsWriter.Schemas.GetValueOrDefault(Path.GetFileName(relPath));

            // Symbols are read without: it is missed where Pyro wrote them, for it writes one always.
            var isOwn = table.CreatedBy is ParquetWriter.CreatedBy or ParquetWriter.RewrittenBy;
            if (isProfiles && isOwn)
            {
                MetaCheck.Lengths(_block, _meta, _faults);
            }

            var sound = await TableCheck.Run(table, schema, isRows || isOwn, _faults, _progress, cancellation);
            if (isRows)
            {
                sums = await RowCheck.Run(table, sound, isProfiles ? _meta : null, series, symbols, _faults, cancellation);
            }
        });
        if (sums is { IsWhole: true } && relPath == BlockPaths.Profiles)
        {
            MetaCheck.Rows(_block, _meta, sums, _faults);
        }
        else if (sums is { IsWhole: true } && original is { IsWhole: true } && !sums.Totals.AsSpan().SequenceEqual(original.Totals))
        {
            _faults.Add(_block.Folder + relPath, -1, $"the totals of its series are not those of {BlockPaths.Profiles}");
        }

        return sums;
    }

    private static bool IsDownsampled(string relPath) =>
        relPath.StartsWith("profiles_", StringComparison.Ordinal) && relPath.Split('_').Length == 3;
}
