namespace Pyro.Profiles.Labels.Expressions;

/// <summary>
/// Takes an RE2 expression apart, with the options that Prometheus gives: Perl's classes and escapes, <c>.</c> matches a newline too.
/// What RE2 has not (looking around, back references, possessive repetition) is refused. Messages are those of Go's regexp package.
/// </summary>
internal sealed class ExpressionParser(string text)
{
    private const int MostRepeats = 1000;
    private const int DeepestNesting = 250;

    private static readonly Syntax Nothing = new Syntax.Sequence([]);

    private readonly HashSet<string> _groupNames = new(StringComparer.Ordinal);
    private int _at;
    private int _depth;
    private Flags _flags = Flags.DotAll;

    [Flags]
    private enum Flags
    {
        None = 0,
        IgnoreCase = 1,
        DotAll = 2,
        MultiLine = 4,
        Ungreedy = 8,
    }

    /// <summary>The expression.</summary>
    /// <exception cref="SelectorException">RE2 refuses it.</exception>
    public Syntax Parse()
    {
        var all = Alternatives();
        return _at == text.Length ? all : throw EscapeParser.Error("unexpected )", text[_at..]);
    }

    private Syntax Alternatives()
    {
        var choices = new List<Syntax> { Sequence() };
        while (_at < text.Length && text[_at] == '|')
        {
            _at++;
            choices.Add(Sequence());
        }

        return choices.Count == 1 ? choices[0] : new Syntax.Choice(choices);
    }

    private Syntax Sequence()
    {
        var parts = new List<Syntax>();
        var afterRepeat = -1;
        while (_at < text.Length && text[_at] is not ('|' or ')'))
        {
            var start = _at;
            if (Repetition() is var (least, most, lazy))
            {
                Repeat(parts, new Syntax.Repeat(Nothing, least, most, lazy), start, afterRepeat);
                afterRepeat = start;
                continue;
            }

            afterRepeat = -1;
            Part(parts);
        }

        return parts.Count == 1 ? parts[0] : new Syntax.Sequence(parts);
    }

    private void Part(List<Syntax> parts)
    {
        switch (text[_at])
        {
            case '(' when _at + 1 < text.Length && text[_at + 1] == '?':
                if (Perl() is { } group)
                {
                    parts.Add(group);
                }

                break;
            case '(':
                _at++;
                parts.Add(new Syntax.Group(Inside(_flags)));
                break;
            case '[':
                parts.Add(new Syntax.One(EscapeParser.Brackets(text, ref _at, Is(Flags.IgnoreCase))));
                break;
            case '^':
                _at++;
                parts.Add(new Syntax.At(Is(Flags.MultiLine) ? Place.LineStart : Place.TextStart));
                break;
            case '$':
                _at++;
                parts.Add(new Syntax.At(Is(Flags.MultiLine) ? Place.LineEnd : Place.TextEnd));
                break;
            case '.':
                _at++;
                parts.Add(new Syntax.One(Is(Flags.DotAll) ? CodePointSet.Of((0, CodePointSet.Last)) : CodePointSet.Of(('\n', '\n')).Complement()));
                break;
            case '\\':
                Escape(parts);
                break;
            default:
                var c = EscapeParser.CodePointAt(text, _at);
                _at += EscapeParser.Length(c);
                parts.Add(Literal(c));
                break;
        }
    }

    private void Escape(List<Syntax> parts)
    {
        Place? place = _at + 1 >= text.Length ? null : text[_at + 1] switch
        {
            'A' => Place.TextStart,
            'z' => Place.TextEnd,
            'b' => Place.WordEdge,
            'B' => Place.NoWordEdge,
            _ => null,
        };
        if (place is { } known)
        {
            _at += 2;
            parts.Add(new Syntax.At(known));
        }
        else if (text.AsSpan(_at).StartsWith(@"\Q"))
        {
            var end = text.IndexOf(@"\E", _at + 2, StringComparison.Ordinal);
            for (_at += 2; _at < (end < 0 ? text.Length : end);)
            {
                var c = EscapeParser.CodePointAt(text, _at);
                _at += EscapeParser.Length(c);
                parts.Add(Literal(c));
            }

            _at = end < 0 ? text.Length : end + 2;
        }
        else
        {
            parts.Add(EscapeParser.Class(text, ref _at, Is(Flags.IgnoreCase)) is { } set
                ? new Syntax.One(set)
                : Literal(EscapeParser.Character(text, ref _at)));
        }
    }

    private Syntax.One Literal(int c)
    {
        var set = CodePointSet.Of((c, c));
        return new Syntax.One(Is(Flags.IgnoreCase) ? CaseFolding.Fold(set) : set);
    }

    // What follows an opening parenthesis, to the closing one.
    private Syntax Inside(Flags inside)
    {
        if (++_depth > DeepestNesting)
        {
            throw EscapeParser.Error("expression nests too deeply", text);
        }

        var outside = _flags;
        _flags = inside;
        var group = Alternatives();
        if (_at == text.Length)
        {
            throw EscapeParser.Error("missing closing )", text);
        }

        _at++;
        _depth--;
        _flags = outside;
        return group;
    }

