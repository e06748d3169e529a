using System.Buffers;
using CsCheck;
using Pyro.Blocks;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;

namespace Pyro.Tests.Unit.Blocks.Symbols;

public class SymdbTests
{
    [Theory]
    [InlineData("-1,0 0,2 1,1 2,0", "00 01 00 02 02 00 02 01 02 00")]
    [InlineData("-1,0 0,0 1,1 2,2 2,3 1,300", "00 01 00 02 00 00 02 01 02 02 40 00 03 01 2c 01")]
    public void Trees_are_encoded_as_Pyroscope_does(string nodes, string bytes)
    {
        var pairs = nodes.Split(' ').Select(n => n.Split(',')).ToArray();
        var stacks = new StackColumns([.. pairs.Select(p => int.Parse(p[0]))], [.. pairs.Select(p => int.Parse(p[1]))]);
        var output = new ArrayBufferWriter<byte>();
        StackTreeCodec.Encode(stacks, output);
        var expected = Convert.FromHexString(bytes.Replace(" ", ""));
        Assert.Equal(expected, output.WrittenSpan.ToArray());

        var (parents, locations) = (new int[stacks.Count], new int[stacks.Count]);
        StackTreeCodec.Decode(expected, parents, locations, 301, new Region("x", 0));
        Assert.Equal(stacks.Parent, parents);
        Assert.Equal(stacks.Location, locations);
        if (stacks.Count == 6)
        {
            Assert.Equal(0xf64361c5, Crc32C.Of(expected));
        }
    }

    [Fact]
    public void The_checksum_is_Castagnolis() => Assert.Equal(0xE3069283, Crc32C.Of("123456789"u8));

    [Fact]
    public void Packed_numbers_are_as_Pyroscope_writes_them()
    {
        var output = new ArrayBufferWriter<byte>();
        DeltaBinaryPacked.Encode([0, 1, 3], output);
        Assert.StartsWith("80010403000503000000" + "2C", Convert.ToHexString(output.WrittenSpan), StringComparison.Ordinal);
        output.ResetWrittenCount();
        DeltaBinaryPacked.Encode(new[] { 5 }, output);
        Assert.Equal("800104010A", Convert.ToHexString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("-1,0 1,0", "a parent that is the node itself")]
    [InlineData("-1,0 0,7", "a location that is not there")]
    [InlineData("0,0 0,0", "a root with a parent")]
    public void A_tree_that_cannot_be_is_refused(string nodes, string why)
    {
        var pairs = nodes.Split(' ').Select(n => n.Split(',')).ToArray();
        var output = new ArrayBufferWriter<byte>();
        StackTreeCodec.Encode(new StackColumns([.. pairs.Select(p => int.Parse(p[0]))], [.. pairs.Select(p => int.Parse(p[1]))]), output);
        var bytes = output.WrittenSpan.ToArray();
        var error = Assert.Throws<DamagedBlockException>(
            () => StackTreeCodec.Decode(bytes, new int[pairs.Length], new int[pairs.Length], 7, new Region("x", 100)));
        Assert.True(error.Offset == 100, why);
    }

    [Fact]
    public async Task The_header_of_strings_and_the_footer_are_as_Pyroscope_writes_them()
    {
        var strings = new StringColumn("ab"u8.ToArray(), [0, 0, 1, 2]);
        var encoder = new BlockEncoder();
        var output = new ArrayBufferWriter<byte>();
        encoder.Strings(strings, 0, 3, output);
        Assert.Equal("00000003" + "00080000" + "FC4A3CBB" + "000101" + "6162", Convert.ToHexString(output.WrittenSpan));

        var (files, _) = await BytesInMemory.Write(3);
        var bytes = (await Bytes(files))[^24..];
        Assert.Equal("73796D31" + "00000003" + "0000000000000000" + "00000000", Convert.ToHexString(bytes.AsSpan(0, 20)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public Task What_is_written_is_read(int format) => Gen.Select(RandomSymbols.Tables, RandomSymbols.Tables).SampleAsync(async (a, b) =>
    {
        var (files, _) = await BytesInMemory.Write(format, (7, a), (ulong.MaxValue, b));
        using var symbols = await files.Symbols();
        Assert.Equal(format, symbols.Format);
        Assert.Equal([7, ulong.MaxValue], symbols.Partitions.Select(p => p.Id));
        foreach (var (partition, tables) in symbols.Partitions.Zip([a, b]))
        {
            using var read = await partition.Load(TestContext.Current.CancellationToken);
            Assert.Equal(tables.Stacks.Count, partition.Counts.Stacks);
            Assert.Equal(tables.Strings.Count, partition.Counts.Strings);
            Assert.Equal(ByName.Stacks(tables), ByName.Stacks(read.Tables));
        }
    }, iter: 25);

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task Bytes_depend_on_the_symbols_alone(int format)
    {
        var tables = RandomSymbols.Of(5, 3000, 5000);
        var (files, _) = await BytesInMemory.Write(format, (1, RandomSymbols.Rebuilt(tables).Tables));
        var (again, _) = await BytesInMemory.Write(format, (1, RandomSymbols.Rebuilt(RandomSymbols.Rebuilt(tables).Tables).Tables));
        foreach (var (path, _) in files.Listed)
        {
            Assert.Equal(await Bytes(files, path), await Bytes(again, path));
        }
    }

    [Fact]
    public async Task Strings_longer_than_a_byte_tells_take_two()
    {
        var tables = RandomSymbols.Of(1, 0, 0) with { Strings = new StringColumn(new byte[70_000], [0, 0, 256, 256 + 65_535, 70_000]) };
        var (files, _) = await BytesInMemory.Write(3, (1, tables));
        using var symbols = await files.Symbols();
        using var read = await symbols.Partitions[0].Load(TestContext.Current.CancellationToken);
        Assert.Equal(tables.Strings.Start, read.Tables.Strings.Start);
        var over = tables with { Strings = new StringColumn(new byte[70_000], [0, 0, 65_536]) };
        await Assert.ThrowsAsync<InvalidDataException>(() => BytesInMemory.Write(3, (1, over)));
    }

    [Fact]
    public async Task Opening_reads_the_index_alone()
    {
        var (files, _) = await BytesInMemory.Write(3, (1, RandomSymbols.Of(2, 100_000, 300_000)));
        using var symbols = await files.Symbols();
        Assert.Single(files.Reads);
        Assert.True(files.Reads[0].Length <= 16 << 10);
    }

    [Fact]
    public async Task Partitions_must_ascend()
    {
        var tables = RandomSymbols.Of(3, 10, 10);
        await Assert.ThrowsAsync<ArgumentException>(() => BytesInMemory.Write(3, (2, tables), (1, tables)));
        await Assert.ThrowsAsync<ArgumentException>(() => BytesInMemory.Write(3, (2, tables), (2, tables)));
    }

    private static async Task<byte[]> Bytes(BytesInMemory files, string path = "symbols.symdb")
    {
        using var file = await files.Open(path, 0, TestContext.Current.CancellationToken);
        var bytes = new byte[file.Length];
        await file.Read(0, bytes, TestContext.Current.CancellationToken);
        return bytes;
    }
}
