using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Pyro.Ring;

namespace Pyro.Tests.Unit.Ring;

public sealed class RingStateTests
{
    private static readonly Gen<RingMember> AnyMember =
        from id in Gen.Char['a', 'd']
        from address in Gen.Int[1, 2]
        from state in Gen.Enum<MemberState>()
        from zone in Gen.Int[0, 1]
        from tokens in Gen.UInt[0, 5].Array[0, 3]
        from heartbeat in Gen.Long[0, 3]
        from registered in Gen.Long[0, 1]
        select new RingMember(id.ToString(), $"host:{address}", state, zone == 0 ? "" : "z", [.. tokens.Distinct().Order()], heartbeat, registered);

    private static readonly Gen<RingState> AnyState = AnyMember.Array[0, 6].Select(members => RingState.Of(members));

    [Fact]
    public void Merging_is_commutative() =>
        Gen.Select(AnyState, AnyState).Sample((a, b) => Same(a.Merge(b), b.Merge(a)));

    [Fact]
    public void Merging_is_associative() =>
        Gen.Select(AnyState, AnyState, AnyState).Sample((a, b, c) => Same(a.Merge(b).Merge(c), a.Merge(b.Merge(c))));

    [Fact]
    public void Merging_is_idempotent() =>
        Gen.Select(AnyState, AnyState).Sample((a, b) => ReferenceEquals(a.Merge(a), a) && Same(a.Merge(b).Merge(b), a.Merge(b)));

    [Fact]
    public void The_later_heartbeat_wins_whatever_the_state()
    {
        var active = new RingMember("a", "h:1", MemberState.Active, "", [1, 2], 10);
        var older = active with { State = MemberState.Left, Tokens = [], Heartbeat = 9 };
        Assert.Equal(active, Assert.Single(RingState.Of(older).Merge(RingState.Of(active)).Entries));
    }

    [Fact]
    public void At_one_heartbeat_a_tombstone_wins_and_has_no_tokens()
    {
        var active = new RingMember("a", "h:1", MemberState.Active, "", [1, 2], 10);
        var gone = active with { State = MemberState.Left };
        var entry = Assert.Single(RingState.Of(gone).Merge(RingState.Of(active)).Entries);
        Assert.Equal(MemberState.Left, entry.State);
        Assert.Empty(entry.Tokens);
    }

    [Fact]
    public void A_forgotten_member_stays_forgotten_until_its_tombstone_is_old_and_may_come_back()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_000_000));
        var ring = new HashRing(time, new HashRingOptions());
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var member = new RingMember("a", "h:1", MemberState.Active, "", [7], now);
        ring.Merge(RingState.Of(member));
        Assert.True(ring.Forget("a"));
        Assert.False(ring.Forget("a"));
        Assert.False(ring.Merge(RingState.Of(member)));
        Assert.Empty(ring.Snapshot.Members);

        time.Advance(TimeSpan.FromMinutes(6));
        ring.Merge(RingState.Of(member with { Id = "b" }));
        Assert.DoesNotContain(ring.State.Entries, e => e.Id == "a");
        Assert.True(ring.Merge(RingState.Of(member with { Heartbeat = now + 360_000 })));
        Assert.Equal(["a", "b"], ring.Snapshot.Members.Select(m => m.Id));
    }

    [Fact]
    public void A_token_that_two_claim_goes_to_the_same_one_everywhere()
    {
        Gen.Select(AnyState, Gen.Int[0, 1000]).Sample((state, seed) =>
        {
            var (one, two) = (Ring(), Ring());
            one.Merge(state);
            var shuffled = state.Entries.ToArray();
            new Random(seed).Shuffle(shuffled);
            foreach (var entry in shuffled) two.Merge(RingState.Of(entry));
            return state.Entries.All(e => one.Snapshot.TokensOf(e.Id).SequenceEqual(two.Snapshot.TokensOf(e.Id)));
        });

        static HashRing Ring() => new(new FakeTimeProvider(DateTimeOffset.UnixEpoch), new HashRingOptions());
    }

    private static bool Same(RingState a, RingState b) =>
        a.Entries.Count == b.Entries.Count
        && a.Entries.All(e => b.TryGet(e.Id, out var other) && RingMember.CompareEntries(e, other) == 0);
}
