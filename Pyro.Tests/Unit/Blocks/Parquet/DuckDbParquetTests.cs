using DuckDB.NET.Data;
using Pyro.Blocks;
using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>What DuckDB writes, in each of its codecs and versions, is read as DuckDB and ParquetSharp read it.</summary>
public sealed class DuckDbParquetTests
{
    private const string Rows = """
        SELECT
          i AS big, i::INTEGER AS small, (i % 7)::UINTEGER AS few, CASE WHEN i % 3 = 0 THEN NULL ELSE i * 1000003 END AS maybe,
          i % 2 = 0 AS odd, CASE WHEN i % 5 = 0 THEN NULL ELSE i % 4 = 0 END AS perhaps,
          (i * 0.37)::DOUBLE AS wide, (i % 11 * 0.5)::FLOAT AS narrow, hash(i)::UBIGINT AS mixed,
          'value ' || (i % 13) AS word, CASE WHEN i % 4 = 1 THEN NULL ELSE 'prefix of ' || i || repeat('x', (i % 50)::INT) END AS text,
          (hash(i)::VARCHAR || repeat('y', (i % 9)::INT))::BLOB AS bytes, uuid_like.u AS id,
          TIMESTAMP '2024-01-01' + to_microseconds(i) AS at,
          CASE WHEN i % 6 = 5 THEN NULL ELSE list_transform(range((i % 5)), x -> CASE WHEN x = 2 THEN NULL ELSE x * i END) END AS list,
          list_transform(range((i % 3)), x -> {'n': x + i, 't': 't' || x}) AS structs,
          list_transform(range((i % 4)), x -> range(x)) AS nested
        FROM range(6000) r(i), (SELECT 'c0ffee00-0000-4000-8000-000000000001'::UUID AS u) uuid_like
        """;

    public static TheoryData<string, string, int> Ways
    {
        get
        {
            var ways = new TheoryData<string, string, int>();
            foreach (string version in (string[])["V1", "V2"])
            {
                foreach (string codec in (string[])["uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4_raw"])
                    ways.Add(version, codec, codec == "snappy" ? 2_048 : 122_880);
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Columns_are_as_ParquetSharp_reads_them(string version, string codec, int groupRows)
    {
        byte[] bytes = Copy(Rows, $"PARQUET_VERSION {version}, COMPRESSION {codec}, ROW_GROUP_SIZE {groupRows}");
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        using var input = new ParquetSharp.IO.ManagedRandomAccessFile(new MemoryStream(bytes));
        using var judge = new ParquetSharp.ParquetFileReader(input);
        Assert.Equal(6_000, file.RowCount);
        foreach (ParquetColumn column in file.Schema.Columns)
        {
            Column theirs = ParquetSharpColumns.Read(judge, column);
            Assert.Equal(theirs.Rows, (await Column.Read(file, column)).Rows);
            Assert.Equal(theirs.Rows.Skip(1_777).Take(3_000), (await Column.Read(file, column, RowRanges.Between(1_777, 4_777))).Rows);
        }
    }

    [Fact]
    public async Task Every_encoding_of_DuckDB_is_among_them()
    {
        string path = TempPath();
        try
        {
            using var duck = new DuckDBConnection("DataSource=:memory:");
            duck.Open();
            var found = new SortedSet<string>(StringComparer.Ordinal);
            foreach (string version in (string[])["V1", "V2"])
            {
                Execute(duck, $"COPY ({Rows}) TO '{path}' (FORMAT parquet, PARQUET_VERSION {version})");
                using var command = duck.CreateCommand();
                command.CommandText = $"SELECT DISTINCT encodings FROM parquet_metadata('{path}')";
                using var reader = command.ExecuteReader();
                while (reader.Read())
                    found.UnionWith(reader.GetString(0).Split(", "));
                await Task.Yield();
            }

            TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', found));
            Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "PLAIN", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "BYTE_STREAM_SPLIT" }, new HashSet<string>(found, StringComparer.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_damaged_packed_page_is_refused()
    {
        foreach (string codec in (string[])["snappy", "gzip", "brotli", "zstd", "lz4_raw"])
        {
            byte[] bytes = Copy("SELECT i * i AS n, 'text ' || i AS t FROM range(3000) r(i)", $"PARQUET_VERSION V1, COMPRESSION {codec}, DICTIONARY_SIZE_LIMIT 1");
            ParquetFile whole = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
            Column right = await Column.Read(whole, whole.Column("t"));
            var random = new Random(1);
            for (int round = 0; round < 200; round++)
            {
                byte[] damaged = (byte[])bytes.Clone();
                damaged[random.Next(4, bytes.Length)] ^= (byte)(1 << random.Next(8));
                try
                {
                    ParquetFile file = await ParquetFile.Open(new MemoryFile(damaged), CancellationToken.None);
                    foreach (ParquetColumn column in file.Schema.Columns)
                        await Column.Read(file, column);
                }
                catch (DamagedBlockException)
                {
                }
            }

            Assert.Equal("text 2999"u8.ToArray(), Convert.FromHexString(right.Rows[^1][0]!));
        }
    }

    private static byte[] Copy(string sql, string options)
    {
        string path = TempPath();
        try
        {
            using var duck = new DuckDBConnection("DataSource=:memory:");
            duck.Open();
            Execute(duck, $"COPY ({sql}) TO '{path}' (FORMAT parquet, {options})");
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string TempPath() => Path.Combine(Path.GetTempPath(), $"pyro-{Guid.NewGuid():N}.parquet");

    private static void Execute(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