    // (?flags), (?flags:…), (?P<name>…), (?<name>…); null when only flags changed.
    private Syntax? Perl()
    {
        var start = _at;
        var rest = text.AsSpan(start + 2);
        if (rest.StartsWith("P<") || rest.StartsWith("<"))
        {
            Name(start, start + (rest[0] == 'P' ? 4 : 3));
            return new Syntax.Group(Inside(_flags));
        }

        var flags = _flags;
        var minus = false;
        var any = false;
        for (_at = start + 2; _at < text.Length; _at++)
        {
            switch (text[_at])
            {
                case 'i' or 'm' or 's' or 'U':
                    var flag = text[_at] switch { 'i' => Flags.IgnoreCase, 'm' => Flags.MultiLine, 's' => Flags.DotAll, _ => Flags.Ungreedy };
                    flags = minus ? flags & ~flag : flags | flag;
                    any = true;
                    continue;
                case '-' when !minus:
                    minus = true;
                    any = false;
                    continue;
                case ':' or ')' when !minus || any:
                    if (text[_at++] == ':')
                    {
                        return Inside(flags);
                    }

                    _flags = flags;
                    return null;
            }

            break;
        }

        throw _at >= text.Length
            ? EscapeParser.Error("missing closing )", text)
            : EscapeParser.Error("invalid or unsupported Perl syntax", text[start..(_at + 1)]);
    }

    private void Name(int start, int nameStart)
    {
        var end = text.IndexOf('>', nameStart);
        if (end < 0)
        {
            throw EscapeParser.Error("invalid named capture", text[start..]);
        }

        var name = text[nameStart..end];
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw EscapeParser.Error("invalid named capture", text[start..(end + 1)]);
        }

        if (!_groupNames.Add(name))
        {
            throw EscapeParser.Error("duplicate capture group name", name);
        }

        _at = end + 1;
    }

    // *, +, ?, {n}, {n,}, {n,m}, and the ? that makes it lazy; moves past it. A brace that is none of these is a letter.
    private (int Least, int Most, bool Lazy)? Repetition()
    {
        (int Least, int Most)? counts = text[_at] switch
        {
            '*' => (0, -1),
            '+' => (1, -1),
            '?' => (0, 1),
            _ => null,
        };
        if (counts is not null)
        {
            _at++;
        }
        else if (text[_at] == '{')
        {
            counts = Braces();
        }

        if (counts is not var (least, most))
        {
            return null;
        }

        var lazy = _at < text.Length && text[_at] == '?';
        _at += lazy ? 1 : 0;
        return (least, most, lazy != Is(Flags.Ungreedy));
    }

    private (int Least, int Most)? Braces()
    {
        var at = _at + 1;
        if (!Number(ref at, out var least))
        {
            return null;
        }

        var most = least;
        if (at < text.Length && text[at] == ',')
        {
            at++;
            most = at < text.Length && text[at] == '}' ? -1 : Number(ref at, out var m) ? m : -2;
        }

        if (most == -2 || at >= text.Length || text[at] != '}')
        {
            return null;
        }

        at++;
        if (least > MostRepeats || most > MostRepeats || (most >= 0 && least > most))
        {
            throw EscapeParser.Error("invalid repeat count", text[_at..at]);
        }

        _at = at;
        return (least, most);
    }

    private bool Number(ref int at, out int value)
    {
        var start = at;
        value = 0;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            value = Math.Min((value * 10) + text[at++] - '0', MostRepeats + 1);
        }

        // No leading zeros.
        return at > start && (at - start == 1 || text[start] != '0');
    }

    private void Repeat(List<Syntax> parts, Syntax.Repeat repeat, int start, int afterRepeat)
    {
        if (afterRepeat >= 0)
        {
            throw EscapeParser.Error("invalid nested repetition operator", text[afterRepeat.._at]);
        }

        if (parts.Count == 0)
        {
            throw EscapeParser.Error("missing argument to repetition operator", text[start.._at]);
        }

        repeat = repeat with { Part = parts[^1] };
        if (Copies(repeat) > MostRepeats)
        {
            throw EscapeParser.Error("invalid repeat count", text[start.._at]);
        }

        parts[^1] = repeat;
    }

    // How often the innermost thing is repeated by counts within counts.
    private static int Copies(Syntax syntax) => syntax switch
    {
        Syntax.Repeat r => Math.Max(1, Math.Max(r.Least, r.Most)) is var n && Copies(r.Part) is var inner && n * inner > MostRepeats
            ? MostRepeats + 1
            : n * inner,
        Syntax.Group g => Copies(g.Part),
        Syntax.Sequence s => s.Parts.Count == 0 ? 1 : s.Parts.Max(Copies),
        Syntax.Choice c => c.Parts.Max(Copies),
        _ => 1,
    };

    private bool Is(Flags flag) => (_flags & flag) != Flags.None;
}
