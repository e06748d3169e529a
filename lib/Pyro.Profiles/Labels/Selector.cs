namespace Pyro.Profiles.Labels;

/// <summary>
/// Parses the Prometheus instant-vector selector grammar: an optional metric name, then
/// <c>{a="b", c!="d", e=~"re", f!~"re", "quoted.name"="x"}</c>. What PromQL hangs on to a selector (ranges, offsets, functions) is
/// refused. A selector of matchers that all accept empty text is allowed.
/// </summary>
public static class Selector
{
    /// <summary>The matchers of a selector; a metric name becomes a <c>__name__</c> matcher; <c>{}</c> gives none.</summary>
    /// <exception cref="SelectorException">The text is no selector.</exception>
    public static LabelMatcher[] Parse(string text) => new Parser(text).Selector();

    private ref struct Parser(string text)
    {
        private readonly SelectorLexer _lexer = new(text);
        private readonly List<LabelMatcher> _matchers = [];
        private Token _token;

        public LabelMatcher[] Selector()
        {
            Advance();
            var name = _token.Kind is TokenKind.Identifier or TokenKind.MetricIdentifier
                || (_token.Kind == TokenKind.Other && PromqlWords.MayNameMetric(_token.Text)) ? _token.Text : null;
            if (name is not null)
            {
                Advance();
            }

            if (_token.Kind == TokenKind.LeftBrace)
            {
                Matchers();
            }
            else if (name is null)
            {
                throw Unexpected();
            }

            if (_token.Kind != TokenKind.End)
            {
                throw Unexpected();
            }

            if (name is not null)
            {
                _matchers.Add(new LabelMatcher(MatchOp.Equal, LabelNames.Name, name));
            }

            return [.. _matchers];
        }

        // From the left brace to what follows the right one; a trailing comma is allowed.
        private void Matchers()
        {
            Advance();
            while (_token.Kind != TokenKind.RightBrace)
            {
                Matcher();
                if (_token.Kind == TokenKind.Comma)
                {
                    Advance();
                }
                else if (_token.Kind != TokenKind.RightBrace)
                {
                    throw Unexpected(""" in label matching, expected "," or "}" """.TrimEnd());
                }
            }

            Advance();
        }

        private void Matcher()
        {
            var label = _token;
            if (label.Kind is not (TokenKind.Identifier or TokenKind.Text))
            {
                throw Unexpected(""" in label matching, expected identifier or "}" """.TrimEnd());
            }

            Advance();
            var name = label.Kind == TokenKind.Text ? QuotedText.Unquote(label.Text) : label.Text;
            if (_token.Kind != TokenKind.Operator)
            {
                if (label.Kind == TokenKind.Identifier)
                {
                    throw Unexpected(" in label matching, expected label matching operator");
                }

                // A quoted text alone is the metric's name.
                _matchers.Add(new LabelMatcher(MatchOp.Equal, LabelNames.Name, name));
                return;
            }

            var op = Operator();
            Advance();
            if (_token.Kind != TokenKind.Text)
            {
                throw Unexpected(" in label matching, expected string");
            }

            _matchers.Add(Compile(label.Start, op, name, QuotedText.Unquote(_token.Text)));
            Advance();
        }

        private readonly MatchOp Operator() => _token.Text switch
        {
            "=" => MatchOp.Equal,
            "!=" => MatchOp.NotEqual,
            "=~" => MatchOp.Regex,
            _ => MatchOp.NotRegex,
        };

        // A bad expression is blamed on its matcher's first character.
        private readonly LabelMatcher Compile(int at, MatchOp op, string name, string value)
        {
            try
            {
                return new LabelMatcher(op, name, value);
            }
            catch (SelectorException e)
            {
                throw _lexer.Error(at, e.Message);
            }
        }

        private void Advance() => _token = _lexer.Next();

        private readonly SelectorException Unexpected(string context = "") =>
            _lexer.Error(_token.Start, $"unexpected {_token.Description}{context}");
    }
}
