using System.Globalization;
using System.Text;

namespace Pyro.Profiles.Labels;

/// <summary>
/// Quoted texts of a selector: with double or single quotes and Go's escapes, or with back quotes and none. Octal and hexadecimal
/// escapes are bytes; bytes that are no UTF-8 become U+FFFD.
/// </summary>
internal static class QuotedText
{
    /// <summary>Where the text that opens at <paramref name="start"/> ends, closing quote included.</summary>
    public static int End(string text, int start, out string? problem)
    {
        var quote = text[start];
        problem = null;
        if (quote == '`')
        {
            var close = text.IndexOf('`', start + 1);
            problem = close < 0 ? "unterminated raw string" : null;
            return close + 1;
        }

        for (var at = start + 1; at < text.Length && text[at] != '\n'; at++)
        {
            if (text[at] == quote)
            {
                return at + 1;
            }

            if (text[at] == '\\')
            {
                at += Escape(text.AsSpan(at), quote, out problem, out _, out _) - 1;
                if (problem is not null)
                {
                    return at;
                }
            }
        }

        problem = "unterminated quoted string";
        return text.Length;
    }

    /// <summary>What a quoted text that <see cref="End"/> accepted means.</summary>
    public static string Unquote(string quoted)
    {
        var inner = quoted.AsSpan(1, quoted.Length - 2);
        if (quoted[0] == '`' || !inner.Contains('\\'))
        {
            return inner.ToString();
        }

        var bytes = new List<byte>(inner.Length);
        Span<byte> utf8 = stackalloc byte[4];
        while (inner.Length > 0)
        {
            if (inner[0] == '\\')
            {
                var used = Escape(inner, quoted[0], out _, out var value, out var isByte);
                var length = 1;
                utf8[0] = (byte)value;
                if (!isByte)
                {
                    length = new Rune(value).EncodeToUtf8(utf8);
                }

                bytes.AddRange(utf8[..length]);
                inner = inner[used..];
            }
            else
            {
                Rune.DecodeFromUtf16(inner, out var rune, out var used);
                bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                inner = inner[used..];
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    // One escape at the start of the text: how many characters it takes and the byte or code point that it stands for.
    private static int Escape(ReadOnlySpan<char> text, char quote, out string? problem, out int value, out bool isByte)
    {
        problem = null;
        value = 0;
        isByte = true;
        if (text.Length < 2)
        {
            problem = "escape sequence not terminated";
            return text.Length;
        }

        var kind = text[1];
        value = kind switch { 'a' => 7, 'b' => 8, 'f' => 12, 'n' => 10, 'r' => 13, 't' => 9, 'v' => 11, '\\' => '\\', _ => -1 };
        if (value >= 0 || kind == quote)
        {
            value = kind == quote ? quote : value;
            return 2;
        }

        var (skip, digits, radix) = kind switch
        {
            'x' => (2, 2, 16),
            'u' => (2, 4, 16),
            'U' => (2, 8, 16),
            >= '0' and <= '7' => (1, 3, 8),
            _ => (0, 0, 0),
        };
        if (digits == 0)
        {
            problem = $"unknown escape sequence {GoQuote.CodePoint(RuneAt(text[1..]))}";
            return 2;
        }

        isByte = kind is not ('u' or 'U');
        return Digits(text, skip, digits, radix, isByte, out problem, out value);
    }

    private static int Digits(ReadOnlySpan<char> text, int skip, int digits, int radix, bool isByte, out string? problem, out int value)
    {
        problem = null;
        long sum = 0;
        for (var i = skip; i < skip + digits; i++)
        {
            if (i >= text.Length)
            {
                problem = "escape sequence not terminated";
                value = 0;
                return text.Length;
            }

            var digit = char.IsAsciiHexDigit(text[i]) ? int.Parse(text.Slice(i, 1), NumberStyles.HexNumber) : radix;
            if (digit >= radix)
            {
                problem = $"illegal character {GoQuote.CodePoint(RuneAt(text[i..]))} in escape sequence";
                value = 0;
                return i;
            }

            sum = (sum * radix) + digit;
        }

        value = (int)Math.Min(sum, int.MaxValue);
        if (isByte ? sum > 255 : !Rune.IsValid(value))
        {
            problem = $"escape sequence is an invalid Unicode code point U+{sum:X4}";
        }

        return skip + digits;
    }

    private static Rune RuneAt(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var rune, out _);
        return rune;
    }
}
