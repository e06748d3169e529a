using Pyro.Memory;

namespace Pyro.Tests.Unit.Memory;

public sealed class ByteSlabsTests
{
    [Fact]
    public void What_was_written_comes_out_in_order_whatever_the_pieces()
    {
        var random = new Random(5);
        using var slabs = new ByteSlabs();
        for (var round = 0; round < 3; round++)
        {
            var all = new List<byte>();
            foreach (var length in (int[])[0, 1, 7, ByteSlabs.SlabSize - 8, 1, ByteSlabs.SlabSize, 3, (2 * ByteSlabs.SlabSize) + 5, 100])
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                slabs.Write(bytes);
                all.AddRange(bytes);
                Assert.Equal(all.Count, slabs.Length);
            }

            var pieces = new List<ReadOnlyMemory<byte>>();
            slabs.AddTo(pieces);
            Assert.Equal(all, pieces.SelectMany(static p => p.ToArray()));
            slabs.Clear();
            Assert.Equal(0, slabs.Length);
        }
    }

    [Fact]
    public void Nothing_written_is_no_piece()
    {
        using var slabs = new ByteSlabs();
        slabs.Write([]);
        var pieces = new List<ReadOnlyMemory<byte>>();
        slabs.AddTo(pieces);
        Assert.Empty(pieces);
    }
}
