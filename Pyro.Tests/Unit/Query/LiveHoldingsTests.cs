using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Blocks;
using Pyro.Blocks.Meta;
using Pyro.Query.Querier;
using Pyro.Ring;

namespace Pyro.Tests.Unit.Query;

/// <summary>Of all that is held, what together has every row, once.</summary>
public class LiveHoldingsTests
{
    private static readonly RingMember Ingester = Member("ingester"), Other = Member("other"), Store = Member("storegateway");

    [Fact]
    public void A_block_stands_for_all_that_it_was_made_of()
    {
        Assert.Equal("d e", Live([Held("a"), Held("b"), Held("d", 2, "a b"), Held("e")]));
        Assert.Equal("f", Live([Held("a"), Held("b"), Held("c"), Held("d", 2, "a b"), Held("f", 3, "a b c")]));
        // What has not all of its sources does not.
        Assert.Equal("d e", Live([Held("d", 2, "a b"), Held("e", 3, "a c")]));
        // The same sources at the same level: neither knows of the other.
        Assert.Equal("d e", Live([Held("d", 2, "a b"), Held("e", 2, "a b")]));
    }

    [Fact]
    public void A_split_counts_when_all_its_parts_are_there()
    {
        var parts = new[] { Held("p", 3, "a b", 0, 2), Held("q", 3, "a b", 1, 2) };
        Assert.Equal("p q", Live([Held("a"), Held("b"), .. parts]));
        Assert.Equal("a b", Live([Held("a"), Held("b"), parts[0]]));
        Assert.Equal("c", Live([Held("c", 2, "a b"), parts[1]]));
        // A part without rows is not written: when its sources are gone, what is there is all.
        Assert.Equal("c q", Live([Held("c"), parts[1]]));
        // Rows of both count once, since they overlap in time.
        Assert.Equal("a p", Live([Held("a"), parts[0]]));
        // The next split of the same.
        Assert.Equal("r s", Live([Held("a"), Held("b"), .. parts, Held("r", 4, "a b", 0, 2), Held("s", 4, "a b", 1, 2)]));
    }

    [Fact]
    public void First_parts_wait_while_all_their_sources_are_there()
    {
        var parts = new[] { Held("p", 2, "a b", 0, 2), Held("q", 2, "a b", 1, 2) };
        Assert.Equal("a b", Live([Held("a"), Held("b"), .. parts]));
        Assert.Equal("p q", Live([Held("a"), .. parts]));
    }

    [Fact]
    public void A_merged_part_stands_for_its_own_parts_alone()
    {
        var first = new[] { Held("p", 2, "a b", 0, 2), Held("q", 2, "a b", 1, 2), Held("r", 2, "c d", 0, 2), Held("s", 2, "c d", 1, 2) };
        Assert.Equal("p r t", Live([.. first, Held("t", 3, "a b c d", 1, 2)]));
        // Parts of which some are merged further are a whole split all the same.
        Assert.Equal("p r t", Live([Held("a"), Held("c"), Held("p", 3, "a b", 0, 2), Held("r", 3, "c d", 0, 2), Held("t", 4, "a b c d", 1, 2)]));
    }

    [Fact]
    public void What_several_have_is_taken_from_the_first_that_can_read_it()
    {
        var live = Choose([Held("a"), Held("a") with { Holder = Store }]).Holdings;
        Assert.Same(Ingester, Assert.Single(live).Holder);

        live = Choose([Held("a") with { Fault = "bad" }, Held("a") with { Holder = Store }]).Holdings;
        Assert.Same(Store, Assert.Single(live).Holder);

        live = Choose([Held("a"), Held("a") with { Holder = Store, Fault = "bad" }]).Holdings;
        Assert.Same(Ingester, Assert.Single(live).Holder);
    }

    [Fact]
    public void Every_block_of_the_bucket_is_there_or_what_was_made_of_it()
    {
        Assert.Equal("", Lacking([Held("a"), Held("d", 2, "b c")], Bucket("a", "b", "c", "d")));
        Assert.Equal("c:Unserved", Lacking([Held("a"), Held("b")], Bucket("a", "b", "c")));
        Assert.Equal("", Lacking([Held("p", 3, "a", 0, 2), Held("q", 3, "a", 1, 2)], Bucket("a")));
        // A part of a split does not stand for its source, since the others may have rows, too.
        Assert.Equal("a:Unserved", Lacking([Held("p", 3, "a", 0, 2)], Bucket("a")));
        // Of a block whose meta.json says nothing it is known only what was made of it.
        Assert.Equal("c:Damaged", Lacking([Held("d", 2, "a b")], Bucket("d") with { Damaged = Faults("a", "b", "c") }));
        Assert.Equal("", Lacking([Held("a")], Bucket() with { Damaged = Faults("a") }));
    }

