using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Profiles.Trees;

namespace Pyro.Query.Querier;

/// <summary>Reads and merges sums by function names.</summary>
public static class TreeAnswer
{
    /// <summary>The one tree of an answer; to be disposed of.</summary>
    /// <exception cref="RpcException">internal: the bytes are no tree.</exception>
    public static async Task<NameTree> Read(IAsyncStreamReader<SumResponse> answer, CancellationToken cancel)
    {
        var pieces = new List<ByteString>();
        await foreach (var part in answer.ReadAllAsync(cancel))
        {
            if (part.PartCase == SumResponse.PartOneofCase.Tree) pieces.Add(part.Tree);
        }

        if (pieces.Count == 0) return new NameTree();
        try
        {
            return TreeCodec.Decode(Sequence.Of(pieces));
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"a holder sent a tree that is none: {e.Message}", e));
        }
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
}
