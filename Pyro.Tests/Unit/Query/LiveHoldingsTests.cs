using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Meta;
using Pyro.Query.Querier;
using Pyro.Ring;

namespace Pyro.Tests.Unit.Query;

/// <summary>Which of all that is held answers, while blocks are merged and split.</summary>
public class LiveHoldingsTests
{
    [Fact]
    public void A_merged_block_stands_for_what_it_was_made_of() =>
        Assert.Equal("ab c", Chosen([Head("a"), Head("b"), Head("c"), Merged("ab", 2, "ab")]));

    [Fact]
    public void A_whole_split_stands_for_what_it_was_made_of() =>
        Assert.Equal("ab1 ab2", Chosen([Head("a"), Head("b"), Part("ab1", 3, "ab", 0), Part("ab2", 3, "ab", 1)]));

    [Fact]
    public void A_split_that_lacks_a_part_is_left_out_while_its_sources_are_there() =>
        Assert.Equal("a b", Chosen([Head("a"), Head("b"), Part("ab2", 3, "ab", 1)]));

    [Fact]
    public void A_split_that_lacks_a_part_answers_when_its_sources_are_gone() =>
        Assert.Equal("ab2 c", Chosen([Head("c"), Part("ab2", 3, "ab", 1)]));

    [Fact]
    public void First_parts_wait_while_all_their_sources_are_there() =>
        Assert.Equal("a b", Chosen([Head("a"), Head("b"), Part("ab1", 2, "ab", 0), Part("ab2", 2, "ab", 1)]));

    [Fact]
    public void First_parts_answer_when_a_source_is_gone() =>
        Assert.Equal("ab1 ab2", Chosen([Head("a"), Part("ab1", 2, "ab", 0), Part("ab2", 2, "ab", 1)]));

    [Fact]
    public void A_merged_part_does_not_stand_for_other_parts() =>
        Assert.Equal("abcd2 ab1 cd1", Chosen(
            [Part("ab1", 2, "ab", 0), Part("ab2", 2, "ab", 1), Part("cd1", 2, "cd", 0), Part("cd2", 2, "cd", 1), Part("abcd2", 3, "abcd", 1)]));

    [Fact]
    public void Parts_of_which_some_are_merged_further_are_a_whole_split_all_the_same() =>
        Assert.Equal("abcd2 ab1 cd1", Chosen(
            [Head("a"), Head("c"), Part("ab1", 3, "ab", 0), Part("cd1", 3, "cd", 0), Part("abcd2", 4, "abcd", 1)]));

    [Fact]
    public void A_block_of_the_bucket_must_be_held_or_wholly_succeeded()
    {
        BlockMeta[] bucket = [Meta("a")];
        Assert.Equal("a", Chosen([Head("a")], bucket));
        Assert.Equal("ab", Chosen([Merged("ab", 2, "ab")], bucket));
        Assert.Equal("ab1 ab2", Chosen([Part("ab1", 3, "ab", 0), Part("ab2", 3, "ab", 1)], bucket));
        Assert.Equal(StatusCode.Unavailable, Assert.Throws<RpcException>(() => Chosen([Head("b")], bucket)).StatusCode);
        Assert.Equal(StatusCode.Unavailable, Assert.Throws<RpcException>(() => Chosen([Part("ab1", 3, "ab", 0)], bucket)).StatusCode);
    }

    // In the order given, but the merged one first, as the highest level is looked for.
    private static string Chosen(IEnumerable<Described> held, IReadOnlyList<BlockMeta>? bucket = null)
    {
        var all = held.ToList();
        var chosen = LiveHoldings.Choose(all, bucket ?? []).ToHashSet();
        return string.Join(' ', all.Where(chosen.Contains).OrderByDescending(static d => d.Holding.Level).Select(static d => d.Holder.Id));
    }

    private static Described Head(string name) => Held(name, 1, name, null);

    private static Described Merged(string name, uint level, string sources) => Held(name, level, sources, null);

    private static Described Part(string name, uint level, string sources, ulong part) => Held(name, level, sources, new Shard { Index = part, Count = 2 });

    private static Described Held(string name, uint level, string sources, Shard? shard)
    {
        var holding = new Holding { Ulid = Name(name), Level = level, Sources = { sources.Select(static c => Name($"{c}")) } };
        if (shard is not null) holding.Shard = shard;
        return new Described(new RingMember(name, name, MemberState.Active, "", [], 0), holding);
    }

    private static BlockMeta Meta(string name)
    {
        var id = new Ulid(Name(name).Span);
        return new BlockMeta { Id = id, MinTime = 0, MaxTime = 1, Compaction = new BlockCompaction { Level = 1, Sources = [id] } };
    }

    private static ByteString Name(string name) => ByteString.CopyFrom([.. name.PadRight(16, '_').Select(static c => (byte)c)]);
}
