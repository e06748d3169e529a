using CsCheck;
using Pyro.Configuration.Values;

namespace Pyro.Tests.Unit.Configuration;

public class ValueTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("-250ms", -250)]
    [InlineData("+1s", 1000)]
    [InlineData(".5s", 500)]
    [InlineData("1000000ns", 1)]
    [InlineData("1000us1000µs1000μs", 3)]
    public void Go_durations(string text, long milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("-")]
    [InlineData("1d")]
    [InlineData("1h ")]
    [InlineData("1..5h")]
    [InlineData("2562048h")]
    [InlineData("99999999999999999999999999h")]
    public void Not_Go_durations(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData("2562047h47m16.854775807s", "2562047h47m16.8547758s")]
    [InlineData("90m", "1h30m0s")]
    [InlineData("1500ms", "1.5s")]
    [InlineData("250ms", "250ms")]
    [InlineData("1500ns", "1.5µs")]
    [InlineData("1h", "1h0m0s")]
    [InlineData("-1m", "-1m0s")]
    public void Go_durations_are_written_as_Go_does(string text, string written)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan value));
        Assert.Equal(written, GoDuration.Format(value));
    }

    [Fact]
    public void Durations_read_back()
    {
        Gen.Long[-(1L << 53), 1L << 53].Sample(ticks =>
        {
            TimeSpan value = TimeSpan.FromTicks(ticks);
            Assert.True(GoDuration.TryParse(GoDuration.Format(value), out TimeSpan again));
            Assert.Equal(value, again);
        });
        Gen.Long[0, 1L << 42].Sample(milliseconds =>
        {
            TimeSpan value = TimeSpan.FromMilliseconds(milliseconds);
            Assert.True(PrometheusDuration.TryParse(PrometheusDuration.Format(value), out TimeSpan again));
            Assert.Equal(value, again);
        });
        Gen.Long[0, long.MaxValue].Sample(bytes =>
        {
            Assert.True(ByteSize.TryParse(ByteSize.Format(bytes), out long again));
            Assert.Equal(bytes, again);
        });
    }

    [Theory]
    [InlineData("0", 0, "0s")]
    [InlineData("1w", 7 * 24 * 3600, "1w")]
    [InlineData("10d", 10 * 24 * 3600, "10d")]
    [InlineData("1h30m45s", 5445, "1h30m45s")]
    [InlineData("1y", 365 * 24 * 3600, "1y")]
    [InlineData("90m", 5400, "1h30m")]
    [InlineData("1w1d", 8 * 24 * 3600, "8d")]
    public void Prometheus_durations(string text, long seconds, string written)
    {
        Assert.True(PrometheusDuration.TryParse(text, out TimeSpan value));
        Assert.Equal(TimeSpan.FromSeconds(seconds), value);
        Assert.Equal(written, PrometheusDuration.Format(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.5h")]
    [InlineData("-1h")]
    [InlineData("1m1h")]
    [InlineData("1h1h")]
    [InlineData("10")]
    [InlineData("300y")]
    [InlineData("9999999999999999999y")]
    public void Not_Prometheus_durations(string text) => Assert.False(PrometheusDuration.TryParse(text, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("4194304", 4194304)]
    [InlineData("4MiB", 4194304)]
    [InlineData("63KiB1023B", 65535)]
    [InlineData("1.5K", 1536)]
    [InlineData("2 GB", 2L << 30)]
    public void Sizes(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("1X")]
    [InlineData("9999999999TiB")]
    public void Not_sizes(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Fact]
    public void Budgets_are_shares_or_sizes()
    {
        Assert.True(ByteSize.TryParseShare("60%", 1000, out long share));
        Assert.True(ByteSize.TryParseShare("4KiB", 1000, out long size));
        Assert.Equal((600, 4096), (share, size));
        Assert.False(ByteSize.TryParseShare("0%", 1000, out _));
        Assert.False(ByteSize.TryParseShare("101%", 1000, out _));
        Assert.False(ByteSize.TryParseShare("0", 1000, out _));
    }
}
