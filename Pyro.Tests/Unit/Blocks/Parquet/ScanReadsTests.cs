using Pyro.Blocks.Files;
using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>How a scan reads its file: in few large pieces, several at once, no further ahead than it may, and nothing twice.</summary>
public sealed class ScanReadsTests
{
    private const int Piece = 1 << 20;

    [Theory]
    [InlineData(1, 2)]
    [InlineData(4 * Piece, 4)]
    [InlineData(8 * Piece, 6)]
    public async Task Each_column_is_read_once_in_large_pieces_ahead_within_the_budget(long budget, int least)
    {
        var held = new HeldFile(new MemoryFile(await new RandomRows(11, 60_000, most: 60).Write(30_000), yields: false));
        ParquetFile file = await ParquetFile.Open(held, CancellationToken.None);
        ParquetColumn[] columns = [file.Column("Samples.list.element.StacktraceID"), file.Column("Samples.list.element.Value")];
        await using RowScan scan = file.Scan(RowRanges.Between(0, file.RowCount), budget, columns);
        held.Reads.Clear();
        ValueTask<bool> first = scan.Next(CancellationToken.None);

        // All that is fetched ahead has begun, and nothing has come.
        Assert.False(first.IsCompleted);
        long begun = held.Waiting.Sum(static read => (long)read.Length);
        Assert.InRange(held.Waiting.Count, least, int.MaxValue);
        Assert.InRange(begun, 1, Math.Max(budget, columns.Length * Piece));
        held.Release();
        int rows = 0;
        for (bool any = await first; any; any = await scan.Next(CancellationToken.None))
        {
            rows += scan.Count;
        }

        Assert.Equal(file.RowCount, rows);

        // But for the places of the pages.
        var pieces = held.Reads.Where(static read => read.Length > 4096).Order().ToList();
        long end = 0, bytes = 0;
        foreach ((long offset, int length) in pieces)
        {
            Assert.True(offset >= end, $"the bytes from {offset} on are read twice");
            (end, bytes) = (offset + length, bytes + length);
        }

        long wanted = columns.Sum(file.CompressedBytes);
        Assert.InRange(wanted, 4 * Piece, long.MaxValue);
        Assert.InRange(bytes, wanted * 98 / 100, wanted * 102 / 100);
        Assert.InRange(pieces.Count, 1, (2 * wanted / Piece) + 4);
    }

    /// <summary>Large reads wait until they are let go.</summary>
    private sealed class HeldFile(IBlockFile file) : IBlockFile
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<(long Offset, int Length)> Reads { get; } = [];

        public List<(long Offset, int Length)> Waiting { get; } = [];

        public string Name => file.Name;

        public long Length => file.Length;

        public void Release() => _go.SetResult();

        public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            lock (Reads)
            {
                Reads.Add((offset, into.Length));
            }

            if (into.Length > Piece / 2 && !_go.Task.IsCompleted)
            {
                Waiting.Add((offset, into.Length));
                await _go.Task;
            }

            await file.Read(offset, into, cancellation);
        }

        public void Dispose() => file.Dispose();
    }
}
