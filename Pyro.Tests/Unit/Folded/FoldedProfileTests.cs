using System.Text;
using Pyro.Profiles.Folded;
using Pyro.Profiles.Pprof;

namespace Pyro.Tests.Unit.Folded;

public class FoldedProfileTests
{
    private static string[] Stacks(PprofProfile p)
    {
        new Normalisation().Normalise(p, DateTimeOffset.UnixEpoch.AddSeconds(1));
        string Stack(int s) => string.Join(';', p.Stack(s).ToArray().Reverse().Select(l => p.StringText(p.FunctionName[p.LineFunction[p.LocationLineStart[l]]])));
        return [.. Enumerable.Range(0, p.SampleCount).Select(s => $"{Stack(s)} {p.Values(s)[0]}").Order(StringComparer.Ordinal)];
    }

    private static string[] Groups(string text, FoldedType? type = null)
    {
        var profile = new PprofProfile();
        new FoldedProfile().ReadGroups(Encoding.UTF8.GetBytes(text), type ?? FoldedType.Counted("samples", "count"), profile);
        return Stacks(profile);
    }

    [Fact]
    public void Groups_are_read_as_recorded() => Assert.Equal(
        ["  lead;x 20000000", " x 10000000", "; 20000000", "a;b  40000000", "a;b 60000000", "спам;яйца 70000000"],
        Groups("a;b 1\n\n  lead;x 2\ntab\t3\na;b 5\nспам;яйца 7\n;; 2\n x 1\na;b  4\n", FoldedType.Ticks("cpu", 100)));

    [Fact]
    public void A_count_that_is_none_fails_the_body()
    {
        Assert.Throws<FoldedFormatException>(() => Groups("a;b 1\nno count\n"));
        Assert.Throws<FoldedFormatException>(() => Groups("a 1e3"));
        Assert.Throws<FoldedFormatException>(() => Groups("a "));
        Assert.Throws<FoldedFormatException>(() => Groups("a 99999999999999999999"));
        Assert.Throws<FoldedFormatException>(() => Groups("a 9223372036854775807", FoldedType.Ticks("cpu", 1)));
        Assert.Equal(["a 3"], Groups("a +3\r\nb -3"));
    }

    [Fact]
    public void Every_line_counts_one()
    {
        var profile = new PprofProfile();
        new FoldedProfile().ReadLines("a;b\na;b\na;c\n\nd\n"u8, FoldedType.Ticks("cpu", 97), profile);
        Assert.Equal(["a;b 20618556", "a;c 10309278", "d 10309278"], Stacks(profile));
        Assert.Equal("cpu", profile.StringText(profile.TypeName[0]));
        Assert.Equal("nanoseconds", profile.StringText(profile.PeriodUnit));
    }

    [Fact]
    public void A_rate_of_zero_leaves_plain_samples() => Assert.Equal(FoldedType.Counted("samples", "count"), FoldedType.Ticks("wall", 0));

    [Fact]
    public void One_reader_reads_many_bodies()
    {
        var reader = new FoldedProfile();
        var profile = new PprofProfile();
        for (int round = 0; round < 3; round++)
        {
            string body = string.Concat(Enumerable.Range(0, 1000).Select(i => $"root{round};f{i % 700} {i}\n"));
            reader.ReadGroups(Encoding.UTF8.GetBytes(body), FoldedType.Counted("samples", "count"), profile);
            Assert.Equal(701, profile.LocationCount);
            Assert.Equal(700, Stacks(profile).Length);
        }
    }

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        var reader = new FoldedProfile();
        var profile = new PprofProfile();
        Fuzz.Run("folded stacks", [.. new[] { "a;b 1\na;c 2\n", ";; 1\n 2\nx;y;z +5\r\n", "x\ny;z\n" }.Select(Encoding.UTF8.GetBytes)], bytes =>
        {
            reader.ReadLines(bytes, FoldedType.Ticks("cpu", 100), profile);
            Stacks(profile);
            try
            {
                reader.ReadGroups(bytes, FoldedType.Ticks("cpu", 100), profile);
            }
            catch (FoldedFormatException)
            {
                return;
            }

            Stacks(profile);
        });
    }
}
