using ParquetSharp;
using ParquetSharp.IO;
using Pyro.Blocks.Parquet;
using Pyro.Disk;
using static Pyro.Blocks.Parquet.ParquetField;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Tables of other shapes than that of profiles: symbols, with booleans, text and groups that repeat.</summary>
public sealed class ParquetWriterTests
{
    private const int Rows = 24_000;

    private static readonly ParquetSchema Locations = new(
        "Location",
        Leaf("Id", Pyro.Blocks.Parquet.ParquetType.Int64, ParquetLogical.UInt64),
        Leaf("Name", Pyro.Blocks.Parquet.ParquetType.ByteArray, ParquetLogical.String),
        Group("Line", ParquetRepetition.Repeated, Leaf("FunctionId", Pyro.Blocks.Parquet.ParquetType.Int64, ParquetLogical.UInt64), Leaf("Line", Pyro.Blocks.Parquet.ParquetType.Int64, ParquetLogical.Int64)),
        Leaf("IsFolded", Pyro.Blocks.Parquet.ParquetType.Boolean));

    [Fact]
    public async Task Other_tables_are_read_back_alike()
    {
        byte[] bytes = await Write(n => $"function {(n * 7919) % (n < 20_000 ? 50 : 100_000)}");
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        using var input = new ManagedRandomAccessFile(new MemoryStream(bytes));
        using var judge = new ParquetFileReader(input);
        foreach (ParquetColumn column in file.Schema.Columns)
            Assert.Equal(ParquetSharpColumns.Read(judge, column).Rows, (await Column.Read(file, column)).Rows);
        bool[] folded = new bool[1_000];
        await file.ReadBooleans(file.Column("IsFolded"), RowRanges.Between(20_000, 21_000), folded, CancellationToken.None);
        Assert.Equal(Enumerable.Range(20_000, 1_000).Select(i => i % 3 == 0), folded);
        int[] ends = new int[3];
        var texts = new System.Buffers.ArrayBufferWriter<byte>();
        await file.ReadBytes(file.Column("Name"), RowRanges.Between(1, 4), texts, ends, 100, CancellationToken.None);
        Assert.Equal("function 19function 38function 7", System.Text.Encoding.UTF8.GetString(texts.WrittenSpan));
        Assert.Equal([11, 22, 32], ends);
    }

    [Fact]
    public async Task Text_that_repeats_takes_a_dictionary_and_other_text_does_not()
    {
        long repeats = (await Write(n => $"some name that is long enough to count {n % 100}")).Length, differs = (await Write(n => $"some name that is long enough to count {n}")).Length;
        Assert.True(repeats + (Rows * 35) < differs, $"{repeats} and {differs} bytes");
    }

    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    public async Task Extremes_of_long_text_are_cut_but_still_bound_it(int length)
    {
        byte[] bytes = await Write(n => new string('z', length) + (char)('a' + (n % 20)));
        using var input = new ManagedRandomAccessFile(new MemoryStream(bytes));
        using var judge = new ParquetFileReader(input);
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        Assert.Equal(Rows, ParquetSharpColumns.Read(judge, file.Column("Name")).Rows.Count);
    }

    private static async Task<byte[]> Write(Func<int, string> name)
    {
        var disk = new ForgettingDisk(1);
        using (var writer = new ParquetWriter(disk, "/t", Locations))
        {
            for (int i = 0; i < Rows; i++)
            {
                writer[0].Add(i + 1);
                writer[1].Add(System.Text.Encoding.UTF8.GetBytes(name(i)));
                writer[2].AddList(i % 4);
                writer[3].AddList(i % 4);
                for (int line = 0; line < i % 4; line++)
                {
                    writer[2].Add(i * 31 % 977);
                    writer[3].Add(-line);
                }

                writer[4].Add(i % 3 == 0 ? 1 : 0);
                await writer.EndRow(CancellationToken.None);
            }

            await writer.Finish(CancellationToken.None);
        }

        return await disk.ReadAll("/t", int.MaxValue, CancellationToken.None);
    }
}