    [Fact]
    public void What_is_damaged_is_lacking_unless_others_have_its_rows()
    {
        Assert.Equal("a:Damaged", Lacking([Held("a") with { Fault = "bad" }, Held("b")], Bucket("a", "b")));
        Assert.Equal("", Lacking([Held("a") with { Fault = "bad" }, Held("d", 2, "a b")], Bucket("a", "d")));
        Assert.Equal("", Lacking([Held("a"), Held("b"), Held("d", 2, "a b") with { Fault = "bad" }], Bucket("a", "b", "d")));
        Assert.Equal("a b", Live([Held("a"), Held("b"), Held("d", 2, "a b") with { Fault = "bad" }]));
        Assert.Equal("d:Damaged", Lacking([Held("a"), Held("d", 2, "a b") with { Fault = "bad" }], Bucket("a", "d")));
        Assert.Equal("q:Damaged", Lacking([Held("p", 2, "a", 0, 2), Held("q", 2, "a", 1, 2) with { Fault = "bad" }], Bucket("p", "q")));
        Assert.Equal("a:Unsupported", Lacking([Held("a") with { Fault = "old", Version = 2 }], Bucket("a")));
        // What is of a later version than is known does not get better by asking otherwise.
        Assert.Equal("a:Damaged", Lacking([Held("a") with { Fault = "new", Version = 4 }], Bucket("a")));
        Assert.Equal("a:Damaged", Lacking([], Bucket() with { Damaged = new Dictionary<Ulid, IOException> { [UlidOf("a")] = new UnsupportedBlockException(UlidOf("a"), 4) } }));
    }

    [Fact]
    public void What_one_replica_cannot_read_others_have_as_long_as_so_many_may_be_lost()
    {
        Part[] held = [Held("a") with { Fault = "bad" }, Held("b") with { Holder = Other }];
        Assert.Equal("", Lacking(held, Bucket(), lost => lost.SequenceEqual([Ingester])));
        Assert.Equal("a:Damaged", Lacking(held, Bucket(), static _ => false));
        // Of what is in the bucket nobody knows how many wrote it.
        Assert.Equal("a:Damaged", Lacking(held, Bucket("a"), static _ => true));
        Assert.Equal("a:Unsupported", Lacking([Held("a") with { Fault = "old", Version = 2 }], Bucket(), static _ => true));
    }

    private static Part Held(string name, uint level = 1, string? sources = null, ulong shard = 0, ulong shards = 1) =>
        new(name, level, sources ?? name, shards > 1 ? new Shard { Index = shard, Count = shards } : null);

    private static QueryBlocks Bucket(params string[] blocks) => QueryBlocks.None with
    {
        Blocks = [.. blocks.Select(static b => new BlockMeta { Id = UlidOf(b), MinTime = 0, MaxTime = 1, Compaction = new BlockCompaction { Level = 1, Sources = [UlidOf(b)] } })],
    };

    private static Dictionary<Ulid, IOException> Faults(params string[] blocks) => blocks.ToDictionary(UlidOf, static b => (IOException)new DamagedBlockException(b, -1, "bad"));

    private static string Live(Part[] held) => string.Join(' ', Choose(held).Holdings.Select(static d => Name(d.Holding.Ulid.Span)).Order(StringComparer.Ordinal));

    private static string Lacking(Part[] held, QueryBlocks bucket, Func<IReadOnlyCollection<RingMember>, bool>? mayLose = null) => string.Join(
        ' ', Choose(held, bucket, mayLose).Lacking.Select(static l => $"{Name(l.Ulid.ToByteArray())}:{l.Reason}").Order(StringComparer.Ordinal));

    private static LiveHoldings Choose(Part[] held, QueryBlocks? bucket = null, Func<IReadOnlyCollection<RingMember>, bool>? mayLose = null) =>
        LiveHoldings.Choose(held.Select(static p => p.Described), bucket ?? QueryBlocks.None, mayLose ?? (static _ => false));

    // A ULID of one letter.
    private static Ulid UlidOf(string name) => new([.. Enumerable.Repeat((byte)name[0], 16)]);

    private static string Name(ReadOnlySpan<byte> ulid) => $"{(char)ulid[0]}";

    private static RingMember Member(string name) => new(name, $"{name}:1", MemberState.Active, "", [1], 0);

    /// <summary>What a holder says it has.</summary>
    private sealed record Part(string Name, uint Level, string Sources, Shard? Shard)
    {
        public RingMember Holder { get; init; } = Ingester;

        public string Fault { get; init; } = "";

        public uint Version { get; init; }

        public Described Described => new(Holder, new Holding
        {
            Ulid = ByteString.CopyFrom(UlidOf(Name).ToByteArray()),
            Level = Level,
            Sources = { Sources.Split(' ').Select(static s => ByteString.CopyFrom(UlidOf(s).ToByteArray())) },
            Shard = Shard,
            Fault = Fault,
            UnsupportedVersion = Version,
        });
    }
}
