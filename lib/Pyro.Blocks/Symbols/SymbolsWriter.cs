using Pyro.Disk;

namespace Pyro.Blocks.Symbols;

/// <summary>A file that was written, as meta.json lists it.</summary>
/// <param name="RelPath">Its path in the block's folder, with `/` between its parts.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="RowGroups">Row groups; 0: it is no Parquet file.</param>
/// <param name="Rows">Rows.</param>
public readonly record struct WrittenFile(string RelPath, long Bytes, int RowGroups = 0, long Rows = 0);

/// <summary>
/// Writes the symbols of a block, partition by partition. Its files are synced when <see cref="Finish"/> is done; their directories are not.
/// The bytes depend on the partitions alone.
/// </summary>
public abstract class SymbolsWriter : IDisposable
{
    private ulong _last;
    private bool _any;

    /// <summary>Starts writing.</summary>
    /// <param name="disk">Where to.</param>
    /// <param name="folder">The block's folder, which is there.</param>
    /// <param name="format">3: one file, `symbols.symdb`; 2: the folder `symbols` with the Parquet tables that Pyroscope before 1.7 reads.</param>
    public static SymbolsWriter Create(IDisk disk, string folder, int format = 3) => format switch
    {
        3 => new SymdbWriter(disk, folder),
        2 => new ParquetSymbolsWriter(disk, folder),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "symbols are written in format 2 or 3"),
    };

    /// <summary>Writes a partition; they come by ascending id.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="tables">Its symbols, as <see cref="PartitionBuilder"/> makes them.</param>
    /// <param name="cancellation">Ends it.</param>
    public ValueTask Add(ulong id, SymbolTables tables, CancellationToken cancellation)
    {
        if (_any && id <= _last)
        {
            throw new ArgumentException($"partition {id:x16} follows {_last:x16}; they must ascend", nameof(id));
        }

        (_last, _any) = (id, true);
        return Write(id, tables, cancellation);
    }

    /// <summary>Ends and syncs the files.</summary>
    /// <returns>The files, by path.</returns>
    public abstract ValueTask<IReadOnlyList<WrittenFile>> Finish(CancellationToken cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Writes a partition.</summary>
    private protected abstract ValueTask Write(ulong id, SymbolTables tables, CancellationToken cancellation);
}
