using ParquetSharp;
using ParquetSharp.IO;
using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Encodings and page versions that neither Pyroscope nor DuckDB write, as ParquetSharp writes them.</summary>
public sealed class EncodingTests
{
    private const int Rows = 5_000;

    public static TheoryData<Encoding, ParquetDataPageVersion, bool> Ways
    {
        get
        {
            var ways = new TheoryData<Encoding, ParquetDataPageVersion, bool>();
            foreach (Encoding encoding in (Encoding[])[Encoding.Plain, Encoding.DeltaBinaryPacked, Encoding.DeltaByteArray, Encoding.DeltaLengthByteArray, Encoding.ByteStreamSplit, Encoding.Rle])
            {
                foreach (ParquetDataPageVersion version in Enum.GetValues<ParquetDataPageVersion>())
                {
                    ways.Add(encoding, version, true);
                    ways.Add(encoding, version, false);
                }
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Columns_are_as_ParquetSharp_reads_them(Encoding encoding, ParquetDataPageVersion version, bool pageIndex)
    {
        byte[] bytes = Write(encoding, version, pageIndex);
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        using var input = new ManagedRandomAccessFile(new MemoryStream(bytes));
        using var judge = new ParquetFileReader(input);
        foreach (ParquetColumn column in file.Schema.Columns)
        {
            Column theirs = ParquetSharpColumns.Read(judge, column);
            Assert.Equal(Rows, theirs.Rows.Count);
            Assert.Equal(theirs.Rows, (await Column.Read(file, column)).Rows);
            Assert.Equal(theirs.Rows.Skip(1_234).Take(2_000), (await Column.Read(file, column, RowRanges.Between(1_234, 3_234))).Rows);
        }
    }

    private static byte[] Write(Encoding encoding, ParquetDataPageVersion version, bool pageIndex)
    {
        bool numbers = encoding is Encoding.DeltaBinaryPacked or Encoding.ByteStreamSplit, texts = encoding is Encoding.DeltaByteArray or Encoding.DeltaLengthByteArray;
        using var properties = Properties(encoding, version, pageIndex, numbers, texts);
        ParquetSharp.Column[] columns =
        [
            new ParquetSharp.Column<long>("big"), new ParquetSharp.Column<int?>("maybe"), new ParquetSharp.Column<string>("text"),
            new ParquetSharp.Column<bool?>("odd"), new ParquetSharp.Column<double>("wide"), new ParquetSharp.Column<long[]>("list"), new ParquetSharp.Column<uint>("unsigned"),
        ];
        using var output = new MemoryStream();
        using (var stream = new ManagedOutputStream(output, leaveOpen: true))
        using (var writer = new ParquetFileWriter(stream, columns, properties))
        {
            using RowGroupWriter group = writer.AppendRowGroup();
            Add(group, i => i * 123_456_789_123L);
            Add(group, i => i % 3 == 0 ? null : (int?)(i - 2_000));
            Add(group, i => i % 4 == 0 ? null : $"prefix {i / 10} {new string('x', i % 7)}");
            Add(group, i => i % 5 == 0 ? null : (bool?)(i % 2 == 0));
            Add(group, i => i * 0.25);
            Add(group, i => i % 6 == 0 ? null! : Enumerable.Range(0, i % 9).Select(n => (long)n * i).ToArray());
            Add(group, i => uint.MaxValue - (uint)i);
            writer.Close();
        }

        return output.ToArray();
    }

    private static void Add<T>(RowGroupWriter group, Func<int, T> value)
    {
        using var column = group.NextColumn().LogicalWriter<T>();
        column.WriteBatch([.. Enumerable.Range(0, Rows).Select(value)]);
    }

    private static WriterProperties Properties(Encoding encoding, ParquetDataPageVersion version, bool pageIndex, bool numbers, bool texts)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.DisableDictionary().Compression(Compression.Zstd).DataPagesize(4_000).DataPageVersion(version);
        if (pageIndex)
            builder.EnableWritePageIndex();
        if (numbers)
            builder.Encoding("big", encoding).Encoding("maybe", encoding).Encoding("unsigned", encoding).Encoding("list.list.item", encoding);
        if (texts)
            builder.Encoding("text", encoding);
        if (encoding == Encoding.ByteStreamSplit)
            builder.Encoding("wide", encoding);
        if (encoding == Encoding.Rle)
            builder.Encoding("odd", encoding);
        return builder.Build();
    }
}
