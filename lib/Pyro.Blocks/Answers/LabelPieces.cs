using System.Text;
using System.Text.Unicode;
using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Api.Types;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Writes the texts or label sets of a <see cref="LabelsResponse"/>, which come in ascending order and each once. A piece is small enough to be
/// made among the young objects: the whole heap need not be collected to be rid of it.
/// </summary>
/// <param name="kind">What is written.</param>
public sealed class LabelPieces(Kind kind)
{
    // The buffer makes room for two numbers of ten bytes before each text, and is to grow no larger than a piece.
    private const int PieceSize = 64 << 10, HeadBytes = 20;

    // Of a text in types.v1.LabelValuesResponse and LabelNamesResponse, and of a set in querier.v1.SeriesResponse.
    private const int TextField = LabelValuesResponse.NamesFieldNumber, SeriesField = Api.Querier.SeriesResponse.LabelsSetFieldNumber;

    private readonly int _field = kind == Kind.Series ? SeriesField : TextField;
    private readonly List<ByteString> _done = [];
    private readonly ProtoBuffer _piece = new();
    private readonly ProtoBuffer _set = new();
    private readonly ProtoBuffer _pair = new();

    /// <summary>Adds a text in UTF-8, or a label set that was encoded before.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_piece.Length + HeadBytes + bytes.Length > PieceSize)
        {
            Cut();
        }

        _piece.Field(_field, bytes);
    }

    /// <summary>Adds a text.</summary>
    public void Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds a label to the set that is being made, name and value in UTF-8; they come sorted by name.</summary>
    public void Label(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _pair.Clear();
        _pair.Field(LabelPair.NameFieldNumber, name);
        _pair.Field(LabelPair.ValueFieldNumber, value);
        _set.Field(Labels.Labels_FieldNumber, _pair.Written);
    }

    /// <summary>Adds the set that was made.</summary>
    public void EndSet()
    {
        Add(_set.Written);
        _set.Clear();
    }

    /// <summary>The pieces; nothing is added any more.</summary>
    public IReadOnlyList<ByteString> Close()
    {
        Cut();
        return _done;
    }

    /// <summary>A text that a block has, as UTF-8, which it may not be.</summary>
    public static ReadOnlySpan<byte> Valid(ReadOnlySpan<byte> text) =>
        Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));

    private void Cut()
    {
        if (_piece.Length > 0)
        {
            _done.Add(UnsafeByteOperations.UnsafeWrap(_piece.Take(_piece.Length)));
        }
    }
}
