using Pyro.Profiles.Labels;

namespace Pyro.Profiles.Pprof;

/// <summary>Tells which language a profile comes from, for metrics and for the repairs that only Go's profiles need.</summary>
public static class Language
{
    /// <summary>No rule applies.</summary>
    public const string Unknown = "unknown";

    /// <summary>Go, whose profiles need repairs (<see cref="GoTypeParameters"/>, <see cref="GoTruncatedStacks"/>).</summary>
    public const string Go = "go";

    /// <summary>By the label <c>pyroscope_spy</c>, else by how the first telling string of the profile begins or ends.</summary>
    public static string Detect(PprofProfile p, ReadOnlySpan<Label> labels)
    {
        foreach (Label label in labels)
        {
            if (label.Name == "pyroscope_spy" && OfSpy(label.Value) is { } known)
            {
                return known;
            }
        }

        for (int i = 0; i < p.StringCount; i++)
        {
            if (OfText(p.String(i)) is { } language)
            {
                return language;
            }
        }

        return Unknown;
    }

    private static string? OfSpy(string spy) => spy switch
    {
        "gospy" => Go,
        "pyspy" => "python",
        "rbspy" => "ruby",
        "nodespy" => "nodejs",
        "javaspy" or "grafana-agent.java" => "java",
        "dotnetspy" => "dotnet",
        "phpspy" => "php",
        "pyroscope-rs" => "rust",
        _ => null,
    };

    private static string? OfText(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3)
        {
            return null;
        }

        if (Touches(text, ".go"u8) || Touches(text, "/usr/local/go/"u8))
        {
            return Go;
        }

        if (Touches(text, "java/"u8) || Touches(text, "sun/"u8))
        {
            return "java";
        }

        if (Touches(text, ".rb"u8) || Touches(text, "gems/"u8))
        {
            return "ruby";
        }

        if (Touches(text, "./node_modules/"u8) || Touches(text, ".js"u8))
        {
            return "nodejs";
        }

        if (Touches(text, "System."u8) || Touches(text, "Microsoft."u8))
        {
            return "dotnet";
        }

        return Touches(text, ".py"u8) ? "python" : Touches(text, "main.rs"u8) || Touches(text, "core.rs"u8) ? "rust" : null;
    }

    private static bool Touches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part) => text.StartsWith(part) || text.EndsWith(part);
}
