using System.Text;
using System.Text.Unicode;
using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Memory;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Writes the texts or label sets of a <see cref="LabelsResponse"/>, which come in ascending order and each once. A piece is small enough to be
/// made among the young objects: the whole heap need not be collected to be rid of it.
/// </summary>
/// <param name="kind">What is written.</param>
/// <param name="memory">Where pieces are counted; null: nowhere.</param>
public sealed class LabelPieces(Kind kind, Reservation? memory = null)
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
    private bool _isMended;

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
    /// <exception cref="MemoryBudgetException">There is no room for them.</exception>
    public IReadOnlyList<ByteString> Close()
    {
        Cut();
        if (_isMended)
        {
            Order();
        }

        return _done;
    }

    /// <summary>A text that a block has, as UTF-8, which it may not be; it comes where the text as it is has its place.</summary>
    public ReadOnlySpan<byte> Valid(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
        {
            return text;
        }

        _isMended = true;
        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));
    }

    // What was mended may have its place elsewhere now, and be equal to another.
    private void Order()
    {
        var all = new List<byte[]>();
        for (var reader = new LabelReader(_done); reader.MoveNext();)
        {
            all.Add(reader.Current.ToArray());
        }

        all.Sort((a, b) => LabelsOrder.Compare(kind, a, b));
        _done.ForEach(piece => memory?.Return(piece.Length));
        _done.Clear();
        for (var i = 0; i < all.Count; i++)
        {
            if (i == 0 || !all[i].AsSpan().SequenceEqual(all[i - 1]))
            {
                Add(all[i]);
            }
        }

        Cut();
    }

    private void Cut()
    {
        if (_piece.Length > 0)
        {
            memory?.Take(_piece.Length);
            _done.Add(UnsafeByteOperations.UnsafeWrap(_piece.Take(_piece.Length)));
        }
    }
}
