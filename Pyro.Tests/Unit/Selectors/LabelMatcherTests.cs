using System.Text.RegularExpressions;
using CsCheck;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Selectors;

public class LabelMatcherTests
{
    private static readonly Gen<string> Expression = Gen.Recursive<string>((depth, inner) => depth > 3
        ? One("a", "b", ".", "[ab]", "[^a]", "^", "\\z", "\\b", "\\B", "\\n", "(?m:^)", "(?m:$)")
        : Gen.OneOf(
            inner, Gen.Select(inner, inner, (x, y) => x + y), Gen.Select(inner, inner, (x, y) => $"(?:{x}|{y})"),
            Gen.Select(inner, One("*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"), (x, op) => $"(?:{x}){op}")));

    [Theory]
    [InlineData("cart", "cart", true)]
    [InlineData("car", "cart", false)]
    [InlineData("art", "cart", false)]
    [InlineData("car.*", "cart", true)]
    [InlineData("a|ab", "ab", true)]
    [InlineData("^cart$", "cart", true)]
    [InlineData("(?i)CaRt", "cArT", true)]
    [InlineData("CART", "cart", false)]
    [InlineData("one.two", "one\ntwo", true)]
    [InlineData("(?-s)one.two", "one\ntwo", false)]
    [InlineData("a$", "a\n", false)]
    [InlineData("(?m)a$\nb", "a\nb", true)]
    [InlineData("(?m:^)a\n(?m:^)b", "a\nb", true)]
    [InlineData(@"\Aa\z", "a", true)]
    [InlineData(@"\Qa.b|c\E+", "a.b|ccc", true)]
    [InlineData(@"\Qa.b", "a.b", true)]
    [InlineData("(?P<x>a)(?<y>b)", "ab", true)]
    [InlineData("[[:alpha:]]+", "abZ", true)]
    [InlineData("[[:^alpha:]]+", "12", true)]
    [InlineData("[[:word:]-]+", "a_1-", true)]
    [InlineData(@"[^[:space:]\d]+", "ab", true)]
    [InlineData(@"[^[:space:]\d]+", "a1", false)]
    [InlineData(@"\pN+", "1Ⅷ", true)]
    [InlineData(@"\p{^N}+", "ab", true)]
    [InlineData(@"\PN+", "1", false)]
    [InlineData(@"\p{Cyrillic}+", "биллинг", true)]
    [InlineData(@"\p{Cyrillic}+", "billing", false)]
    [InlineData(@"\p{Greek}", "ἀ", true)]
    [InlineData(@"\p{Han}+", "日本", true)]
    [InlineData(@"\d+", "٣", false)]
    [InlineData(@"\w+", "ü", false)]
    [InlineData(@"\s", "\v", false)]
    [InlineData("[[:space:]]", "\v", true)]
    [InlineData("z.rich", "zürich", true)]
    [InlineData("z.rich", "z\U0001F600rich", true)]
    [InlineData("..", "\U0001F600", false)]
    [InlineData("[^a]", "\U0001F600", true)]
    [InlineData("[\U0001F600-\U0001F64F]+", "\U0001F601\U0001F64F", true)]
    [InlineData("[\U0001F600-\U0001F64F]+", "\U0001F650", false)]
    [InlineData(@"\x{1F600}", "\U0001F600", true)]
    [InlineData(@"\x41\101\a?", "AA", true)]
    [InlineData("a{2,3}", "aaa", true)]
    [InlineData("a{2,3}", "aaaa", false)]
    [InlineData("a{2,}b{0}", "aaaaa", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("{", "{", true)]
    [InlineData("a{1,2", "a{1,2", true)]
    [InlineData("[]a]+", "]a", true)]
    [InlineData("[a-]+", "a-", true)]
    [InlineData("[-a]+", "a-", true)]
    [InlineData("[a-c-e]+", "b-e", true)]
    [InlineData("(|a)+", "aa", true)]
    [InlineData("(a|)b", "b", true)]
    [InlineData("()", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a||b", "", true)]
    [InlineData("(?i)k", "\u212A", true)]
    [InlineData("(?i)ſ", "S", true)]
    [InlineData("(?i)[a-z]+", "K\u212AſZ", true)]
    [InlineData("(?i)straße", "STRASSE", false)]
    [InlineData("(?i)σ", "ς", true)]
    [InlineData("(?i)a(?-i)b", "AB", false)]
    [InlineData("(?i:a)b", "Ab", true)]
    [InlineData("((?i)a)b", "AB", false)]
    [InlineData("a(?i)b|c", "C", true)]
    [InlineData("(?U)a+?b", "aab", true)]
    [InlineData("a # b", "a # b", true)]
    [InlineData(@"\bfoo\b-\Bbar|x", "x", true)]
    [InlineData(@"a\b-b", "a-b", true)]
    [InlineData(@"ü\bx", "üx", true)]
    [InlineData(@"x\B.", "xü", false)]
    [InlineData(@"a^b|a$b|^*c$*", "c", true)]
    [InlineData(@"\_\-\ ", "_- ", true)]
    public void Expressions_match_as_in_RE2(string expression, string value, bool matches)
    {
        Assert.Equal(matches, new LabelMatcher(MatchOp.Regex, "a", expression).Matches(value));
        Assert.Equal(!matches, new LabelMatcher(MatchOp.NotRegex, "a", expression).Matches(value));
    }

    [Theory]
    [InlineData("(", "missing closing ): `(`")]
    [InlineData("a)", "unexpected ): `)`")]
    [InlineData("*", "missing argument to repetition operator: `*`")]
    [InlineData("a|*", "missing argument to repetition operator: `*`")]
    [InlineData("(+)", "missing argument to repetition operator: `+`")]
    [InlineData("{2}", "missing argument to repetition operator: `{2}`")]
    [InlineData("a**", "invalid nested repetition operator: `**`")]
    [InlineData("a{2}{3}", "invalid nested repetition operator: `{2}{3}`")]
    [InlineData("a{2,1}", "invalid repeat count: `{2,1}`")]
    [InlineData("a{1001}", "invalid repeat count: `{1001}`")]
    [InlineData("(a{100}){100}", "invalid repeat count: `{100}`")]
    [InlineData("(?<!a)b", "invalid named capture: `(?<!a)b`")]
    [InlineData("(?=a)", "invalid or unsupported Perl syntax: `(?=`")]
    [InlineData("(?!a)", "invalid or unsupported Perl syntax: `(?!`")]
    [InlineData("(?>a)", "invalid or unsupported Perl syntax: `(?>`")]
    [InlineData("(?P<a>x)(?P<a>y)", "duplicate capture group name: `a`")]
    [InlineData("(?P<a-b>x)", "invalid named capture: `(?P<a-b>`")]
    [InlineData(@"(a)\1", @"invalid escape sequence: `\1`")]
    [InlineData(@"\8", @"invalid escape sequence: `\8`")]
    [InlineData(@"\Z", @"invalid escape sequence: `\Z`")]
    [InlineData(@"\C", @"invalid escape sequence: `\C`")]
    [InlineData(@"\x{110000}", @"invalid escape sequence: `\x{110000`")]
    [InlineData(@"a\", "trailing backslash at end of expression: ``")]
    [InlineData("[a", "missing closing ]: `[a`")]
    [InlineData("[b-a]", "invalid character class range: `b-a`")]
    [InlineData("[[:foo:]]", "invalid character class range: `[:foo:]`")]
    [InlineData(@"\p{Foo}", @"invalid character class range: `\p{Foo}`")]
    [InlineData(@"[a-\d]", @"invalid escape sequence: `\d`")]
    public void What_RE2_refuses_is_refused_in_its_words(string expression, string words)
    {
        var refusal = Assert.Throws<SelectorException>(() => new LabelMatcher(MatchOp.Regex, "a", expression));
        Assert.Equal("error parsing regexp: " + words, refusal.Message);
    }

    [Theory]
    [InlineData("cart|pay", "cart,pay")]
    [InlineData("(cart|pay)", "cart,pay")]
    [InlineData("cart", "cart")]
    [InlineData("|a", ",a")]
    [InlineData("p(a|b)?c", "pac,pbc,pc")]
    [InlineData(@"1\.2\.3\+", "1.2.3+")]
    [InlineData("car.*", null)]
    [InlineData("(?i)a", null)]
    [InlineData("[ab]", null)]
    [InlineData("a+", null)]
    public void Lists_of_names_are_seen(string expression, string? texts)
    {
        var matcher = new LabelMatcher(MatchOp.Regex, "a", expression);
        Assert.Equal(texts?.Split(','), matcher.SetMatches);
    }

    /// <summary>Expressions that both write alike must match alike on the platform's engine.</summary>
    [Fact]
    public void Expressions_match_as_on_the_platforms_engine() => Gen.Select(Expression, Gen.Char["ab\n"].Array[0, 8].Select(c => new string(c)).Array[20]).Sample(
        (expression, values) =>
        {
            var twin = new Regex($@"\A(?s:{expression})\z", RegexOptions.NonBacktracking);
            var matcher = new LabelMatcher(MatchOp.Regex, "a", expression);
            foreach (var value in values)
            {
                Assert.True(twin.IsMatch(value) == matcher.Matches(value), $"{expression} on {value}");
            }
        });

    [Fact]
    public void What_multiplies_too_much_is_refused()
    {
        Assert.Throws<SelectorException>(() => new LabelMatcher(MatchOp.Regex, "a", string.Concat(Enumerable.Repeat("(ab|cd){1000}", 10))));
        Assert.True(new LabelMatcher(MatchOp.Regex, "a", "a{1000}").Matches(new string('a', 1000)));
        Assert.False(new LabelMatcher(MatchOp.Regex, "a", "a{1000}").Matches(new string('a', 999)));
    }

    [Fact]
    public void One_matcher_serves_several_threads()
    {
        var matcher = new LabelMatcher(MatchOp.Regex, "a", "(x|y)*1(x|y|1){5}");
        var values = Enumerable.Range(0, 4096).Select(i => string.Concat(Enumerable.Range(0, 12).Select(b => "xy1"[(i >> b) % 3]))).ToArray();
        var expected = values.Select(v => v[6] == '1' && !v[..6].Contains('1')).ToArray();
        Parallel.For(0, 8, _ => Assert.Equal(expected, values.Select(v => matcher.Matches(v) && !v[..6].Contains('1'))));
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        Assert.Throws<SelectorException>(() => new LabelMatcher(MatchOp.Regex, "a", new string('(', 100_000) + new string(')', 100_000)));
        Assert.Throws<SelectorException>(() => new LabelMatcher(MatchOp.Regex, "a", new string('(', 100_000)));
        Assert.True(new LabelMatcher(MatchOp.Regex, "a", new string('(', 200) + new string(')', 200)).MatchesEmpty);
    }

    [Fact]
    public void Absent_labels_count_as_empty()
    {
        Assert.True(new LabelMatcher(MatchOp.Equal, "a", "").MatchesEmpty);
        Assert.True(new LabelMatcher(MatchOp.NotEqual, "a", "x").MatchesEmpty);
        Assert.True(new LabelMatcher(MatchOp.NotRegex, "a", ".+").MatchesEmpty);
        Assert.False(new LabelMatcher(MatchOp.Regex, "a", ".+").MatchesEmpty);
    }

    private static Gen<string> One(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
