using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Pprof;
using Pyro.Profiles.Trees;
using Pyro.Query.Querier;

namespace Pyro.Tests.Unit.Query;

/// <summary>Several trees or tables may come in one answer, each in pieces and each with an end.</summary>
public class AnswerReaderTests
{
    [Fact]
    public async Task Trees_one_after_another_are_added_up()
    {
        var pieces = new[] { Tree("a", 1), Tree("b", 2), Tree("a", 4) }.SelectMany(t => Pieces(t, static p => new SumResponse { Tree = p }));
        var tree = await TreeAnswer.Read(new Parts(pieces), default);
        Assert.Equal(3, tree.NodeCount);
        Assert.Equal(7, tree.Totals()[0]);
        Assert.Equal(1, (await TreeAnswer.Read(new Parts([]), default)).NodeCount);
    }

    [Fact]
    public async Task Tables_one_after_another_are_kept_apart()
    {
        var pieces = new[] { "one", "two" }.SelectMany(t => Pieces(new Profile { StringTable = { "", t } }.ToByteArray(), static p => new SumResponse { Stacks = p }));
        var tables = await StackAnswer.Read(new Parts(pieces), default);
        Assert.Equal(["one", "two"], tables.Select(t => t.StringTable[1]));
    }

    [Fact]
    public async Task What_is_cut_off_is_no_answer()
    {
        var tree = Pieces(Tree("a", 1), static p => new SumResponse { Tree = p }).SkipLast(1);
        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<RpcException>(() => TreeAnswer.Read(new Parts(tree), default))).StatusCode);
        var table = Pieces(new Profile { StringTable = { "" } }.ToByteArray(), static p => new SumResponse { Stacks = p }).SkipLast(1);
        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<RpcException>(() => StackAnswer.Read(new Parts(table), default))).StatusCode);
    }

    private static byte[] Tree(string name, long value)
    {
        using var tree = new NameTree();
        var node = tree.Child(0, tree.Intern(System.Text.Encoding.UTF8.GetBytes(name)));
        tree.Self[node] = value;
        var bytes = new ArrayBufferWriter<byte>();
        TreeCodec.Encode(tree, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static IEnumerable<SumResponse> Pieces(byte[] bytes, Func<ByteString, SumResponse> part)
    {
        var first = part(ByteString.CopyFrom(bytes, 0, 1));
        var last = part(ByteString.CopyFrom(bytes, 1, bytes.Length - 1));
        last.Last = true;
        return [first, last];
    }

    private sealed class Parts(IEnumerable<SumResponse> parts) : IAsyncStreamReader<SumResponse>
    {
        private readonly List<SumResponse> _parts = [.. parts];
        private int _at = -1;

        public SumResponse Current => _parts[_at];

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(++_at < _parts.Count);
    }
}
