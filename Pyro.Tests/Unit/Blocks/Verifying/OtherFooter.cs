using System.Buffers.Binary;
using Pyro.Blocks.Parquet;
using Pyro.Memory;
using Pyro.Tests.Unit.Blocks.Index;

namespace Pyro.Tests.Unit.Blocks.Verifying;

/// <summary>Parquet files whose pages stay and whose footer is another.</summary>
internal static class OtherFooter
{
    /// <summary>The file after a change of what its footer tells.</summary>
    public static async Task<byte[]> Of(byte[] file, Action<ParquetMetadata> change)
    {
        var table = await ParquetFile.Open(new MemoryBlockFile(file), whole: true, TestContext.Current.CancellationToken);
        change(table.Metadata);
        return Of(file.AsSpan(0, (int)table.FooterOffset), table.Metadata);
    }

    /// <summary>The file of some pages.</summary>
    public static byte[] Of(ReadOnlySpan<byte> pages, ParquetMetadata metadata)
    {
        using var footer = new LeaseWriter(4096);
        MetadataWriter.Footer(footer, metadata);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Written.Length);
        return [.. pages, .. footer.Written, .. length, .. "PAR1"u8];
    }

    /// <summary>The file without page index.</summary>
    public static void WithoutPageIndex(ParquetMetadata metadata)
    {
        foreach (var chunk in metadata.Groups.SelectMany(static g => g.Chunks))
        {
            (chunk.OffsetIndexOffset, chunk.OffsetIndexLength, chunk.ColumnIndexOffset, chunk.ColumnIndexLength) = (0, 0, 0, 0);
        }
    }
}
