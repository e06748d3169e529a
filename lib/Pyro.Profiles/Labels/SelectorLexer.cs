using System.Globalization;
using System.Text;

namespace Pyro.Profiles.Labels;

internal enum TokenKind
{
    End,
    Identifier,
    Text,
    Operator,
    OpenBrace,
    CloseBrace,
    Comma,
    Other,
}

/// <summary>A word of a selector; <paramref name="Text"/> of a quoted one is what it means, not how it was written.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Start, MatchOp Op = MatchOp.Equal);

/// <summary>Splits a selector into tokens; inside braces other characters are allowed than outside.</summary>
internal sealed class SelectorLexer(string text)
{
    private int _at;

    public Token Next(bool inBraces)
    {
        SkipBlanks();
        var start = _at;
        if (start >= text.Length)
            return inBraces ? throw Error(start, "unexpected end of input inside braces") : new Token(TokenKind.End, "", start);
        var c = text[start];
        if (c is '"' or '\'' or '`')
            return new Token(TokenKind.Text, Quoted(c), start);
        if (char.IsAsciiLetter(c) || c == '_' || (c == ':' && !inBraces))
            return new Token(TokenKind.Identifier, Identifier(withColons: !inBraces), start);
        _at++;
        return c switch
        {
            '{' => new Token(TokenKind.OpenBrace, "{", start),
            '}' => new Token(TokenKind.CloseBrace, "}", start),
            ',' => new Token(TokenKind.Comma, ",", start),
            '=' => Follows('~') ? new Token(TokenKind.Operator, "=~", start, MatchOp.Regex) : new Token(TokenKind.Operator, "=", start),
            '!' when Follows('=') => new Token(TokenKind.Operator, "!=", start, MatchOp.NotEqual),
            '!' when Follows('~') => new Token(TokenKind.Operator, "!~", start, MatchOp.NotRegex),
            _ when inBraces => throw Error(start, $"unexpected character inside braces: '{c}'"),
            _ => new Token(TokenKind.Other, c.ToString(), start),
        };
    }

    /// <summary>An error with its place as Prometheus tells it: line and column in bytes, from 1.</summary>
    public SelectorException Error(int at, string message)
    {
        var line = 1 + text.AsSpan(0, at).Count('\n');
        var lineStart = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
        var column = 1 + Encoding.UTF8.GetByteCount(text.AsSpan(lineStart, at - lineStart));
        return new SelectorException($"{line}:{column}: parse error: {message}");
    }

    private bool Follows(char c)
    {
        if (_at >= text.Length || text[_at] != c)
            return false;
        _at++;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (text[_at] == '#')
            {
                while (_at < text.Length && text[_at] != '\n')
                    _at++;
            }
            else if (text[_at] is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
            else
            {
                return;
            }
        }
    }

    private string Identifier(bool withColons)
    {
        var start = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_' || (withColons && text[_at] == ':')))
            _at++;
        return text[start.._at];
    }

    private string Quoted(char quote)
    {
        var start = _at++;
        var meaning = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            if (quote != '`' && text[_at] == '\n')
                break;
            if (quote != '`' && text[_at] == '\\')
                Escape(start, quote, meaning);
            else
                meaning.Append(text[_at++]);
        }
        if (_at >= text.Length || text[_at] != quote)
            throw Error(start, quote == '`' ? "unterminated raw string" : "unterminated quoted string");
        _at++;
        return meaning.ToString();
    }

    private void Escape(int start, char quote, StringBuilder meaning)
    {
        var c = ++_at < text.Length ? text[_at++] : throw Error(start, "escape sequence not terminated");
        var simple = "abfnrtv\\".IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
            meaning.Append("\a\b\f\n\r\t\v\\"[simple]);
        else if (c == quote)
            meaning.Append(c);
        else
            Numeric(start, c, meaning);
    }

    /// <summary>Octal and hexadecimal bytes stand for UTF-8 together; alone above 0x7F they are no text and become U+FFFD.</summary>
    private void Numeric(int start, char c, StringBuilder meaning)
    {
        var (digits, radix) = c switch
        {
            >= '0' and <= '7' => (3, 8),
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            _ => throw Error(start, "unknown escape sequence U+" + ((int)c).ToString("X4", CultureInfo.InvariantCulture) + $" '{c}'"),
        };
        if (radix == 8)
            _at--;
        long value = 0;
        for (var i = 0; i < digits; i++, _at++)
        {
            var digit = _at < text.Length ? Convert.ToInt32(char.IsAsciiHexDigit(text[_at]) ? text[_at].ToString() : "10", 16) : radix;
            if (digit >= radix)
                throw Error(start, "illegal character in escape sequence");
            value = value * radix + digit;
        }
        if (value > 0x10FFFF || value is >= 0xD800 and <= 0xDFFF || (radix == 8 && value > 255))
            throw Error(start, "escape sequence is an invalid Unicode code point");
        meaning.Append(c is 'u' or 'U' || value < 0x80 ? char.ConvertFromUtf32((int)value) : "\uFFFD");
    }
}
