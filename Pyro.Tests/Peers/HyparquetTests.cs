using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pyro.Disk;
using Pyro.Tests.Unit.Blocks.Writing;

namespace Pyro.Tests.Peers;

/// <summary>hyparquet, the reader of Parquet in JavaScript, finds in every table of a block what was written.</summary>
public sealed class HyparquetTests
{
    private static readonly string[] Symbols = ["strings", "functions", "mappings", "locations"];

    [Fact]
    public async Task Every_table_has_what_was_written()
    {
        const int Series = 20, RowsEach = 5_050, Rows = Series * RowsEach;
        static SeededBlock Block() => new(seed: 3, Series, RowsEach);
        var folder = Directory.CreateTempSubdirectory("pyro-hyparquet-").FullName;
        try
        {
            await Block().Write(new PhysicalDisk(), Path.Combine(folder, "block"), symbolsFormat: 2);
            var (code, output, error) = await Node.Run(
                "parquet.mjs", [Path.Combine(folder, "block", "profiles.parquet"), .. Symbols.Select(table => Path.Combine(folder, "block", "symbols", table + ".parquet"))]);
            Assert.True(code == 0, error + output);
            var tables = JsonSerializer.Deserialize<Table[]>(output, JsonSerializerOptions.Web)!;
            Assert.Equal((Rows, 2), (tables[0].Rows, tables[0].Groups));
            Assert.Equal(Summary.Of(await WantedColumns.Profiles(Block())), tables[0].InOrder);
            Assert.Equal(Symbols.Length, tables.Length - 1);
            foreach (var (table, found) in Symbols.Zip(tables[1..]))
            {
                Assert.Equal(Summary.Of(WantedColumns.Symbols(Block(), table)), found.InOrder);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed record Table(int Rows, int Groups, Summary[] Columns)
    {
        public IEnumerable<Summary> InOrder => Columns.OrderBy(static c => c.Column, StringComparer.Ordinal);
    }

    /// <summary>What parquet.mjs tells of a column.</summary>
    private sealed record Summary(string Column, int Entries, int Nulls, string Sum, string Digest)
    {
        public static IEnumerable<Summary> Of(WantedColumns columns) => columns.Select(static c => Of(c.Key, c.Value));

        private static Summary Of(string column, List<object?[]> rows)
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var sum = BigInteger.Zero;
            foreach (var row in rows)
            {
                digest.AppendData(Encoding.UTF8.GetBytes(string.Join(',', row.Select(Text)) + "\n"));
                foreach (var entry in row)
                {
                    sum += Number(entry);
                }
            }

            return new(
                column, rows.Sum(static r => r.Length), rows.Sum(static r => r.Count(static e => e is null)), sum.ToString(), Convert.ToHexStringLower(digest.GetHashAndReset()));
        }

        private static string Text(object? entry) => entry switch
        {
            null => "-",
            byte[] bytes => Convert.ToHexStringLower(bytes),
            bool value => value ? "true" : "false",
            _ => entry.ToString()!,
        };

        private static BigInteger Number(object? entry) => entry switch
        {
            null => 0,
            byte[] bytes => bytes.Length,
            string text => text.Length,
            bool value => value ? 1 : 0,
            long value => value,
            ulong value => value,
            _ => (uint)entry,
        };
    }
}
