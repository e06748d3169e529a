using System.Buffers;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Profiles.Trees;

namespace Pyro.Query.Querier;

/// <summary>Reads and merges sums by function names.</summary>
public static class TreeSum
{
    /// <summary>The one tree of an answer.</summary>
    /// <exception cref="RpcException">internal: the bytes are no tree.</exception>
    public static async Task<NameTree> ReadAsync(IAsyncStreamReader<SumResponse> answer, CancellationToken cancel)
    {
        Piece? first = null, last = null;
        await foreach (var part in answer.ReadAllAsync(cancel))
        {
            if (part.PartCase != SumResponse.PartOneofCase.Tree) continue;
            last = last is null ? first = new Piece(part.Tree.Memory) : last.Append(part.Tree.Memory);
        }

        if (first is null) return new NameTree();
        try
        {
            return TreeCodec.Decode(new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length));
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"a holder sent a tree that is none: {e.Message}", e));
        }
    }

    /// <summary>One tree of several; takes them over.</summary>
    public static NameTree Merge(IReadOnlyList<NameTree> trees)
    {
        if (trees.Count == 0) return new NameTree();
        var largest = trees.MaxBy(static t => t.NodeCount)!;
        foreach (var tree in trees)
        {
            if (!ReferenceEquals(tree, largest)) largest.Merge(tree);
        }

        return largest;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes) => Memory = bytes;

        public Piece Append(ReadOnlyMemory<byte> bytes)
        {
            var next = new Piece(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
