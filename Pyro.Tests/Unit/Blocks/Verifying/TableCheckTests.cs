using Pyro.Blocks.Parquet;
using Pyro.Blocks.Verifying;
using Pyro.Disk;
using Pyro.Tests.Unit.Blocks.Index;

namespace Pyro.Tests.Unit.Blocks.Verifying;

/// <summary>A damaged page index or footer is a fault with a name, and never the end of the verification.</summary>
public sealed class TableCheckTests
{
    private const int PageRows = 1 << 14;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_without_values_that_is_said_to_have_some_is_named()
    {
        var bytes = await Table();
        Assert.Empty(await Faults(bytes));
        var chunk = (await Open(bytes)).Metadata.Groups[0].Chunks[0];

        // A list of three flags: the first one is true, the others are false.
        var at = (int)chunk.ColumnIndexOffset + 2;
        Assert.Equal([1, 2, 2], bytes[at..(at + 3)]);
        bytes[at] ^= 1;
        var fault = Assert.Single(await Faults(bytes));
        Assert.Equal(("column x: the page index tells of least or greatest values that are shorter or longer than those of the column", chunk.ColumnIndexOffset), (fault.Fault, fault.Offset));
    }

    [Fact]
    public async Task No_flipped_bit_behind_the_pages_ends_it()
    {
        var whole = await Table();
        var begin = (int)(await Open(whole)).Metadata.Groups[0].Chunks[0].ColumnIndexOffset;
        var found = 0;
        for (var bit = 8 * begin; bit < 8 * whole.Length; bit++)
        {
            // One bit of each byte, or all.
            if (Environment.GetEnvironmentVariable("PYRO_LONG") is not null || bit % 8 == bit / 8 % 8)
            {
                var changed = whole.ToArray();
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                found += (await Faults(changed)).Count > 0 ? 1 : 0;
            }
        }

        Assert.True(found > (whole.Length - begin) / 2);
    }

    [Fact]
    public async Task Lengths_that_cannot_be_added_are_refused()
    {
        var file = await OtherFooter.Of(await Table(), static metadata =>
        {
            foreach (var chunk in metadata.Groups[0].Chunks)
            {
                chunk.UncompressedBytes = long.MaxValue;
            }
        });
        Assert.Contains("a column chunk that is longer or lies farther than any", Assert.Single(await Faults(file)).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_without_columns_is_refused()
    {
        var metadata = new ParquetMetadata { Schema = new ParquetSchema("t", []), RowCount = 1 };
        metadata.Groups.Add(new RowGroup { RowCount = 1 });
        Assert.Contains("a schema without columns", Assert.Single(await Faults(OtherFooter.Of("PAR1"u8, metadata))).Fault, StringComparison.Ordinal);
    }

    // Two columns of three pages, the first of which has no values.
    private static async Task<byte[]> Table()
    {
        var disk = new ForgettingDisk(1);
        var schema = new ParquetSchema(
            "t",
            ParquetField.Leaf("x", ParquetType.Int64, repetition: ParquetRepetition.Optional),
            ParquetField.Leaf("y", ParquetType.Int64, repetition: ParquetRepetition.Optional));
        using (var writer = new ParquetWriter(disk, "/t", schema))
        {
            for (var row = 0; row < 3 * PageRows; row++)
            {
                foreach (var column in (int[])[0, 1])
                {
                    if (row < PageRows)
                    {
                        writer[column].AddNulls(1);
                    }
                    else
                    {
                        writer[column].Add(row);
                    }
                }

                await writer.EndRow(Cancellation);
            }

            await writer.Finish(Cancellation);
        }

        return await disk.ReadAll("/t", 1 << 20, Cancellation);
    }

    private static ValueTask<ParquetFile> Open(byte[] bytes) => ParquetFile.Open(new MemoryBlockFile(bytes), whole: true, Cancellation);

    private static async Task<IReadOnlyList<BlockFault>> Faults(byte[] bytes)
    {
        var faults = new FaultList();
        await faults.Try(async () => await TableCheck.Run(await Open(bytes), null, isIndexed: true, faults, null, Cancellation));
        return faults.Kept;
    }
}
