using System.Buffers.Binary;
using Pyro.Blocks;
using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Damaged files: a clear error that names the file, never a crash, a wrong answer or much memory.</summary>
public sealed class DamageTests
{
    /// <summary>Bytes allocated for a small file, however often its columns' limits are reached.</summary>
    private const long AllocatedMax = 1L << 30;

    [Fact]
    public async Task Truncated_at_any_length_is_refused()
    {
        byte[] bytes = await new RandomRows(11, 200, most: 300).Write(90);
        for (int length = 0; length < bytes.Length; length += length < 64 || bytes.Length - length < 3_000 ? 1 : 97)
        {
            var fault = await Assert.ThrowsAsync<DamagedBlockException>(async () => await ReadAll(bytes[..length]));
            Assert.Equal("block/file", fault.File);
        }
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_page_is_found()
    {
        byte[] bytes = await new RandomRows(12, 40, most: 30).Write();
        long end = ParquetMetadataView.Of(bytes).Chunks[0].ColumnIndex.Offset;
        string right = await ReadAll(bytes);
        var random = new Random(12);
        for (int at = 4; at < end; at += random.Next(1, 6))
        {
            byte[] damaged = (byte[])bytes.Clone();
            damaged[at] ^= (byte)(1 << random.Next(8));
            try
            {
                // A header may hold a bit that says nothing; what is read is right then.
                Assert.Equal(right, await ReadAll(damaged));
            }
            catch (DamagedBlockException e)
            {
                Assert.Equal("block/file", e.File);
            }
        }
    }

    [Fact]
    public async Task Flipped_bits_of_the_footer_do_no_harm()
    {
        byte[] bytes = await new RandomRows(13, 8, most: 10).Write(5);
        long start = ParquetMetadataView.Of(bytes).Chunks[0].ColumnIndex.Offset;
        for (long at = start; at < bytes.Length; at++)
        {
            byte[] damaged = (byte[])bytes.Clone();
            damaged[at] ^= (byte)(1 << (int)(at % 8));
            await Harmless(damaged);
        }
    }

    [Theory]
    [InlineData("19FCFFFFFFFF07")] // a schema of two thousand million fields
    [InlineData("150429FC8080808008")]
    [InlineData("1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C")] // structs in structs
    [InlineData("F9F9F9F9F9F9F9F9F9F9F9")]
    [InlineData("8BFFFFFFFF7F11")] // a map of two thousand million entries
    [InlineData("88FFFFFFFFFF7F")] // text without end
    [InlineData("2C")]
    [InlineData("00")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public async Task Hostile_thrift_is_refused(string hex)
    {
        byte[] footer = Convert.FromHexString(hex), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        byte[] file = [.. "PAR1"u8, .. footer, .. length, .. "PAR1"u8];
        long before = GC.GetAllocatedBytesForCurrentThread();
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await ParquetFile.Open(new MemoryFile(file, yields: false), CancellationToken.None));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public async Task Deep_lists_of_lists_are_refused()
    {
        byte[] footer = [0x89, .. Enumerable.Repeat((byte)0x19, 100_000)], length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        byte[] file = [.. "PAR1"u8, .. footer, .. length, .. "PAR1"u8];
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await ParquetFile.Open(new MemoryFile(file, yields: false), CancellationToken.None));
    }

    [Theory]
    [InlineData(0xFFFFFFFF)]
    [InlineData(0x7FFFFFFF)]
    [InlineData(13)]
    public async Task A_footer_longer_than_the_file_is_refused(uint claimed)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, claimed);
        byte[] file = [.. "PAR1"u8, 0, 0, 0, 0, .. length, .. "PAR1"u8];
        var fault = await Assert.ThrowsAsync<DamagedBlockException>(async () => await ParquetFile.Open(new MemoryFile(file, yields: false), CancellationToken.None));
        Assert.Equal(8, fault.Offset);
    }

    [Fact]
    public async Task Random_changes_do_no_harm()
    {
        byte[][] seeds = [await new RandomRows(14, 1).Write(), await new RandomRows(15, 40).Write(15)];
        await Fuzz.RunAsync("parquet", seeds, Harmless);
    }

    /// <summary>Reads a file that may be damaged; nothing in it waits, so what it allocates can be counted.</summary>
    private static async Task Harmless(byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            await ReadAll(bytes);
        }
        catch (DamagedBlockException)
        {
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < AllocatedMax);
    }

    /// <summary>All columns as one text.</summary>
    private static async Task<string> ReadAll(byte[] bytes)
    {
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes, yields: false), CancellationToken.None);
        var text = new System.Text.StringBuilder();
        foreach (ParquetColumn column in file.Schema.Columns)
        {
            if (column is { MaxRepetition: 0, Type: ParquetType.Int32 or ParquetType.Int64 })
                await file.PagesBetween(column, 1, 100, CancellationToken.None);
            await using RowScan scan = file.Scan(RowRanges.All(Math.Min(file.RowCount, 100_000)), 1 << 20, column);
            while (await scan.Next(CancellationToken.None))
                Add(scan, text);
        }

        return text.ToString();
    }

    private static void Add(RowScan scan, System.Text.StringBuilder text)
    {
        var hash = new HashCode();
        foreach (long number in scan[0].Numbers)
            hash.Add(number);
        hash.AddBytes(scan[0].Bytes);
        foreach (int end in scan[0].RowEnds)
            hash.Add(end);
        text.Append(hash.ToHashCode()).Append(' ');
    }
}
