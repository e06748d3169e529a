using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>Writes many numbers as <see cref="Varint"/> does: room is asked for once for many of them. Ends with <see cref="End"/>.</summary>
/// <param name="output">Gets them; nobody else may write to it meanwhile.</param>
internal ref struct VarintWriter(IBufferWriter<byte> output)
{
    private const int Room = 1024;
    private Span<byte> _span;
    private int _written;

    /// <summary>Writes a number.</summary>
    public void Write(ulong value)
    {
        if (_span.Length - _written < Varint.MaxLength)
        {
            End();
            _span = output.GetSpan(Room);
        }

        var n = _written;
        for (; value >= 0x80; value >>= 7)
        {
            _span[n++] = (byte)(value | 0x80);
        }

        _span[n++] = (byte)value;
        _written = n;
    }

    /// <summary>Hands on what was written.</summary>
    public void End()
    {
        output.Advance(_written);
        _span = default;
        _written = 0;
    }
}
