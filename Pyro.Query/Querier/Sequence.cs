using System.Buffers;
using Google.Protobuf;

namespace Pyro.Query.Querier;

/// <summary>Pieces that belong one after another, as one sequence.</summary>
public static class Sequence
{
    /// <summary>Joins pieces without copying them.</summary>
    public static ReadOnlySequence<byte> Of(IReadOnlyList<ByteString> pieces)
    {
        if (pieces.Count == 0) return ReadOnlySequence<byte>.Empty;
        var first = new Piece(pieces[0].Memory);
        var last = first;
        for (var i = 1; i < pieces.Count; i++) last = last.Append(pieces[i].Memory);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
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
