namespace Pyro.Tests.Unit.Blocks.Meta;

/// <summary>Files of the recorded blocks.</summary>
internal static class CorpusFiles
{
    public static IReadOnlyList<string> Find(string pattern) => Repository.Corpus is null ? []
        : [.. Directory.GetFiles(Path.Combine(Repository.Corpus, "blocks"), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
