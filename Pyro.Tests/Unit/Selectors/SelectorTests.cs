using System.Text.Json;
using System.Text.RegularExpressions;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Selectors;

public class SelectorTests
{
    private static readonly string[] Good =
    [
        "{}", " {} ", "{a=\"b\"}", "{a='b'}", "{a=`b\\`}", "{ a = \"b\" , c != \"d\", }", "up", "process_cpu:cpu{a=~\"x|y\"}", "{\"a.b\"=\"c\"}",
        "{\"up\"}", "{\"up\", a!~\"\"}", "# c\n{a=\"b\"} # d", "sum{a=\"b\"}", "offset", "{a=\"\\x41\\101\\u00fc\\U0001F600\\n\\\"\"}",
    ];

    [Theory]
    [InlineData("{}", "")]
    [InlineData("{a=\"b\"}", "a=\"b\"")]
    [InlineData("{a='b\"c'}", "a=\"b\\\"c\"")]
    [InlineData("{a=`b\\n\"`}", "a=\"b\\\\n\\\"\"")]
    [InlineData("{ a = \"b\" , c != \"d\", e=~\"f|g\",h!~'.+', }", "a=\"b\" c!=\"d\" e=~\"f|g\" h!~\".+\"")]
    [InlineData("process_cpu", "__name__=\"process_cpu\"")]
    [InlineData("a:b{c=\"d\"}", "c=\"d\" __name__=\"a:b\"")]
    [InlineData("{\"a.b\"=\"c\"}", "a.b=\"c\"")]
    [InlineData("{\"up\"}", "__name__=\"up\"")]
    [InlineData("sum{}", "__name__=\"sum\"")]
    [InlineData("{sum=\"x\",offset=\"y\"}", "sum=\"x\" offset=\"y\"")]
    [InlineData("{a=\"\\x41\\101\\u00fc\\U0001F600\\t\"}", "a=\"AAü😀\\t\"")]
    [InlineData("{a=\"\\xc3\\xbc\"}", "a=\"ü\"")]
    [InlineData("# note }\n{a=\"b\", # more\n c=\"d\"}", "a=\"b\" c=\"d\"")]
    public void Selectors_are_read(string selector, string matchers)
    {
        Assert.Equal(matchers, string.Join(' ', Selector.Parse(selector).Select(m => m.ToString())));
    }

    [Theory]
    [InlineData("", "unknown position: parse error: unexpected end of input")]
    [InlineData(" ", "1:2: parse error: unexpected end of input")]
    [InlineData("{", "1:2: parse error: unexpected end of input inside braces")]
    [InlineData("{a=\"ü\"", "1:8: parse error: unexpected end of input inside braces")]
    [InlineData("{\na=b}", "2:3: parse error: unexpected identifier \"b\" in label matching, expected string")]
    [InlineData("}", "1:1: parse error: unexpected right brace '}'")]
    [InlineData("{a!b}", "1:3: parse error: unexpected character after '!' inside braces: 'b'")]
    [InlineData("{a=\"b}", "1:4: parse error: unterminated quoted string")]
    [InlineData("{a=`b}", "1:4: parse error: unterminated raw string")]
    [InlineData("{a=\"\\q\"}", "1:4: parse error: unknown escape sequence U+0071 'q'")]
    [InlineData("{a=\"\\xg0\"}", "1:4: parse error: illegal character U+0067 'g' in escape sequence")]
    [InlineData("{a=\"b\",,}", "1:8: parse error: unexpected \",\" in label matching, expected identifier or \"}\"")]
    [InlineData("{a==~\"b\"}", "1:4: parse error: unexpected <op:=~> in label matching, expected string")]
    [InlineData("{\"a\" \"b\"}", "1:6: parse error: unexpected string \"\\\"b\\\"\" in label matching, expected \",\" or \"}\"")]
    [InlineData("up{} offset 5m", "1:6: parse error: unexpected <offset>")]
    [InlineData("up 5m", "1:4: parse error: unexpected duration \"5m\"")]
    [InlineData("5", "1:1: parse error: unexpected number \"5\"")]
    [InlineData("bool", "1:1: parse error: unexpected <bool>")]
    [InlineData("ü", "1:1: parse error: unexpected character: 'ü'")]
    [InlineData("{a=\"b\"}{c=\"d\"}", "1:8: parse error: unexpected \"{\"")]
    [InlineData("{x=\"y\",a=~\"(\"}", "1:8: parse error: error parsing regexp: missing closing ): `(`")]
    public void Bad_selectors_are_refused_in_prometheus_words(string selector, string words)
    {
        Assert.Equal(words, Assert.Throws<SelectorException>(() => Selector.Parse(selector)).Message);
    }

