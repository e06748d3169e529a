using System.Buffers.Text;

namespace Pyro.Connect.Protocol.Json;

/// <summary>Base64 as JSON messages have it: in the standard or the URL alphabet, padded or not.</summary>
internal static class Base64Text
{
    /// <summary>Decodes text into the front of the span that it stands in.</summary>
    public static bool TryDecodeInPlace(Span<byte> text, out int length)
    {
        // One alphabet for the decoder that takes both paddings.
        text.Replace((byte)'+', (byte)'-');
        text.Replace((byte)'/', (byte)'_');
        length = 0;
        if (text.IsEmpty)
            return true;
        try
        {
            length = Base64Url.DecodeFromUtf8InPlace(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
