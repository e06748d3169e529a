using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.Ring;

namespace Pyro.Tests.Unit.Ring;

public sealed class LifecyclerTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly HashRing _ring;

    public LifecyclerTests() => _ring = new HashRing(_time, new HashRingOptions());

    [Fact]
    public async Task Joins_with_tokens_and_takes_writes()
    {
        await using var lifecycler = Lifecycler("a");
        Assert.Null(lifecycler.State);
        await lifecycler.Join("host:1", default);
        Assert.Equal(MemberState.Active, lifecycler.State);
        var member = Assert.Single(_ring.Snapshot.Lookup(1, RingOperation.Write).Members);
        Assert.Equal("host:1", member.Address);
        Assert.Equal(128, member.Tokens.Count);
        Assert.Equal(1_800_000_000_000, member.Registered);
    }

    [Fact]
    public async Task Passes_through_pending_and_joining_and_settles_clashes()
    {
        await using var lifecycler = Lifecycler("b", o => o with { JoinAfter = TimeSpan.FromSeconds(1), ObservePeriod = TimeSpan.FromSeconds(10) });
        var join = lifecycler.Join("host:1", default);
        Assert.Equal(MemberState.Pending, Assert.Single(_ring.Snapshot.Members).State);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Until(() => lifecycler.State == MemberState.Joining);

        var mine = Assert.Single(_ring.Snapshot.Members).Tokens;
        _ring.Merge(RingState.Of(new RingMember("a", "host:2", MemberState.Active, "", [mine[3], mine[4]], 5)));
        Assert.Equal(126, _ring.Snapshot.TokensOf("b").Count);
        _time.Advance(TimeSpan.FromSeconds(10));
        await Until(() => _ring.Snapshot.TokensOf("b").Count == 128);
        Assert.Equal(MemberState.Joining, lifecycler.State);
        await Until(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return join.IsCompleted;
        });
        await join;
        Assert.Equal(MemberState.Active, lifecycler.State);
    }

    [Fact]
    public async Task Heartbeats_keep_it_healthy_and_bring_a_forgotten_entry_back()
    {
        await using var lifecycler = Lifecycler("a");
        await lifecycler.Join("host:1", default);
        for (var i = 0; i < 30; i++) await Beat();
        Assert.True(_ring.Snapshot.IsAlive("a"));

        _ring.Forget("a");
        Assert.Empty(_ring.Snapshot.Members);
        await Beat();
        var member = Assert.Single(_ring.Snapshot.Members);
        Assert.Equal(MemberState.Active, member.State);
        Assert.True(member.Registered > 1_800_000_000_000);
    }

    [Fact]
    public async Task Leaving_serves_reads_until_it_is_gone()
    {
        var lifecycler = Lifecycler("a");
        await lifecycler.Join("host:1", default);
        lifecycler.Leave();
        Assert.Single(_ring.Snapshot.All(RingOperation.Read).Members);
        Assert.Throws<RingException>(() => _ring.Snapshot.Lookup(1, RingOperation.Write));
        await Beat();
        Assert.Equal(MemberState.Leaving, Assert.Single(_ring.Snapshot.Members).State);
        await lifecycler.DisposeAsync();
        Assert.Empty(_ring.Snapshot.Members);
    }

    [Theory]
    [InlineData(MemberState.Leaving, 40, MemberState.Active)]
    [InlineData(MemberState.Leaving, 300, MemberState.Active)]
    [InlineData(MemberState.Joining, 128, MemberState.Active)]
    [InlineData(MemberState.Active, 128, MemberState.Active)]
    public async Task Takes_its_old_entry_over(MemberState state, int tokens, MemberState then)
    {
        var old = RingToken.Generate(tokens, [], new Random(5));
        _ring.Merge(RingState.Of(new RingMember("a", "old:1", state, "", old, 1_900_000_000_000, 77)));
        await using var lifecycler = Lifecycler("a");
        await lifecycler.Join("new:1", default);
        var member = Assert.Single(_ring.Snapshot.Members);
        Assert.Equal(then, member.State);
        Assert.Equal("new:1", member.Address);
        Assert.Equal(77, member.Registered);
        Assert.Equal(128, member.Tokens.Count);
        Assert.Equal(Math.Min(tokens, 128), member.Tokens.Intersect(old).Count());
    }

    [Fact]
    public async Task Takes_its_old_places_up_again()
    {
        var file = new TokensFile(new ForgettingDisk(1), "/tokens");
        Assert.Empty(await file.Load(default));
        IReadOnlyList<uint> first;
        await using (var lifecycler = new Lifecycler(_ring, new LifecyclerOptions { Id = "a" }, _time, new Random(1), file))
        {
            await lifecycler.Join("host:1", default);
            first = Assert.Single(_ring.Snapshot.Members).Tokens;
        }

        Assert.Equal(first, await file.Load(default));
        await using var again = new Lifecycler(_ring, new LifecyclerOptions { Id = "a" }, _time, new Random(2), file);
        await again.Join("host:2", default);
        Assert.Equal(first, Assert.Single(_ring.Snapshot.Members).Tokens);
        Assert.Equal(MemberState.Active, again.State);

        await using var larger = new Lifecycler(_ring, new LifecyclerOptions { Id = "b", TokenCount = 200 }, _time, new Random(3), file);
        await larger.Join("host:3", default);
        Assert.Equal(200, (await file.Load(default)).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"tokens":[-1]}""")]
    [InlineData("""{"tokens":["a"]}""")]
    [InlineData("""{"tokens":[4294967296]}""")]
    public async Task A_tokens_file_with_something_else_in_it_is_an_error(string content)
    {
        var disk = new ForgettingDisk(1);
        await disk.Replace("/tokens", Encoding.UTF8.GetBytes(content), default);
        await Assert.ThrowsAsync<InvalidDataException>(() => new TokensFile(disk, "/tokens").Load(default));
    }

    private Lifecycler Lifecycler(string id, Func<LifecyclerOptions, LifecyclerOptions>? change = null)
    {
        var options = new LifecyclerOptions { Id = id };
        return new Lifecycler(_ring, change?.Invoke(options) ?? options, _time, new Random(1));
    }

    private async Task Beat()
    {
        var before = _ring.State.Entries.Single().Heartbeat;
        _time.Advance(TimeSpan.FromSeconds(5));
        await Until(() => _ring.State.Entries.Single().Heartbeat > before);
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++) await Task.Delay(5);
        Assert.True(condition());
    }
}