    [Theory]
    [InlineData("x", 1)]
    [InlineData("", 1)]
    [InlineData("a:b:c:d", 4)]
    [InlineData("a:b:c:d:e:f:g", 7)]
    public void Bad_profile_types_are_refused_in_pyroscopes_words(string id, int parts)
    {
        Assert.Equal(
            "profile-type selection must be of the form <name>:<sample-type>:<sample-unit>:<period-type>:<period-unit>(:delta), "
            + $"got({parts}): \"{id}\"",
            Assert.Throws<SelectorException>(() => ProfileType.Parse(id)).Message);
    }

    [Fact]
    public void A_profile_type_keeps_its_text_and_is_stored_by_five_parts()
    {
        var type = ProfileType.Parse("goroutine:goroutine:count:::delta");
        Assert.Equal("goroutine:goroutine:count:::delta", type.Id);
        Assert.Equal("goroutine:goroutine:count::", type.Stored);
    }

    /// <summary>What Pyroscope accepted and refused; words of Go's library are free.</summary>
    [Fact]
    public void Recorded_selectors_are_taken_and_refused_as_recorded()
    {
        if (Repository.Corpus is null)
        {
            return;
        }

        var tried = 0;
        foreach (var name in (string[])["matchers", "bad-requests"])
        {
            using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Corpus, "query", name, "case.json")));
            foreach (var step in document.RootElement.GetProperty("steps").EnumerateArray())
            {
                if (step.TryGetProperty("request", out var request) && request.TryGetProperty("body", out var body)
                    && body.TryGetProperty("json", out var asked) && asked.TryGetProperty("labelSelector", out var selector))
                {
                    Compare(selector.GetString()!, step);
                    tried++;
                }
            }
        }

        Assert.True(tried > 80);
    }

    [Fact]
    public void Any_text_is_read_or_refused() => Fuzz.RunText("selector", Good, text =>
    {
        try
        {
            Selector.Parse(text);
        }
        catch (SelectorException)
        {
        }
    });

    [Fact]
    public void Any_expression_is_compiled_or_refused() => Fuzz.RunText(
        "expression",
        ["a(b|c)*d{2,3}[^x-z]+$", @"\p{Greek}\pN[[:alpha:]]\x{1F600}\Q.\E", "(?i:abc)(?P<n>.)(?s-m)^", @"\bfoo\B\d\D\w\W\s\S|[\d\-a]", "((a?)+?){5}"],
        text =>
        {
            try
            {
                new LabelMatcher(MatchOp.Regex, "a", text).Matches(text);
            }
            catch (SelectorException)
            {
            }
        });

    private static void Compare(string selector, JsonElement step)
    {
        var response = step.GetProperty("response");
        if (response.GetProperty("status").GetInt32() == 200)
        {
            Selector.Parse(selector);
            return;
        }

        var message = response.GetProperty("body").GetProperty("json").GetProperty("message").GetString()!;
        if (Regex.Match(message, @"\d+:\d+: parse error: .*|unknown position: .*", RegexOptions.NonBacktracking) is not { Success: true } words)
        {
            return;
        }

        // The recorded message is JSON within JSON.
        using var inner = JsonDocument.Parse(message.StartsWith('{') ? message : JsonSerializer.Serialize(message));
        var text = inner.RootElement.ValueKind == JsonValueKind.Object ? inner.RootElement.GetProperty("message").GetString()! : words.Value;
        Assert.Equal(text, Assert.Throws<SelectorException>(() => Selector.Parse(selector)).Message);
    }
}
