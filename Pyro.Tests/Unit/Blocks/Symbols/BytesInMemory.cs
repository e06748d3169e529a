using Pyro.Blocks;
using Pyro.Blocks.Files;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Memory;

namespace Pyro.Tests.Unit.Blocks.Symbols;

/// <summary>The files of a block in memory.</summary>
internal sealed class BytesInMemory(IReadOnlyDictionary<string, byte[]> files) : IBlockFiles
{
    /// <summary>Reads made of any file.</summary>
    public List<(string Path, long Offset, int Length)> Reads { get; } = [];

    /// <summary>What a read waits for first; null: nothing.</summary>
    public Func<CancellationToken, Task>? Gate { get; set; }

    /// <summary>As meta.json lists them.</summary>
    public IReadOnlyList<(string RelPath, long Bytes)> Listed => [.. files.Select(f => (f.Key, (long)f.Value.Length))];

    public ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation) => files.TryGetValue(relPath, out var bytes)
        ? ValueTask.FromResult<IBlockFile>(new Bytes(relPath, bytes, this))
        : throw new DamagedBlockException(relPath, -1, "there is no such file");

    /// <summary>Opens the symbols, with a cache of their own unless one is given.</summary>
    public ValueTask<SymbolsFile> Symbols(SymbolCache? cache = null) =>
        SymbolsFile.Open(this, Listed, cache ?? new SymbolCache(1 << 24, new MemoryLedger(1L << 26)), TestContext.Current.CancellationToken);

    /// <summary>All files under a folder of the real disk, symbols or not.</summary>
    public static BytesInMemory Of(string folder) => new(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(folder, f).Replace('\\', '/'), File.ReadAllBytes));

    /// <summary>Partitions as the writer writes them.</summary>
    public static async Task<(BytesInMemory Files, IReadOnlyList<WrittenFile> Written)> Write(int format, params (ulong Id, SymbolTables Tables)[] partitions)
    {
        var disk = new ForgettingDisk(1);
        disk.CreateDirectory("/block");
        using var writer = SymbolsWriter.Create(disk, "/block", format);
        foreach (var (id, tables) in partitions)
        {
            await writer.Add(id, tables, TestContext.Current.CancellationToken);
        }

        var written = await writer.Finish(TestContext.Current.CancellationToken);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in written)
        {
            files.Add(file.RelPath, await disk.ReadAll("/block/" + file.RelPath, 1 << 26, TestContext.Current.CancellationToken));
            Assert.Equal(file.Bytes, files[file.RelPath].Length);
        }

        return (new BytesInMemory(files), written);
    }

    private sealed class Bytes(string name, byte[] bytes, BytesInMemory owner) : IBlockFile
    {
        public string Name => name;

        public long Length => bytes.Length;

        public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            if (owner.Gate is { } gate)
            {
                await gate(cancellation);
            }

            Assert.InRange(offset, 0, long.MaxValue);
            lock (owner.Reads)
            {
                owner.Reads.Add((name, offset, into.Length));
            }

            if (offset + into.Length > bytes.Length)
            {
                throw new DamagedBlockException(name, offset, "the file ends before");
            }

            bytes.AsMemory((int)offset, into.Length).CopyTo(into);
        }

        public void Dispose()
        {
        }
    }
}
