using System.Collections.Frozen;
using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Reading;

/// <summary>What of a block is open.</summary>
internal sealed class BlockParts : IDisposable
{
    private readonly BlockReading _reading;

    /// <summary>Nothing is open yet.</summary>
    public BlockParts(BlockMeta meta, IBlockFiles files, BlockReading reading)
    {
        _reading = reading;
        reading.Opened();
        Index = new(async cancellation =>
        {
            var file = await Open(meta, files, BlockPaths.Index, cancellation);
            return await OrClosed(file, TsdbIndex.Open(file, reading.Ledger, cancellation));
        });
        Profiles = Table(meta, files, BlockPaths.Profiles);
        Downsampled = DownsampledTable.Of(meta).ToFrozenDictionary(static table => table.RelPath, table => Table(meta, files, table.RelPath));
        Symbols = new(cancellation =>
        {
            meta.RequireReadable();
            return SymbolsFile.Open(files, [.. meta.Files.Select(static f => (f.RelPath, f.Bytes))], reading.Symbols, cancellation);
        });
    }

    /// <summary>Leases that read from it; the block's to count.</summary>
    public int Users { get; set; }

    /// <summary>Whether it was opened because something was damaged before.</summary>
    public bool IsAgain { get; init; }

    /// <summary>Its series.</summary>
    public Opened<TsdbIndex> Index { get; }

    /// <summary>Its rows.</summary>
    public Opened<OpenTable> Profiles { get; }

    /// <summary>Its downsampled rows, by the file of each table.</summary>
    public FrozenDictionary<string, Opened<OpenTable>> Downsampled { get; }

    /// <summary>Its symbols.</summary>
    public Opened<SymbolsFile> Symbols { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Index.Dispose();
        Profiles.Dispose();
        foreach (var table in Downsampled.Values)
        {
            table.Dispose();
        }

        Symbols.Dispose();
        _reading.Closed();
    }

    private static Opened<OpenTable> Table(BlockMeta meta, IBlockFiles files, string relPath) => new(async cancellation =>
    {
        var file = await Open(meta, files, relPath, cancellation);
        return new OpenTable(file, await OrClosed(file, ParquetFile.Open(file, cancellation)));
    });

    private static ValueTask<IBlockFile> Open(BlockMeta meta, IBlockFiles files, string relPath, CancellationToken cancellation)
    {
        meta.RequireReadable();
        return meta.File(relPath) is { } listed
            ? files.Open(relPath, listed.Bytes, cancellation)
            : throw new DamagedBlockException($"{meta.Id}/{BlockPaths.Meta}", -1, $"lists no {relPath}");
    }

    private static async ValueTask<T> OrClosed<T>(IBlockFile file, ValueTask<T> opening)
    {
        try
        {
            return await opening;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}

/// <summary>A Parquet file that is open.</summary>
internal sealed record OpenTable(IBlockFile File, ParquetFile Table) : IDisposable
{
    public void Dispose() => File.Dispose();
}

/// <summary>A part that is opened when it is first asked for; who asks meanwhile waits for it. A failure is forgotten.</summary>
internal sealed class Opened<T>(Func<CancellationToken, ValueTask<T>> open) : IDisposable
    where T : class, IDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private T? _part;

    public async ValueTask<T> Get(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _part) is { } there)
        {
            return there;
        }

        await _opening.WaitAsync(cancellation);
        try
        {
            return _part ??= await open(cancellation);
        }
        finally
        {
            _opening.Release();
        }
    }

    public void Dispose()
    {
        _part?.Dispose();
        _opening.Dispose();
    }
}
