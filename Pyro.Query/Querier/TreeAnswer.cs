using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Profiles.Trees;

namespace Pyro.Query.Querier;

/// <summary>Reads and merges sums by function names.</summary>
public static class TreeAnswer
{
    /// <summary>The trees of an answer as one, to be disposed of.</summary>
    /// <exception cref="RpcException">internal: the bytes are no tree, or it is cut off.</exception>
    public static async Task<NameTree> Read(IAsyncStreamReader<SumResponse> answer, CancellationToken cancel)
    {
        NameTree? sum = null;
        var pieces = new List<ByteString>();
        await foreach (var part in answer.Each(cancel))
        {
            if (part.PartCase != SumResponse.PartOneofCase.Tree) continue;
            pieces.Add(part.Tree);
            if (!part.Last) continue;
            var tree = Decode(pieces);
            pieces.Clear();
            sum = sum is null ? tree : Merge([sum, tree]);
        }

        return pieces.Count == 0 ? sum ?? new NameTree() : throw Bad("it is cut off");
    }

    /// <summary>One tree of several, to be disposed of; takes them over.</summary>
    public static NameTree Merge(IReadOnlyList<NameTree> trees)
    {
        if (trees.Count == 0) return new NameTree();
        var largest = trees.MaxBy(static t => t.NodeCount)!;
        foreach (var tree in trees)
        {
            if (ReferenceEquals(tree, largest)) continue;
            largest.Merge(tree);
            tree.Dispose();
        }

        return largest;
    }

    private static NameTree Decode(List<ByteString> pieces)
    {
        try
        {
            return TreeCodec.Decode(Sequence.Of(pieces));
        }
        catch (InvalidDataException e)
        {
            throw Bad(e.Message, e);
        }
    }

    private static RpcException Bad(string message, Exception? inner = null) =>
        new(new Status(StatusCode.Internal, $"a holder sent a tree that is none: {message}", inner));
}
