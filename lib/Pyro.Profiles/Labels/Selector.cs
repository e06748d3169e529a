
namespace Pyro.Profiles.Labels;

/// <summary>The text of a selector cannot be understood; the message is Prometheus' own where that is demanded.</summary>
public sealed class SelectorException(string message) : Exception(message);

/// <summary>
/// Parses the Prometheus instant-vector selector grammar: <c>{a="b", c!="d", e=~"re", f!~"re"}</c>, an optional metric name before
/// the braces, quoted label names, comments, a trailing comma.
/// </summary>
public static class Selector
{
    /// <summary>The matchers of a selector; a metric name becomes a <c>__name__</c> matcher; <c>{}</c> gives none.</summary>
    /// <exception cref="SelectorException">The text is no selector.</exception>
    public static LabelMatcher[] Parse(string text) => new SelectorParser(text).Parse();
}

/// <summary>Recursive descent over the tokens of one selector.</summary>
internal sealed class SelectorParser(string text)
{
    private readonly SelectorLexer _lexer = new(text);
    private readonly List<LabelMatcher> _matchers = [];
    private string? _metric;

    public LabelMatcher[] Parse()
    {
        var token = _lexer.Next(inBraces: false);
        if (token.Kind == TokenKind.End)
            throw new SelectorException("unknown position: parse error: unexpected end of input");
        if (token.Kind == TokenKind.Identifier)
        {
            _metric = token.Text;
            token = _lexer.Next(inBraces: false);
        }
        if (token.Kind == TokenKind.OpenBrace)
        {
            Matchers();
            token = _lexer.Next(inBraces: false);
        }
        if (token.Kind != TokenKind.End)
            throw Unexpected(token, "");
        if (_metric is not null)
            _matchers.Add(new LabelMatcher(MatchOp.Equal, "__name__", _metric));
        return [.. _matchers];
    }

    private void Matchers()
    {
        var token = _lexer.Next(inBraces: true);
        while (token.Kind != TokenKind.CloseBrace)
        {
            if (token.Kind is not (TokenKind.Identifier or TokenKind.Text))
                throw Unexpected(token, " in label matching, expected identifier or \"}\"");
            var after = Matcher(token, _lexer.Next(inBraces: true));
            if (after.Kind == TokenKind.CloseBrace)
                return;
            if (after.Kind != TokenKind.Comma)
                throw Unexpected(after, " in label matching, expected \",\" or \"}\"");
            token = _lexer.Next(inBraces: true);
        }
    }

    /// <summary>One matcher, or a quoted metric name; returns the token behind it.</summary>
    private Token Matcher(Token name, Token op)
    {
        if (name.Kind == TokenKind.Text && op.Kind is TokenKind.Comma or TokenKind.CloseBrace)
        {
            if (_metric is not null)
                throw At(name, $"metric name must not be set twice: \"{_metric}\" or \"{name.Text}\"");
            _metric = name.Text;
            return op;
        }
        if (op.Kind != TokenKind.Operator)
            throw Unexpected(op, " in label matching, expected label matching operator");
        var value = _lexer.Next(inBraces: true);
        if (value.Kind != TokenKind.Text)
            throw Unexpected(value, " in label matching, expected string");
        try
        {
            _matchers.Add(new LabelMatcher(op.Op, name.Text, value.Text));
        }
        catch (SelectorException e)
        {
            throw At(name, e.Message);
        }
        return _lexer.Next(inBraces: true);
    }

    private SelectorException Unexpected(Token token, string context) => At(token, token.Kind switch
    {
        TokenKind.End => "unexpected end of input" + context,
        TokenKind.Identifier => $"unexpected identifier \"{token.Text}\"{context}",
        TokenKind.Text => $"unexpected string \"{token.Text}\"{context}",
        _ => $"unexpected \"{token.Text}\"{context}",
    });

    private SelectorException At(Token token, string message) => _lexer.Error(token.Start, message);
}
