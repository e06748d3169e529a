using Parquet;
using Parquet.Schema;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>
/// Why profiles are read by our own code: Parquet.Net 6.1.0 cannot read pages of version 2 that have repetition levels. When this turns
/// red with a newer version, it reads them, and the line between its part and ours may move.
/// </summary>
public sealed class ParquetNetTests
{
    [Fact]
    public async Task Samples_are_not_read_by_Parquet_Net()
    {
        byte[] bytes = await new RandomRows(21, 50).Write();
        await using ParquetReader reader = await ParquetReader.CreateAsync(new MemoryStream(bytes));
        DataField field = reader.Schema.GetDataFields().Single(f => f.Path.ToString().EndsWith("StacktraceID", StringComparison.Ordinal));
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        bool failed = false;
        try
        {
            long[] values = new long[group.GetMetadata(field)!.MetaData!.NumValues];
            int[] levels = new int[values.Length];
            await group.ReadRawAsync<long>(field, values, null, levels.AsMemory());
            failed = values.All(v => v == 0);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            failed = true;
        }

        Assert.True(failed);
    }
}
