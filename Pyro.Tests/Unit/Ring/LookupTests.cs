using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Pyro.Ring;

namespace Pyro.Tests.Unit.Ring;

public sealed class LookupTests
{
    private static readonly Gen<RingMember[]> AnyMembers =
        (from state in Gen.Frequency((6, Gen.Const(MemberState.Active)), (1, Gen.Enum<MemberState>()))
         from zone in Gen.Int[1, 3]
         from tokens in Gen.UInt[0, 60].Array[1, 5]
         select (state, zone: "z" + zone, tokens: tokens.Distinct().Order().ToArray()))
        .Array[1, 6]
        .Select(all => all.Select((m, i) => new RingMember($"i{i}", $"host:{i}", m.state, m.zone, m.tokens, 100)).ToArray());

    [Fact]
    public void Lookup_finds_what_a_plain_walk_finds()
    {
        Gen.Select(AnyMembers, Gen.UInt[0, 70], Gen.Int[1, 3], Gen.Bool, Gen.Enum<RingOperation>()).Sample((members, token, factor, zones, operation) =>
        {
            var snapshot = Ring(members, factor, zones).Snapshot;
            var expected = Walk(members.Where(m => m.State != MemberState.Left).ToList(), token, factor, zones, operation);
            string actual;
            try
            {
                var set = snapshot.Lookup(token, operation);
                actual = string.Join(",", set.Members.Select(m => m.Id)) + "/" + set.MaxErrors;
                Assert.Same(set, snapshot.Lookup(token, operation));
            }
            catch (RingException e)
            {
                actual = e.Message.Split(',')[0];
            }

            Assert.Equal(expected, actual);
        });
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 2, 0)]
    [InlineData(3, 2, 1)]
    [InlineData(5, 3, 2)]
    public void Quorum_numbers(int factor, int successes, int tolerated)
    {
        var members = Enumerable.Range(0, 7).Select(i => Member(i, MemberState.Active, (uint)i * 100)).ToArray();
        var set = Ring(members, factor).Snapshot.Lookup(50, RingOperation.Write);
        Assert.Equal(factor, set.Members.Count);
        Assert.Equal(tolerated, set.MaxErrors);
        Assert.Equal(successes, set.Members.Count - set.MaxErrors);
    }

    [Fact]
    public void A_token_belongs_to_the_next_strictly_greater_one_and_wraps()
    {
        var snapshot = Ring([Member(0, MemberState.Active, 10), Member(1, MemberState.Active, 20)], 1).Snapshot;
        Assert.Equal("i1", snapshot.Lookup(10, RingOperation.Write).Members[0].Id);
        Assert.Equal("i0", snapshot.Lookup(9, RingOperation.Write).Members[0].Id);
        Assert.Equal("i0", snapshot.Lookup(20, RingOperation.Write).Members[0].Id);
        Assert.Equal("i0", snapshot.Lookup(uint.MaxValue, RingOperation.Write).Members[0].Id);
    }

    [Fact]
    public void Too_few_members_is_an_error_that_says_how_many()
    {
        var e = Assert.Throws<RingException>(() => Ring([Member(0, MemberState.Active, 10)], 3).Snapshot.Lookup(1, RingOperation.Write));
        Assert.Equal("at least 2 live replicas required, could only find 1", e.Message);
        e = Assert.Throws<RingException>(() => Ring([], 1).Snapshot.Lookup(1, RingOperation.Write));
        Assert.Equal("empty ring", e.Message);
    }

    [Fact]
    public void Health_is_judged_by_the_arrival_of_a_changed_heartbeat_here()
    {
        var time = new FakeTimeProvider();
        var ring = new HashRing(time, new HashRingOptions { HeartbeatTimeout = TimeSpan.FromSeconds(60) });
        var member = Member(0, MemberState.Active, 10) with { Heartbeat = 5 };
        ring.Merge(RingState.Of(member));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.True(ring.Snapshot.IsAlive("i0"));

        ring.Merge(RingState.Of(member with { Address = "moved:1" }));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(ring.Snapshot.IsAlive("i0"));
        var e = Assert.Throws<RingException>(() => ring.Snapshot.Lookup(1, RingOperation.Write));
        Assert.EndsWith("unhealthy instances: moved:1", e.Message, StringComparison.Ordinal);

        ring.Merge(RingState.Of(member with { Heartbeat = 6 }));
        Assert.True(ring.Snapshot.IsAlive("i0"));
    }

    [Fact]
    public void A_static_member_is_alive_without_heartbeats_and_stays()
    {
        var time = new FakeTimeProvider();
        var ring = new HashRing(time, new HashRingOptions { StaticMembers = [Member(0, MemberState.Active, 10)] });
        ring.Merge(RingState.Of(Member(1, MemberState.Active, 20)));
        Assert.False(ring.Forget("i0"));
        Assert.True(ring.Forget("i1"));
        time.Advance(TimeSpan.FromDays(1000));
        Assert.Equal("i0", Assert.Single(ring.Snapshot.Lookup(15, RingOperation.Write).Members).Id);
        Assert.Equal("i0", Assert.Single(ring.Snapshot.All(RingOperation.Read).Members).Id);
    }

    [Fact]
    public void Without_a_timeout_of_heartbeats_nobody_becomes_unhealthy()
    {
        var time = new FakeTimeProvider();
        var ring = new HashRing(time, new HashRingOptions { HeartbeatTimeout = TimeSpan.Zero });
        ring.Merge(RingState.Of(Member(0, MemberState.Active, 10)));
        time.Advance(TimeSpan.FromDays(1000));
        Assert.True(ring.Snapshot.IsAlive("i0"));
    }

    [Fact]
    public void A_snapshot_stays_as_it_is()
    {
        var time = new FakeTimeProvider();
        var ring = new HashRing(time, new HashRingOptions());
        ring.Merge(RingState.Of(Member(0, MemberState.Active, 10)));
        var before = ring.Snapshot;
        Assert.Same(before, ring.Snapshot);
        ring.Merge(RingState.Of(Member(1, MemberState.Active, 20)));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("i0", Assert.Single(before.Lookup(15, RingOperation.Write).Members).Id);
        Assert.Equal(2, ring.Snapshot.Members.Count);
    }

    [Theory]
    [InlineData(3, 3, 0, 1)]
    [InlineData(3, 3, 1, 0)]
    [InlineData(3, 3, 2, -1)]
    [InlineData(1, 3, 0, 0)]
    [InlineData(1, 3, 1, -1)]
    [InlineData(3, 1, 0, -1)]
    [InlineData(3, 2, 0, 0)]
    public void All_members_tolerates_as_many_as_leave_every_series_a_quorum(int factor, int members, int bad, int maxErrors)
    {
        var all = Enumerable.Range(0, members).Select(i => Member(i, i < bad ? MemberState.Pending : MemberState.Active, (uint)i)).ToArray();
        var snapshot = Ring(all, factor).Snapshot;
        if (maxErrors < 0)
        {
            Assert.Throws<RingException>(() => snapshot.All(RingOperation.Read));
        }
        else
        {
            var set = snapshot.All(RingOperation.Read);
            Assert.Equal(members - bad, set.Members.Count);
            Assert.Equal(maxErrors, set.MaxErrors);
        }
    }

    [Fact]
    public void All_members_by_zone_leaves_out_a_zone_with_a_bad_member()
    {
        RingMember[] members =
        [
            Member(0, MemberState.Active, 1) with { Zone = "a" }, Member(1, MemberState.Pending, 2) with { Zone = "a" },
            Member(2, MemberState.Active, 3) with { Zone = "b" }, Member(3, MemberState.Leaving, 4) with { Zone = "c" },
        ];
        var set = Ring(members, 3, zones: true).Snapshot.All(RingOperation.Read);
        Assert.Equal(["i2", "i3"], set.Members.Select(m => m.Id));
        Assert.Equal(0, set.MaxUnavailableZones);
        Assert.Throws<RingException>(() => Ring(members, 3, zones: true).Snapshot.All(RingOperation.Write));
    }

    [Fact]
    public void The_position_of_a_series_is_FNV_1()
    {
        Assert.Equal(0x811c9dc5u, RingToken.Of("", []));
        Assert.Equal(0x050c5d7eu, RingToken.Of("a", []));
        Assert.Equal(0x31f0b262u, RingToken.Of("foo", "bar"u8));
    }

    [Fact]
    public void Tokens_are_sorted_distinct_and_not_taken()
    {
        var tokens = RingToken.Generate(500, [1, 2, 3], new Random(1));
        Assert.Equal(500, tokens.Distinct().Count());
        Assert.Equal(tokens.Order(), tokens);
        Assert.Equal(tokens, RingToken.Generate(500, [1, 2, 3], new Random(1)));
    }

    private static RingMember Member(int i, MemberState state, params uint[] tokens) => new($"i{i}", $"host:{i}", state, "", tokens, 100);

    private static HashRing Ring(RingMember[] members, int factor, bool zones = false)
    {
        var ring = new HashRing(new FakeTimeProvider(DateTimeOffset.UnixEpoch), new HashRingOptions { ReplicationFactor = factor, ZoneAwareness = zones });
        ring.Merge(RingState.Of(members));
        return ring;
    }

    private static string Walk(List<RingMember> members, uint token, int factor, bool zoneAware, RingOperation operation)
    {
        var owners = new SortedDictionary<uint, RingMember>();
        foreach (var member in members.OrderBy(m => m.State == MemberState.Leaving).ThenBy(m => m.Id, StringComparer.Ordinal))
        {
            foreach (var t in member.Tokens) owners.TryAdd(t, member);
        }

        if (owners.Count == 0) return "empty ring";
        var wanted = factor;
        var found = new List<RingMember>();
        var zones = new HashSet<string>();
        foreach (var owner in owners.Where(o => o.Key > token).Concat(owners.Where(o => o.Key <= token)).Select(o => o.Value))
        {
            if (found.Count >= wanted) break;
            if (found.Contains(owner) || (zoneAware && zones.Contains(owner.Zone))) continue;
            found.Add(owner);
            if (Fit(owner)) zones.Add(owner.Zone);
            else wanted++;
        }

        var need = (Math.Max(factor, found.Count) / 2) + 1;
        var fit = found.Where(Fit).ToList();
        return fit.Count < need
            ? $"at least {need} live replicas required"
            : string.Join(",", fit.Select(m => m.Id)) + "/" + (fit.Count - need);

        bool Fit(RingMember m) => m.State == MemberState.Active || (operation == RingOperation.Read && m.State == MemberState.Leaving);
    }
}
