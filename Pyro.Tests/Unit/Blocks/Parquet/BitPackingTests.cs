using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Numbers side by side against a slow twin that reads bit by bit.</summary>
public sealed class BitPackingTests
{
    [Fact]
    public void Numbers_of_every_width_are_unpacked_from_every_place()
    {
        var random = new Random(3);
        for (var width = 0; width <= 32; width++)
        {
            foreach (var count in (int[])[0, 1, 7, 8, 9, 16, 31, 64, 65, 200])
            {
                for (var first = 0; first < 19; first++)
                {
                    // No byte more than the numbers take, so that a load past them would fail or be seen.
                    var bytes = new byte[(((first + count) * width) + 7) / 8];
                    random.NextBytes(bytes);
                    var found = new uint[count];
                    BitPacking.Unpack(bytes, first * width, width, found);
                    for (var i = 0; i < count; i++)
                    {
                        Assert.Equal(Slow(bytes, (first + i) * width, width), found[i]);
                    }
                }
            }
        }
    }

    private static uint Slow(byte[] bytes, int bit, int width)
    {
        uint value = 0;
        for (var i = 0; i < width; i++, bit++)
        {
            value |= (uint)((bytes[bit >> 3] >> (bit & 7)) & 1) << i;
        }

        return value;
    }
}
