using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>A column as text, so that readers can be compared: for each row its entries, null where there is none.</summary>
internal sealed record Column(List<string?[]> Rows)
{
    /// <summary>Reads a column by our reader, from some rows.</summary>
    public static async Task<Column> Read(ParquetFile file, ParquetColumn column, RowRanges? ranges = null)
    {
        var rows = new List<string?[]>();
        await using RowScan scan = file.Scan(ranges ?? RowRanges.All(file.RowCount), 1 << 20, column);
        while (await scan.Next(CancellationToken.None))
        {
            Assert.Equal(rows.Count, scan.FirstOrdinal);
            Assert.Equal(scan.Count, scan.Rows.Sum(r => r.Count));
            Add(scan[0], column, scan.Count, rows);
        }

        return new Column(rows);
    }

    /// <summary>Adds the rows of a batch.</summary>
    public static void Add(ColumnBatch batch, ParquetColumn column, int count, List<string?[]> rows)
    {
        for (int row = 0; row < count; row++)
        {
            int from = column.MaxRepetition == 0 ? row : row == 0 ? 0 : batch.RowEnds[row - 1];
            int to = column.MaxRepetition == 0 ? row + 1 : batch.RowEnds[row];
            string?[] entries = new string?[to - from];
            for (int i = from; i < to; i++)
            {
                bool isNull = !batch.Nulls.IsEmpty && batch.Nulls[i] != 0;
                string value = column.IsBytes ? Convert.ToHexString(batch.BytesOf(i)) : Number(column, batch.Numbers[i]);
                if (isNull)
                    Assert.Matches("^0*$", value);
                entries[i - from] = isNull ? null : value;
            }

            rows.Add(entries);
        }

        Assert.Equal(batch.Count, column.MaxRepetition == 0 ? count : count == 0 ? 0 : batch.RowEnds[^1]);
    }

    private static string Number(ParquetColumn column, long value) =>
        (column.Type == ParquetType.Int32 && column.Logical == ParquetLogical.UInt32 ? (int)(uint)value : value).ToString();
}
