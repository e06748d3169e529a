using System.Collections.Concurrent;
using System.Globalization;

namespace Pyro.Profiles.Labels.Expressions;

/// <summary>Classes that <c>\p{…}</c> and <c>[:…:]</c> name: general categories, scripts, POSIX classes.</summary>
internal static class UnicodeClasses
{
    private const string Categories = "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn";

    private static readonly Dictionary<string, string> Posix = new(StringComparer.Ordinal)
    {
        ["alnum"] = "09AZaz",
        ["alpha"] = "AZaz",
        ["ascii"] = "\0\u007F",
        ["blank"] = "\t\t  ",
        ["cntrl"] = "\0\u001F\u007F\u007F",
        ["digit"] = "09",
        ["graph"] = "!~",
        ["lower"] = "az",
        ["print"] = " ~",
        ["punct"] = "!/:@[`{~",
        ["space"] = "\t\r  ",
        ["upper"] = "AZ",
        ["word"] = "09AZaz__",
        ["xdigit"] = "09AFaf",
    };

    private static readonly ConcurrentDictionary<string, CodePointSet?> Named = new(StringComparer.Ordinal);
    private static readonly Lazy<Dictionary<string, string>> Scripts = new(ReadScripts);

    /// <summary>ASCII digits.</summary>
    public static CodePointSet Digit { get; } = PosixClass("digit")!;

    /// <summary>ASCII letters, digits and the underscore.</summary>
    public static CodePointSet Word { get; } = PosixClass("word")!;

    /// <summary>Blanks of ASCII without the vertical tab.</summary>
    public static CodePointSet Space { get; } = CodePointSet.Of(('\t', '\n'), ('\f', '\r'), (' ', ' '));

    /// <summary>A POSIX class, or null.</summary>
    public static CodePointSet? PosixClass(string name)
    {
        if (!Posix.TryGetValue(name, out var ends))
        {
            return null;
        }

        var set = new CodePointSet();
        for (var i = 0; i < ends.Length; i += 2)
        {
            set.Add(ends[i], ends[i + 1]);
        }

        set.Sort();
        return set;
    }

    /// <summary>A general category (<c>L</c>, <c>Lu</c>), a script (<c>Greek</c>) or <c>Any</c>; else null.</summary>
    public static CodePointSet? Unicode(string name) => Named.Count > 1000 ? Find(name) : Named.GetOrAdd(name, Find);

    private static CodePointSet? Find(string name)
    {
        var set = name == "Any" ? CodePointSet.Of((0, CodePointSet.Last))
            : name.Length is 1 or 2 ? Category(name)
            : Scripts.Value.TryGetValue(name, out var ranges) ? Script(ranges) : null;
        set?.Sort();
        return set;
    }

    // The order of the names is that of the platform's enumeration.
    private static CodePointSet? Category(string name)
    {
        Span<bool> wanted = stackalloc bool[Categories.Length / 2];
        for (var i = 0; i < wanted.Length; i++)
        {
            wanted[i] = Categories.AsSpan(2 * i, 2).StartsWith(name) && (name != "C" || i != (int)UnicodeCategory.OtherNotAssigned);
        }

        if (!wanted.Contains(true))
        {
            return null;
        }

        var set = new CodePointSet();
        var first = -1;
        for (var c = 0; c <= CodePointSet.Last; c++)
        {
            var belongs = wanted[(int)CharUnicodeInfo.GetUnicodeCategory(c)];
            if (belongs && first < 0)
            {
                first = c;
            }
            else if (!belongs && first >= 0)
            {
                set.Add(first, c - 1);
                first = -1;
            }
        }

        if (first >= 0)
        {
            set.Add(first, CodePointSet.Last);
        }

        return set;
    }

    private static CodePointSet Script(string ranges)
    {
        var set = new CodePointSet();
        foreach (var range in ranges.Split(','))
        {
            var ends = range.Split('-');
            set.Add(int.Parse(ends[0], NumberStyles.HexNumber), int.Parse(ends[^1], NumberStyles.HexNumber));
        }

        return set;
    }

    // One script a line: its name, a blank, its ranges in hexadecimal, separated by commas.
    private static Dictionary<string, string> ReadScripts()
    {
        using var stream = typeof(UnicodeClasses).Assembly.GetManifestResourceStream("scripts.txt")!;
        using var reader = new StreamReader(stream);
        var scripts = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var blank = line.IndexOf(' ');
            scripts[line[..blank]] = line[(blank + 1)..];
        }

        return scripts;
    }
}
