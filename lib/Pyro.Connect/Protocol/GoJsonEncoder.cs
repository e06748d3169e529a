using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Pyro.Connect.Protocol;

/// <summary>
/// Escapes text as Go's encoding/json does: quotation mark, backslash, control characters, <c>&lt; &gt; &amp;</c> and U+2028, U+2029,
/// nothing else, in lower-case hexadecimal. Error bodies are nested as text inside one another, so clients see these escapes.
/// </summary>
internal sealed class GoJsonEncoder : JavaScriptEncoder
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\', '<', '>', '&', '\u2028', '\u2029']);

    public static GoJsonEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) => IndexOfEscaped(new ReadOnlySpan<char>(text, textLength));

    public override bool WillEncode(int unicodeScalar) => unicodeScalar <= char.MaxValue && Escaped.Contains((char)unicodeScalar);

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var output = new Span<char>(buffer, bufferLength);
        numberOfCharactersWritten = 0;
        if (!WillEncode(unicodeScalar))
        {
            return new System.Text.Rune(unicodeScalar).TryEncodeToUtf16(output, out numberOfCharactersWritten);
        }
        var text = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ => $"\\u{unicodeScalar:x4}",
        };
        if (!text.TryCopyTo(output))
            return false;
        numberOfCharactersWritten = text.Length;
        return true;
    }

    /// <summary>The first character to escape, a lone surrogate too: it becomes U+FFFD.</summary>
    private static int IndexOfEscaped(ReadOnlySpan<char> text)
    {
        var escaped = text.IndexOfAny(Escaped);
        var surrogate = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        return surrogate >= 0 && (escaped < 0 || surrogate < escaped) ? surrogate : escaped;
    }
}
