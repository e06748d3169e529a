namespace Pyro.Tests;

/// <summary>Where the sources lie, for tests that read them or use what stands beside them.</summary>
internal static class Repository
{
    /// <summary>The folder of Pyro.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The recorded corpus (env PYRO_CORPUS, else beside the repository), or null in a clone without it.</summary>
    public static string? Corpus { get; } = FindCorpus();

    private static string FindRoot()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, "Pyro.sln")))
                return at;
        }
        throw new DirectoryNotFoundException("Pyro.sln is in no folder above the test binary.");
    }

    private static string? FindCorpus()
    {
        var told = Environment.GetEnvironmentVariable("PYRO_CORPUS");
        if (!string.IsNullOrEmpty(told))
            return told;
        var beside = Path.GetFullPath(Path.Combine(Root, "..", "shared", "corpus"));
        return Directory.Exists(beside) ? beside : null;
    }
}
