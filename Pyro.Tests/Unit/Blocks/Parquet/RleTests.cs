using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Runs and packed numbers, written and read back.</summary>
public sealed class RleTests
{
    [Fact]
    public void Numbers_of_any_width_are_read_back_however_they_were_added()
    {
        var random = new Random(7);
        using var writer = new RleWriter();
        for (var round = 0; round < 2_000; round++)
        {
            var width = 1 + (round % 32);
            var values = Runs(random, width);

            writer.Start(width);
            foreach (var value in values)
            {
                writer.Add(value, 1);
            }

            var single = writer.Finish().ToArray();
            Assert.Equal(values, Read(single, width, values.Length));

            writer.Start(width);
            writer.AddAll(values);
            Assert.Equal(single, writer.Finish());

            // In pieces a run may be cut, which costs bytes and nothing else.
            writer.Start(width);
            for (var at = 0; at < values.Length;)
            {
                var piece = Math.Min(values.Length - at, random.Next(1, 60));
                if (random.Next(3) == 0)
                {
                    writer.Add(values[at], 1);
                    piece = 1;
                }
                else
                {
                    writer.AddAll(values.AsSpan(at, piece));
                }

                at += piece;
            }

            Assert.Equal(values, Read(writer.Finish().ToArray(), width, values.Length));
        }
    }

    [Theory]
    [InlineData(1, 1_000, 3)]
    [InlineData(20, 1_000, 5)]
    public void A_run_takes_the_bytes_of_one_number(int width, int count, int bytes)
    {
        using var writer = new RleWriter();
        writer.Start(width);
        writer.AddAll([.. Enumerable.Repeat(1U, count)]);
        Assert.Equal(bytes, writer.Finish().Length);
    }

    /// <summary>Some runs, most of them short, of numbers up to the widest.</summary>
    private static uint[] Runs(Random random, int width)
    {
        var values = new List<uint>();
        for (var runs = random.Next(60); runs > 0; runs--)
        {
            var value = (uint)random.NextInt64(1L << width);
            values.AddRange(Enumerable.Repeat(value, random.Next(4) == 0 ? random.Next(1, 40) : 1));
        }

        return [.. values];
    }

    private static uint[] Read(byte[] bytes, int width, int count)
    {
        var read = new uint[count];
        var decoder = new RleDecoder();
        decoder.Start(0, bytes.Length, width);
        decoder.Read(bytes, read);
        return read;
    }
}
