using Microsoft.Extensions.Time.Testing;
using Pyro.Distributor.Pipeline;

namespace Pyro.Tests.Unit.Distributor;

public sealed class RateLimiterTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_bucket_holds_the_burst_and_fills_at_the_rate()
    {
        var limiter = new RateLimiter(_time);
        Assert.True(limiter.TryTake("a", 60, 10, 100));
        Assert.False(limiter.TryTake("a", 41, 10, 100));
        Assert.True(limiter.TryTake("a", 40, 10, 100));
        Assert.True(limiter.TryTake("b", 100, 10, 100));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(limiter.TryTake("a", 20, 10, 100));
        Assert.False(limiter.TryTake("a", 1, 10, 100));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(limiter.TryTake("a", 101, 10, 100));
        Assert.True(limiter.TryTake("a", 100, 10, 100));
    }

    [Fact]
    public void Tenants_that_are_idle_are_forgotten_without_a_gift()
    {
        var limiter = new RateLimiter(_time);
        for (var i = 0; i < 5000; i++) Assert.True(limiter.TryTake($"t{i}", 100, 1, 100));
        Assert.False(limiter.TryTake("t0", 1, 1, 100));
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(9, "9 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(10485.76, "10 KiB")]
    [InlineData(30251, "30 KiB")]
    [InlineData(4 << 20, "4.0 MiB")]
    [InlineData(1536 << 10, "1.5 MiB")]
    public void Bytes_are_printed_as_in_the_messages(double bytes, string text) => Assert.Equal(text, ByteText.Binary(bytes));
}
