using Pyro.Profiles.Times;

namespace Pyro.Tests.Unit.Times;

public class LooseTimeTests
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_795_132_800_123);

    [Theory]
    [InlineData("", 0)]
    [InlineData("now", 0)]
    [InlineData("whatever", 0)]
    [InlineData("1795132800.5", 0)]
    [InlineData("now-1h", -Hour)]
    [InlineData("-1h", -Hour)]
    [InlineData("now+1d", Day)]
    [InlineData("now - 5 min", -5 * Minute)]
    [InlineData("now-5m", -5 * Minute)]
    [InlineData("now-5s", -5_000)]
    [InlineData("now-1seconds", -1_000)]
    [InlineData("now-2mon", -60 * Day)]
    [InlineData("now-2M", -60 * Day)]
    [InlineData("now-1w", -7 * Day)]
    [InlineData("now-1y", -365 * Day)]
    [InlineData("now-1h30m", -Hour - (30 * Minute))]
    [InlineData("now-1_000s", -1_000_000)]
    [InlineData("now-5q", 0)]
    [InlineData("now-", 0)]
    [InlineData("now-h", 0)]
    public void Offsets_are_relative_to_now(string text, long offset) =>
        Assert.Equal(Now.ToUnixTimeMilliseconds() + offset, LooseTime.Millis(text, Now));

    [Theory]
    [InlineData("1795132800", 1_795_132_800_000)]
    [InlineData("1_795_132_800", 1_795_132_800_000)]
    [InlineData("1795132800000", 1_795_132_800_000)]
    [InlineData("1795132800000001", 1_795_132_800_000)]
    [InlineData("1795132800000000001", 1_795_132_800_000)]
    [InlineData("20261120", 1_795_132_800_000)]
    [InlineData("99999999", 99_999_999_000)]
    [InlineData("0", 0)]
    [InlineData("1", 1_000)]
    public void Digits_are_a_day_or_unix_time(string text, long millis) => Assert.Equal(millis, LooseTime.Millis(text, Now));

    [Fact]
    public void No_text_is_refused() => Fuzz.RunText(
        "loose time", ["now-1h", "20261120", "1795132800000", "now+99999999999999999999y5mon", "-1h+2d"], text => LooseTime.Millis(text, Now));

    [Theory]
    [InlineData("1795132810", 1_795_132_810_000_000_000)]
    [InlineData("1795132810123", 1_795_132_810_123_000_000)]
    [InlineData("1795132810123456", 1_795_132_810_123_456_000)]
    [InlineData("1795132810123456789", 1_795_132_810_123_456_789)]
    [InlineData("1_795 132,810", 1_795_132_810_000_000_000)]
    [InlineData("20260230", 1_772_409_600_000_000_000)]
    [InlineData("9999999999999", long.MaxValue)]
    [InlineData("99991231", long.MaxValue)]
    [InlineData("now-99999999999y", 0)]
    [InlineData("now+99999999999999999999y", long.MaxValue)]
    public void Times_are_exact_to_the_nanosecond_and_stay_in_range(string text, long nanos) => Assert.Equal(nanos, LooseTime.Nanos(text, Now));

    [Fact]
    public void Digits_that_are_no_number_mean_now() =>
        Assert.Equal(Now.ToUnixTimeMilliseconds(), LooseTime.Millis("99999999999999999999", Now));
}
