using Pyro.Profiles.Labels;
using Pyro.Profiles.Relabeling;

namespace Pyro.Distributor.Push;

/// <summary>The bytes of a push cannot be a <c>PushRequest</c>.</summary>
internal sealed class PushFormatException(string message) : Exception(message);

/// <summary>One profile of a push, as it lies in the body.</summary>
/// <param name="Labels">Labels as sent; shared by the samples of a series.</param>
/// <param name="Profile">pprof, gzipped or not.</param>
/// <param name="Id">Text that the client sent as id.</param>
internal readonly record struct PushedProfile(IReadOnlyList<Label> Labels, ReadOnlyMemory<byte> Profile, string Id);

/// <summary>
/// Reads <c>push.v1.PushRequest</c> without copying its profiles. Texts that are no UTF-8 come through as
/// <see cref="LabelText.Decode"/> has them, so that validation can name them. Unknown fields are skipped.
/// </summary>
internal ref struct PushRequestReader
{
    private const int LengthDelimited = 2;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private int _end;

    private PushRequestReader(ReadOnlyMemory<byte> body)
    {
        _body = body;
        _bytes = body.Span;
        _end = body.Length;
    }

    /// <summary>All samples, series by series; series without samples leave no trace.</summary>
    /// <exception cref="PushFormatException">Cut short or malformed.</exception>
    public static List<PushedProfile> Read(ReadOnlyMemory<byte> body)
    {
        var reader = new PushRequestReader(body);
        var samples = new List<PushedProfile>(1);
        while (reader.Next(out var field, out var length))
        {
            if (field != 1) reader._at += length;
            else reader.Series(length, samples);
        }

        return samples;
    }

    private void Series(int length, List<PushedProfile> samples)
    {
        var outer = Enter(length);
        var labels = new List<Label>(8);
        while (Next(out var field, out length))
        {
            switch (field)
            {
                case 1:
                    labels.Add(Pair(length));
                    break;
                case 2:
                    samples.Add(Sample(length, labels));
                    break;
                default:
                    _at += length;
                    break;
            }
        }

        _end = outer;
    }

    private Label Pair(int length)
    {
        var outer = Enter(length);
        var (name, value) = ("", "");
        while (Next(out var field, out length))
        {
            if (field == 1) name = LabelText.Decode(_bytes.Slice(_at, length));
            else if (field == 2) value = LabelText.Decode(_bytes.Slice(_at, length));
            _at += length;
        }

        _end = outer;
        return new Label(name, value);
    }

    private PushedProfile Sample(int length, List<Label> labels)
    {
        var outer = Enter(length);
        var profile = ReadOnlyMemory<byte>.Empty;
        var id = "";
        while (Next(out var field, out length))
        {
            if (field == 1) profile = _body.Slice(_at, length);
            else if (field == 2) id = LabelText.Decode(_bytes.Slice(_at, length));
            _at += length;
        }

        _end = outer;
        return new PushedProfile(labels, profile, id);
    }

    /// <summary>Narrows the view to a message that begins here; returns the end to go back to.</summary>
    private int Enter(int length)
    {
        var outer = _end;
        _end = _at + length;
        return outer;
    }

    /// <summary>Steps to the next length-delimited field and its content, skipping others; false at the end of the message.</summary>
    private bool Next(out int field, out int length)
    {
        while (_at < _end)
        {
            var tag = Varint();
            if (tag >> 3 is 0 or > int.MaxValue >> 2) throw new PushFormatException("invalid field number");
            field = (int)(tag >> 3);
            switch ((int)(tag & 7))
            {
                case LengthDelimited:
                    var size = Varint();
                    if (size > (ulong)(_end - _at)) throw new PushFormatException("unexpected end of message");
                    length = (int)size;
                    return true;
                case 0:
                    Varint();
                    break;
                case 1:
                    Skip(8);
                    break;
                case 5:
                    Skip(4);
                    break;
                default:
                    throw new PushFormatException("wrong wire type");
            }
        }

        (field, length) = (0, 0);
        return false;
    }

    private void Skip(int count)
    {
        if (count > _end - _at) throw new PushFormatException("unexpected end of message");
        _at += count;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_at >= _end) throw new PushFormatException("unexpected end of message");
            var b = _bytes[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }

        throw new PushFormatException("a number is too long");
    }
}
