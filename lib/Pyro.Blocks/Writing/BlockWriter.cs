using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;
using Pyro.Disk;

namespace Pyro.Blocks.Writing;

/// <summary>
/// Writes a block into a folder: rows as they come, then index, symbols and at last meta.json, all synced on return. The bytes depend on the
/// rows and on what the block is called only. In memory are the symbols that rows used, the series, and the row group that is being filled.
/// </summary>
/// <param name="disk">Where the folder is.</param>
/// <param name="folder">Made; must not hold anything yet.</param>
/// <param name="symbolsFormat">3, or 2 for Pyroscope before 1.7.</param>
public sealed class BlockWriter(IDisk disk, string folder, int symbolsFormat = 3)
{
    /// <summary>Writes all rows.</summary>
    /// <param name="named">What meta.json shall tell of name, origin and labels; times, figures and files are filled in.</param>
    /// <param name="source">The rows.</param>
    /// <param name="cancellation">Ends it; the folder is then the caller's to remove.</param>
    /// <returns>What meta.json tells; null when there was no row: the folder is gone then, since no block is ever empty.</returns>
    /// <exception cref="ArgumentException">Series or rows are out of order.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async ValueTask<BlockMeta?> Write(BlockMeta named, IRowSource source, CancellationToken cancellation)
    {
        disk.CreateDirectory(folder);
        var index = new TsdbIndexWriter();
        var symbols = new BlockSymbols();
        using var rows = new BlockRows(new ProfilesWriter(disk, PathOf(BlockPaths.Profiles), createdBy: source.HasOwnIds ? ParquetWriter.CreatedBy : ParquetWriter.RewrittenBy), symbols);
        while (await source.NextSeries(cancellation))
        {
            rows.Begin(index.Count);
            while (await source.NextRow(cancellation))
            {
                await rows.Add(source, cancellation);
            }

            if (rows.InSeries > 0)
            {
                index.Add(source.Labels, source.Fingerprint, rows.FirstNanos, rows.LastNanos);
            }
        }

        if (rows.Count == 0)
        {
            disk.Delete(folder);
            return null;
        }

        var files = new List<BlockFileMeta>
        {
            new(BlockPaths.Profiles, await rows.Finish(cancellation)) { Parquet = new ParquetMeta(rows.Groups, rows.Count) },
            new(BlockPaths.Index, await index.Write(disk, PathOf(BlockPaths.Index), cancellation)) { Series = index.Count },
        };
        files.AddRange(await WriteSymbols(symbols, cancellation));
        files.Sort(static (a, b) => string.CompareOrdinal(a.RelPath, b.RelPath));
        var meta = named with
        {
            MinTime = BlockTime.FromNanos(rows.MinNanos),
            MaxTime = BlockTime.FromNanos(rows.MaxNanos),
            Stats = new BlockStats(rows.Samples, index.Count, rows.Count),
            Files = files,
            Version = BlockMeta.WrittenVersion,
        };
        await WriteMeta(meta, cancellation);
        return meta;
    }

    private string PathOf(string name) => Path.Join(folder, name);

    private async ValueTask<IEnumerable<BlockFileMeta>> WriteSymbols(BlockSymbols symbols, CancellationToken cancellation)
    {
        using var writer = SymbolsWriter.Create(disk, folder, symbolsFormat);
        await symbols.Write(writer, cancellation);
        var files = await writer.Finish(cancellation);
        if (symbolsFormat == 2)
        {
            disk.SyncDirectory(PathOf("symbols"));
        }

        return files.Select(static f => new BlockFileMeta(f.RelPath, f.Bytes)
        {
            Parquet = f.RowGroups > 0 ? new ParquetMeta(f.RowGroups, f.Rows) : null,
        });
    }

    // A folder that has it is whole: what it lists survives a crash before it is written.
    private async ValueTask WriteMeta(BlockMeta meta, CancellationToken cancellation)
    {
        disk.SyncDirectory(folder);
        using (var file = disk.Create(PathOf(BlockPaths.Meta)))
        {
            await file.Append(meta.Write(), cancellation);
            await file.Sync(cancellation);
        }

        disk.SyncDirectory(folder);
    }
}
