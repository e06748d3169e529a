using System.Buffers;
using CsCheck;
using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

public class DeltaBinaryPackedTests
{
    [Fact]
    public void Bytes_are_those_of_the_reference()
    {
        Assert.Equal("8001040000", Hex(Packed64([])));
        Assert.Equal("800104010A", Hex(Packed64([5])));
        Assert.Equal("80010403000503000000" + "2C0000000000000000000000", Hex(Packed32([0, 1, 3])));
    }

    [Fact]
    public void Every_width_and_every_remainder_is_read_back()
    {
        var random = new Random(5);
        for (int width = 0; width <= 64; width++)
        {
            foreach (int count in (int[])[1, 2, 31, 32, 33, 34, 64, 127, 128, 129, 130, 160, 161, 257, 700])
            {
                long[] values = new long[count];
                long mask = width == 64 ? -1 : (1L << width) - 1;
                for (int i = 1; i < count; i++)
                    values[i] = values[i - 1] + (random.NextInt64(long.MinValue, long.MaxValue) & mask) - width;
                foreach (bool tight in (bool[])[false, true])
                {
                    Check(values, tight);
                    Check32([.. values.Select(v => (int)v)], tight);
                }
            }
        }
    }

    [Fact]
    public void Any_numbers_are_read_back() => Gen.Select(Gen.Long.Array[0, 400], Gen.Bool).Sample((values, tight) => Check(values, tight));

    [Fact]
    public void Any_numbers_of_32_bits_are_read_back() => Gen.Select(Gen.Int.Array[0, 400], Gen.Bool).Sample((values, tight) => Check32(values, tight));

    [Fact]
    public void Extremes_wrap()
    {
        long[] values = [long.MaxValue, long.MinValue, 0, long.MinValue, long.MaxValue, -1, 1];
        Check(values, tight: false);
        Check(values, tight: true);
        Check32([int.MaxValue, int.MinValue, 0, int.MinValue, int.MaxValue], tight: false);
    }

    [Fact]
    public void Blocks_of_other_sizes_are_read()
    {
        // One block of 256 in two parts of 128: first 1, then 200 steps of 1 (width 0), as other writers may have it.
        byte[] packed = [0x80, 0x02, 0x02, 0xC9, 0x01, 0x02, 0x02, 0x00, 0x00];
        long[] values = new long[201];
        Assert.Equal(packed.Length, DeltaBinaryPacked.Decode(packed, values));
        Assert.Equal(Enumerable.Range(1, 201).Select(i => (long)i), values);
    }

    [Fact]
    public void What_is_cut_off_is_refused()
    {
        byte[] packed = Packed64([.. Enumerable.Range(0, 300).Select(i => (long)i * i * i)]);
        for (int length = 0; length < packed.Length; length++)
            Assert.Throws<InvalidDataException>(() => DeltaBinaryPacked.Decode(packed.AsSpan(0, length), new long[300]));
    }

    [Theory]
    [InlineData("8001040100")] // one number
    [InlineData("800104FFFFFFFF0F00")] // four thousand million numbers in no bytes
    [InlineData("800104FFFFFFFFFFFFFFFFFF0100")]
    [InlineData("0004020000")] // blocks of none
    [InlineData("8001000200")] // no parts
    [InlineData("8001030200")] // parts of 42
    [InlineData("80010402000041000000")] // 65 bits
    [InlineData("FFFFFFFFFFFFFFFFFFFF")]
    public void Nonsense_is_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => DeltaBinaryPacked.Decode(Convert.FromHexString(hex), new long[2]));

    [Fact]
    public void Random_bytes_do_no_harm() => Fuzz.Run("delta", [Packed64([1, 2, 3]), Packed64([.. Enumerable.Range(0, 300).Select(i => (long)i * i)])], bytes =>
    {
        try
        {
            int count = DeltaBinaryPacked.Count(bytes);
            Assert.True(count <= 1 + (bytes.Length * 65536L));
            DeltaBinaryPacked.Decode(bytes, new long[Math.Min(count, 1 << 20)]);
        }
        catch (InvalidDataException)
        {
        }
    });

    private static void Check(long[] values, bool tight)
    {
        byte[] packed = Packed64(values, tight);
        Assert.Equal(values.Length, DeltaBinaryPacked.Count(packed));
        long[] read = new long[values.Length];
        Assert.Equal(packed.Length, DeltaBinaryPacked.Decode(packed, read));
        Assert.Equal(values, read);
        Assert.Equal(values, Slow(packed));
    }

    private static void Check32(int[] values, bool tight)
    {
        byte[] packed = Packed32(values, tight);
        int[] read = new int[values.Length];
        Assert.Equal(packed.Length, DeltaBinaryPacked.Decode(packed, read));
        Assert.Equal(values, read);
        Assert.Equal(values, Slow(packed, widthMax: 32).Select(v => (int)v));
    }

    /// <summary>The slow twin of the decoder: bit by bit.</summary>
    private static long[] Slow(byte[] packed, int widthMax = 64)
    {
        int at = 0;
        long Varint()
        {
            long value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte b = packed[at++];
                value |= (long)(b & 0x7F) << shift;
                if (b < 0x80)
                    return value;
            }
        }

        long Zigzag()
        {
            long raw = Varint();
            return (long)((ulong)raw >> 1) ^ -(raw & 1);
        }

        int block = (int)Varint(), parts = (int)Varint(), count = (int)Varint();
        long last = Zigzag();
        var values = new List<long>();
        if (count > 0)
            values.Add(last);
        while (values.Count < count)
        {
            long least = Zigzag();
            byte[] widths = packed[at..(at += parts)];
            for (int part = 0; part < parts; part++)
            {
                Assert.True(widths[part] <= widthMax);
                for (int i = 0; i < block / parts && values.Count < count; i++)
                {
                    ulong delta = 0;
                    for (int b = 0; b < widths[part]; b++)
                    {
                        int bit = (i * widths[part]) + b;
                        delta |= (ulong)((packed[at + (bit >> 3)] >> (bit & 7)) & 1) << b;
                    }

                    last += (long)delta + least;
                    values.Add(last);
                }

                at += widths[part] * (block / parts) / 8;
            }
        }

        return [.. values];
    }

    private static byte[] Packed64(long[] values, bool tight = false)
    {
        var output = new ArrayBufferWriter<byte>();
        DeltaBinaryPacked.Encode(values, output, tight);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Packed32(int[] values, bool tight = false)
    {
        var output = new ArrayBufferWriter<byte>();
        DeltaBinaryPacked.Encode(values, output, tight);
        return output.WrittenSpan.ToArray();
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
