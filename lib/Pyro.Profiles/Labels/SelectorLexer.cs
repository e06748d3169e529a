using System.Text;

namespace Pyro.Profiles.Labels;

/// <summary>What a piece of a selector is.</summary>
internal enum TokenKind
{
    /// <summary>Nothing is left.</summary>
    End,

    /// <summary>A name without colons.</summary>
    Identifier,

    /// <summary>A name with colons.</summary>
    MetricIdentifier,

    /// <summary>A quoted text, quotes included.</summary>
    Text,

    /// <summary>A match operator.</summary>
    Operator,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A duration such as <c>5m</c>.</summary>
    Duration,

    /// <summary>A word or sign of PromQL that is no part of a selector.</summary>
    Other,

    /// <summary>A comma.</summary>
    Comma,

    /// <summary><c>{</c></summary>
    LeftBrace,

    /// <summary><c>}</c></summary>
    RightBrace,
}

/// <summary>A piece of a selector: where it starts, in characters, and its text.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, string Text)
{
    /// <summary>How messages name it.</summary>
    public string Description => Kind switch
    {
        TokenKind.End => "end of input",
        TokenKind.Identifier => $"identifier {GoQuote.Text(Text)}",
        TokenKind.MetricIdentifier => $"metric identifier {GoQuote.Text(Text)}",
        TokenKind.Text => $"string {GoQuote.Text(Shortened)}",
        TokenKind.Number => $"number {GoQuote.Text(Shortened)}",
        TokenKind.Duration => $"duration {GoQuote.Text(Shortened)}",
        TokenKind.Operator when Text != "=" => $"<op:{Text}>",
        TokenKind.Other => PromqlWords.Describe(Text),
        _ => GoQuote.Text(Text),
    };

    private string Shortened => Text.Length > 10 ? Text[..10] : Text;
}

/// <summary>
/// Cuts a selector into tokens as Prometheus' lexer does: what may stand inside braces and what outside differs, and so do the
/// messages.
/// </summary>
internal sealed class SelectorLexer(string text)
{
    private int _at;
    private bool _inBraces;

    /// <summary>The next token; comments and blanks are passed over.</summary>
    /// <exception cref="SelectorException">The text is no token.</exception>
    public Token Next()
    {
        SkipBlanks();
        return _inBraces ? NextInBraces() : NextOutside();
    }

    /// <summary>A refusal that names line and column (in bytes, from 1) of a place in the text.</summary>
    public SelectorException Error(int at, string message)
    {
        if (text.Length == 0)
        {
            return new SelectorException($"unknown position: parse error: {message}");
        }

        var before = text.AsSpan(0, at);
        var line = before.Count('\n') + 1;
        var column = Encoding.UTF8.GetByteCount(before[(before.LastIndexOf('\n') + 1)..]) + 1;
        return new SelectorException($"{line}:{column}: parse error: {message}");
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (text[_at] is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
            else if (text[_at] == '#')
            {
                var end = text.AsSpan(_at).IndexOfAny('\r', '\n');
                _at = end < 0 ? text.Length : _at + end;
            }
            else
            {
                return;
            }
        }
    }

    private Token NextInBraces()
    {
        if (_at == text.Length)
        {
            throw Error(_at, "unexpected end of input inside braces");
        }

        switch (text[_at])
        {
            case ',':
                return Take(TokenKind.Comma, 1);
            case '"' or '\'' or '`':
                return Quoted();
            case '=':
                return Take(TokenKind.Operator, Peek(1) == '~' ? 2 : 1);
            case '!' when Peek(1) is '=' or '~':
                return Take(TokenKind.Operator, 2);
            case '!':
                throw Error(_at, $"unexpected character after '!' inside braces: {CharacterAt(_at + 1)}");
            case '{':
                throw Error(_at, "unexpected left brace '{'");
            case '}':
                _inBraces = false;
                return Take(TokenKind.RightBrace, 1);
            case var first when IsNameStart(first):
                return Take(TokenKind.Identifier, Run(static c => IsNameStart(c) || char.IsAsciiDigit(c)));
            default:
                throw Error(_at, $"unexpected character inside braces: {CharacterAt(_at)}");
        }
    }

    private Token NextOutside()
    {
        if (_at == text.Length)
        {
            return new Token(TokenKind.End, _at, "");
        }

        switch (text[_at])
        {
            case '{':
                _inBraces = true;
                return Take(TokenKind.LeftBrace, 1);
            case '}':
                throw Error(_at, "unexpected right brace '}'");
            case ')':
                throw Error(_at, "unexpected right parenthesis ')'");
            case ']':
                throw Error(_at, "unexpected right bracket ']'");
            case ',':
                return Take(TokenKind.Comma, 1);
            case '"' or '\'' or '`':
                return Quoted();
            case '=' when Peek(1) == '=':
                return Take(TokenKind.Other, 2);
            case '=':
                return Take(TokenKind.Operator, Peek(1) == '~' ? 2 : 1);
            case '!' when Peek(1) == '=':
                return Take(TokenKind.Operator, 2);
            case '!':
                throw Error(_at, $"unexpected character after '!': {CharacterAt(_at + 1)}");
            case '<' or '>' when Peek(1) == '=':
                return Take(TokenKind.Other, 2);
            case '(' or '[' or '+' or '-' or '*' or '/' or '%' or '^' or '@' or '<' or '>':
                return Take(TokenKind.Other, 1);
            case var first when char.IsAsciiDigit(first) || (first == '.' && char.IsAsciiDigit(Peek(1))):
                return Number();
            case var first when IsNameStart(first) || first == ':':
                return Word();
            default:
                throw Error(_at, $"unexpected character: {CharacterAt(_at)}");
        }
    }

    private Token Number()
    {
        var digits = Run(static c => char.IsAsciiDigit(c) || c == '.');
        var all = Run(static c => char.IsAsciiLetterOrDigit(c) || c == '.');
        return Take(all > digits && text[_at + digits] is not ('e' or 'E' or 'x' or 'X') ? TokenKind.Duration : TokenKind.Number, all);
    }

    private Token Word()
    {
        var length = Run(static c => IsNameStart(c) || char.IsAsciiDigit(c) || c == ':');
        var word = text.AsSpan(_at, length);
        if (PromqlWords.IsNumber(word))
        {
            return Take(TokenKind.Number, length);
        }

        return PromqlWords.Holds(word) ? Take(TokenKind.Other, length)
            : Take(word.Contains(':') ? TokenKind.MetricIdentifier : TokenKind.Identifier, length);
    }

    private Token Quoted()
    {
        var start = _at;
        var end = QuotedText.End(text, start, out var problem);
        if (problem is not null)
        {
            throw Error(start, problem);
        }

        _at = end;
        return new Token(TokenKind.Text, start, text[start..end]);
    }

    private Token Take(TokenKind kind, int length)
    {
        var token = new Token(kind, _at, text.Substring(_at, length));
        _at += length;
        return token;
    }

    private int Run(Func<char, bool> belongs)
    {
        var end = _at;
        while (end < text.Length && belongs(text[end]))
        {
            end++;
        }

        return end - _at;
    }

    private char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private string CharacterAt(int at) => at < text.Length && Rune.TryGetRuneAt(text, at, out var rune)
        ? GoQuote.Character(rune)
        : GoQuote.Character(Rune.ReplacementChar);

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';
}
