namespace Aspire.Hosting.ApplicationModel;

/// <summary>The rule for names of resources and endpoints, which become host names, variables and object names.</summary>
internal static class ModelName
{
    private const int Longest = 64;

    /// <summary>Refuses a name that breaks the rule.</summary>
    /// <exception cref="ArgumentException">Says which part of the rule it breaks.</exception>
    public static void Check(string kind, string name)
    {
        if (Fault(name) is { } fault)
            throw new ArgumentException($"{kind} name '{name}' is not valid: {fault}", nameof(name));
    }

    private static string? Fault(string? name) => name switch
    {
        null or "" => "it is empty.",
        { Length: > Longest } => $"it is longer than {Longest} characters.",
        _ when !char.IsAsciiLetter(name[0]) => "it has to start with a letter.",
        _ when name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-') => "only ASCII letters, digits and hyphens may be in it.",
        _ when name.EndsWith('-') => "it ends in a hyphen.",
        _ when name.Contains("--", StringComparison.Ordinal) => "it has two hyphens in a row.",
        _ => null,
    };
}
