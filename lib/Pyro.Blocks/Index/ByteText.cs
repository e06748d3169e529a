namespace Pyro.Blocks.Index;

/// <summary>The text met last, kept in a buffer that grows as needed.</summary>
internal sealed class ByteText
{
    private byte[] _bytes = new byte[128];
    private int _length;

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Takes another.</summary>
    public void Set(ReadOnlySpan<byte> text)
    {
        if (text.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(text.Length, 2 * _bytes.Length)];
        }

        text.CopyTo(_bytes);
        _length = text.Length;
    }
}
