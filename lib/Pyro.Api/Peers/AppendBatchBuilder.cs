using System.Buffers;
using Pyro.Memory;

namespace Pyro.Api.Peers;

/// <summary>
/// Writes the body of an <see cref="AppendRequest"/> into a pooled buffer. A record is either written in place
/// (<see cref="Begin"/>, the codec on <see cref="Output"/>, <see cref="End"/>) or copied from where it was encoded for another
/// replica (<see cref="Add"/>).
/// </summary>
public sealed class AppendBatchBuilder : IDisposable
{
    /// <summary>A tag and a length of four bytes: padded, since the length is known only afterwards, which protobuf allows.</summary>
    private const int PrefixBytes = 5;

    private readonly LeaseWriter _output = new();
    private int[] _start = new int[4], _length = new int[4];
    private int _begun = -1;

    /// <summary>Records so far.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the body so far.</summary>
    public int Bytes => _output.Length;

    /// <summary>Takes the bytes of the record that was begun.</summary>
    public IBufferWriter<byte> Output => _output;

    /// <summary>Whether a record of so many bytes still fits in one request.</summary>
    public bool Fits(int recordBytes) =>
        Count < AppendBatch.RecordsMax && recordBytes <= AppendBatch.BytesMax - PrefixBytes - _output.Length;

    /// <summary>Starts a record.</summary>
    public void Begin()
    {
        if (_begun >= 0)
        {
            throw new InvalidOperationException("The record before was not ended.");
        }

        _output.Write([AppendBatch.RecordTag, 0x80, 0x80, 0x80, 0x00]);
        _begun = _output.Length;
    }

    /// <summary>
    /// Ends the record and tells whether it was taken; false when it goes past a limit of one request, which then is as before
    /// <see cref="Begin"/>.
    /// </summary>
    public bool End()
    {
        if (_begun < 0)
        {
            throw new InvalidOperationException("No record was begun.");
        }

        (int start, int length) = (_begun, _output.Length - _begun);
        _begun = -1;
        if (Count == AppendBatch.RecordsMax || _output.Length > AppendBatch.BytesMax)
        {
            _output.Truncate(start - PrefixBytes);
            return false;
        }

        Span<byte> size = _output.Written[(start - 4)..];
        for (int i = 0; i < 4; i++)
        {
            size[i] |= (byte)((length >> (7 * i)) & 0x7F);
        }

        if (Count == _start.Length)
        {
            Array.Resize(ref _start, 2 * Count);
            Array.Resize(ref _length, 2 * Count);
        }

        (_start[Count], _length[Count]) = (start, length);
        Count++;
        return true;
    }

    /// <summary>Adds an encoded record; false when it does not fit.</summary>
    public bool Add(ReadOnlySpan<byte> record)
    {
        if (!Fits(record.Length))
        {
            return false;
        }

        Begin();
        _output.Write(record);
        return End();
    }

    /// <summary>One of the records so far, valid until the next is begun.</summary>
    public ReadOnlySpan<byte> Record(int i) => _output.Written.Slice(_start[i], _length[i]);

    /// <summary>Ends the batch; the caller has the one share of its lease. The builder is empty afterwards.</summary>
    public AppendBatch Build()
    {
        if (_begun >= 0)
        {
            throw new InvalidOperationException("The last record was not ended.");
        }

        var batch = new AppendBatch(_output.Detach(), _start, _length, Count, fromWire: false);
        (_start, _length, Count) = (new int[4], new int[4], 0);
        return batch;
    }

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();
}
