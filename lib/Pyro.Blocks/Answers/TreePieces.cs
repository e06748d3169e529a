using System.Buffers;
using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Profiles.Trees;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Where a tree is written that leaves in pieces. A piece is small enough to be made among the young objects: the whole heap need
/// not be collected to be rid of it. Pieces are never written again and so may be handed on within the process.
/// </summary>
public sealed class TreePieces : IBufferWriter<byte>
{
    private const int PieceSize = 64 << 10;

    private readonly List<ByteString> _done = [];
    private byte[] _piece = new byte[PieceSize];
    private int _written;

    /// <summary>The pieces of a tree.</summary>
    public static List<SumResponse> Of(NameTree tree)
    {
        var pieces = new TreePieces();
        TreeCodec.Encode(tree, pieces);
        pieces.Close();
        var parts = pieces._done.ConvertAll(static piece => new SumResponse { Tree = piece });
        parts[^1].Last = true;
        return parts;
    }

    /// <inheritdoc/>
    public void Advance(int count) => _written += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var least = Math.Max(1, sizeHint);
        if (_piece.Length - _written < least)
        {
            Close();
            _piece = new byte[Math.Max(PieceSize, least)];
            _written = 0;
        }

        return _piece.AsMemory(_written);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void Close()
    {
        if (_written > 0)
        {
            _done.Add(UnsafeByteOperations.UnsafeWrap(_piece.AsMemory(0, _written)));
        }
    }
}
