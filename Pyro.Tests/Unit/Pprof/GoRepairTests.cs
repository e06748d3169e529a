using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;

namespace Pyro.Tests.Unit.Pprof;

public class GoRepairTests
{
    private static PprofProfile Profile(string type, params (string Stack, long Value)[] samples)
    {
        var p = new PprofProfile();
        new Pyro.Profiles.Folded.FoldedProfile().ReadGroups(
            System.Text.Encoding.UTF8.GetBytes(string.Concat(samples.Select(s => $"{s.Stack} {s.Value}\n"))), Pyro.Profiles.Folded.FoldedType.Counted(type, "count"), p);
        return p;
    }

    private static string[] Stacks(PprofProfile p)
    {
        new Normalisation().Normalise(p, DateTimeOffset.UnixEpoch.AddSeconds(1));
        string Stack(int s) => string.Join(';', p.Stack(s).ToArray().Reverse().Select(l => p.StringText(p.FunctionName[p.LineFunction[p.LocationLineStart[l]]])));
        return [.. Enumerable.Range(0, p.SampleCount).Select(s => $"{Stack(s)} {p.Values(s)[0]}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Type_parameters_are_cut_out_and_equal_functions_joined()
    {
        PprofProfile p = Profile(
            "cpu", ("main;Map[go.shape.int,go.shape.[]string]", 1), ("main;Map[go.shape.string_0]", 2), ("main;(*T[go.shape.int]).M[go.shape.int]", 4),
            ("main;open[go.shape.int", 8), ("main;Slice[int]", 16));
        Assert.True(GoTypeParameters.Remove(p));
        Assert.Equal(["main;(*T).M 4", "main;Map 3", "main;Slice[int] 16", "main;open[go.shape.int 8"], Stacks(p));
        Assert.False(GoTypeParameters.Remove(p));
    }

    private static string Frames(int from, int to) => string.Join(';', Enumerable.Range(from, to - from).Select(i => "f" + i));

    [Fact]
    public void Missing_roots_are_taken_from_stacks_that_reach_further_out()
    {
        // Frames f0 (root) to f47. The second stack lost its four outermost frames, the third four more.
        PprofProfile p = Profile("inuse_space", (Frames(0, 28), 1), (Frames(4, 32), 2), (Frames(8, 40), 4), ("a;b", 8));
        Assert.True(GoTruncatedStacks.Repair(p));
        Assert.Equal(["a;b 8", $"{Frames(0, 28)} 1", $"{Frames(0, 32)} 2", $"{Frames(0, 40)} 4"], Stacks(p));
    }

    [Fact]
    public void Profiles_without_signs_of_truncation_are_left_alone()
    {
        Assert.False(GoTruncatedStacks.Repair(Profile("inuse_space", (Frames(0, 27), 1), (Frames(4, 30), 2))));
        Assert.False(GoTruncatedStacks.Repair(Profile("inuse_space", (Frames(0, 28), 1), (Frames(4, 37), 2))));
        Assert.False(GoTruncatedStacks.Repair(Profile("cpu", (Frames(0, 28), 1), (Frames(4, 32), 2))));
        Assert.True(GoTruncatedStacks.Repair(Profile("cpu", (Frames(0, 28), 1), (Frames(4, 64), 2))));
    }

    [Fact]
    public void Recursion_does_not_grow_stacks_without_end()
    {
        // Ten functions in turn: each of the two stacks holds the outermost frames of the other.
        string cycle(int from) => string.Join(';', Enumerable.Range(from, 30).Select(i => "f" + (i % 10)));
        Assert.False(GoTruncatedStacks.Repair(Profile("inuse_space", (cycle(0), 1), (cycle(5), 1))));
    }

    [Theory]
    [InlineData("go", "pyspy", "main.go")]
    [InlineData("python", "pyspy", "main.go", "pyroscope_spy")]
    [InlineData("java", "", "java/lang/Thread")]
    [InlineData("ruby", "", "x/app.rb")]
    [InlineData("dotnet", "", "System.Threading.Thread")]
    [InlineData("rust", "", "src/main.rs")]
    [InlineData("unknown", "", "libc.so")]
    public void Languages_are_told_by_spy_or_strings(string language, string spy, string text, string label = "other") =>
        Assert.Equal(language, Language.Detect(Profile("cpu", (text, 1)), [new Label(label, spy)]));
}
