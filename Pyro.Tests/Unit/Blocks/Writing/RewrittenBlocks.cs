using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Writing;
using Pyro.Disk;

namespace Pyro.Tests.Unit.Blocks.Writing;

/// <summary>Blocks of others, written again by our writer.</summary>
internal static class RewrittenBlocks
{
    /// <summary>The folders of blocks in a folder, and what meta.json tells of each.</summary>
    public static IEnumerable<(string Folder, BlockMeta Meta)> In(string folder) => Directory.GetFiles(folder, "meta.json", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).Select(static path => (Path.GetDirectoryName(path)!, BlockMeta.Read(File.ReadAllBytes(path), path)));

    /// <summary>A block in a folder.</summary>
    public static Block Open(IDisk disk, string folder, BlockMeta meta, BlockReading reading) =>
        new("t", meta, new DiskBlockFiles(disk, folder, meta.Id.ToString()), reading);

    /// <summary>Writes all rows of a block into another folder.</summary>
    public static async Task<BlockMeta> Write(Block original, IDisk disk, string folder, int symbolsFormat)
    {
        using var lease = original.TryLease()!;
        await using var source = await BlockRowSource.Open(lease, default);
        return (await new BlockWriter(disk, folder, symbolsFormat).Write(original.Meta, source, default))!;
    }
}
