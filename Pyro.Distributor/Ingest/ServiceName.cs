using System.Text;

namespace Pyro.Distributor.Ingest;

/// <summary>The <c>name</c> of an ingest request cannot be read; the message is what the client gets.</summary>
internal sealed class ServiceNameException(string message) : Exception(message);

/// <summary>
/// The parameter <c>name</c> of <c>/ingest</c>: <c>app.name{key=value,key2=value2}</c>. There is no quoting: a value ends at <c>,</c>
/// or <c>}</c>. As in Pyroscope an unclosed brace or text after it is accepted, what is unfinished does not count, and of a
/// repeated key the last value stays.
/// </summary>
internal sealed record ServiceName(string Name, IReadOnlyDictionary<string, string> Tags)
{
    private enum Part
    {
        Name,
        Key,
        Value,
        Done,
    }

    /// <summary>Reads the parameter.</summary>
    /// <exception cref="ServiceNameException">No name, or a character that may not be.</exception>
    public static ServiceName Parse(string text)
    {
        var name = "";
        var key = "";
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        var part = Part.Name;
        var start = 0;
        for (var i = 0; i <= text.Length && part != Part.Done; i++)
        {
            var end = i == text.Length;
            var c = end ? '{' : text[i];
            switch (part)
            {
                case Part.Name when c == '{':
                    name = Checked(text[start..i], "service name", "-./_");
                    part = Part.Key;
                    break;
                case Part.Key when c == '=' && !end:
                    key = text[start..i];
                    part = Part.Value;
                    break;
                case Part.Key when c == '}':
                    part = Part.Done;
                    break;
                case Part.Value when c is ',' or '}':
                    tags[Checked(key, "label name", "._")] = text[start..i].Trim();
                    part = Part.Key;
                    break;
                default:
                    continue;
            }

            start = i + 1;
        }

        return new ServiceName(name, tags);
    }

    private static string Checked(string text, string what, string punctuation)
    {
        text = text.Trim();
        if (text == "") throw new ServiceNameException($"{what} is required");
        foreach (var rune in text.EnumerateRunes())
        {
            var allowed = rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || punctuation.Contains((char)rune.Value));
            if (!allowed) throw new ServiceNameException($"invalid {what}: {text}: character is not allowed: '{rune}'");
        }

        return text;
    }
}
