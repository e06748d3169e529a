using Pyro.Api.Pprof;
using Pyro.Query.Querier;

namespace Pyro.Tests.Unit.Query;

/// <summary>Tables of stacks: merging by content, cutting, and what Go's profile-guided optimisation wants.</summary>
public class StackTests
{
    [Fact]
    public void Equal_stacks_of_different_tables_meet()
    {
        var table = new StackTable();
        table.Add(Of("main;a 1", "main;a;b 3"));
        table.Add(Of("x 5", "main;a;b 4"));
        Assert.Equal(["main;a 1", "main;a;b 7", "x 5"], Lines(table));
        var profile = table.ToProfile();
        Assert.Equal(4, profile.Function.Count);
        Assert.Single(profile.Mapping);
        Assert.Equal("", profile.StringTable[0]);
    }

    [Fact]
    public void What_adds_up_to_nothing_is_gone()
    {
        var table = new StackTable();
        table.Add(Of("a;b 1"));
        table.Add(Of("a;b -1"));
        Assert.True(table.IsEmpty);
        Assert.Empty(table.ToProfile().Location);
    }

    [Theory]
    [InlineData(1, "f 1", "f;f;other 9", "f;g;other 3", "other 2")]
    [InlineData(4, "f 1", "f;f;f;f 5", "f;f;g 4", "f;g;other 3", "other 2")]
    [InlineData(8, "f 1", "f;f;f;f 5", "f;f;g 4", "f;g;f 3", "g;f;f 2")]
    [InlineData(0, "f 1", "f;f;f;f 5", "f;f;g 4", "f;g;f 3", "g;f;f 2")]
    [InlineData(-1, "f 1", "f;f;f;f 5", "f;f;g 4", "f;g;f 3", "g;f;f 2")]
    public void A_cut_keeps_one_frame_more_than_is_large(long maxNodes, params string[] expected)
    {
        var table = new StackTable();
        table.Add(Of("f 1", "f;f;f;f 5", "f;f;g 4", "f;g;f 3", "g;f;f 2"));
        StackCut.Cut(table, maxNodes);
        Assert.Equal(expected, Lines(table));
    }

    [Fact]
    public void A_cut_keeps_locations_whole()
    {
        // "a+b" is one location: b inlined into a.
        var table = new StackTable();
        table.Add(Of("main;a+b 1", "main;a+b;c 5", "main;z 20"));
        StackCut.Cut(table, 2);
        Assert.Equal(["main;a+b 1", "main;a+b;other 5", "main;z 20"], Lines(table));
    }

    [Fact]
    public void A_cut_keeps_the_sum()
    {
        var random = new Random(11);
        for (var round = 0; round < 100; round++)
        {
            var table = new StackTable();
            var lines = Enumerable.Range(0, 40).Select(_ => string.Join(';', Enumerable.Range(0, random.Next(1, 6)).Select(_ => "abcd"[random.Next(4)])) + $" {random.Next(1, 50)}");
            table.Add(Of([.. lines]));
            var before = Lines(table).Sum(l => long.Parse(l.Split(' ')[1]));
            StackCut.Cut(table, random.Next(1, 60));
            Assert.Equal(before, Lines(table).Sum(l => long.Parse(l.Split(' ')[1])));
        }
    }

    [Fact]
    public void Optimisation_keeps_frames_next_to_the_leaf()
    {
        var table = new StackTable();
        table.Add(Of("main;a:1;b:2 1", "x;a:1;b:2 4", "main;a:1;b:3 2", "main;c 8"));
        GoPgoStacks.Reduce(table, 2, aggregateCallees: false);
        Assert.Equal(["a:1;b:2 5", "a:1;b:3 2", "main;c 8"], Lines(table));
    }

    [Fact]
    public void Aggregating_drops_the_line_of_every_location_that_is_a_leaf_somewhere()
    {
        var table = new StackTable();
        table.Add(Of("main;a:1;b:2 1", "main;a:1;b:3 2", "main;a:1 4", "main;a:7;b:2 8"));
        GoPgoStacks.Reduce(table, 0, aggregateCallees: true);
        Assert.Equal(["main;a 4", "main;a:7;b 8", "main;a;b 3"], Lines(table));
    }

    [Fact]
    public void References_that_lead_nowhere_are_refused()
    {
        foreach (var spoil in new Action<Profile>[]
        {
            p => p.Sample[0].LocationId.Add(99),
            p => p.Location[0].MappingId = 99,
            p => p.Location[0].Line[0].FunctionId = 99,
            p => p.Function[0].Name = 99,
            p => p.Function[0].Name = -1,
        })
        {
            var profile = Of("a;b 1");
            spoil(profile);
            Assert.Throws<InvalidDataException>(() => new StackTable().Add(profile));
        }
    }

    /// <summary>A profile of lines <c>root;…;leaf value</c>; a frame is <c>function:line</c>, inlined ones are joined by <c>+</c>.</summary>
    private static Profile Of(params string[] lines)
    {
        var profile = new Profile { StringTable = { "", "/bin/app" }, Mapping = { new Mapping { Id = 7, Filename = 1 } } };
        foreach (var line in lines)
        {
            var (stack, value) = (line[..line.LastIndexOf(' ')], long.Parse(line[(line.LastIndexOf(' ') + 1)..]));
            var sample = new Sample { Value = { value, 1000 } };
            foreach (var frame in stack.Split(';').Reverse())
            {
                var location = new Location { Id = (ulong)profile.Location.Count + 50, MappingId = 7 };
                foreach (var call in frame.Split('+').Reverse())
                {
                    var parts = call.Split(':');
                    profile.StringTable.Add(parts[0]);
                    profile.Function.Add(new Function { Id = (ulong)profile.Function.Count + 9, Name = profile.StringTable.Count - 1 });
                    location.Line.Add(new Line { FunctionId = profile.Function[^1].Id, Line_ = parts.Length > 1 ? long.Parse(parts[1]) : 0 });
                }

                profile.Location.Add(location);
                sample.LocationId.Add(location.Id);
            }

            profile.Sample.Add(sample);
        }

        return profile;
    }

    private static List<string> Lines(StackTable table)
    {
        var profile = table.ToProfile();
        var functions = profile.Function.ToDictionary(f => f.Id, f => profile.StringTable[(int)f.Name]);
        var locations = profile.Location.ToDictionary(l => l.Id, l => string.Join('+', l.Line.Reverse().Select(x =>
            functions[x.FunctionId] + (x.Line_ == 0 ? "" : $":{x.Line_}"))));
        return [.. profile.Sample.Select(s => $"{string.Join(';', s.LocationId.Reverse().Select(id => locations[id]))} {s.Value[0]}").Order(StringComparer.Ordinal)];
    }
}
