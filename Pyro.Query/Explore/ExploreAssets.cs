using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Pyro.Query.Explore;

/// <summary>One file of the Explore page in the encodings that were built.</summary>
/// <param name="ContentType">With charset where it is text.</param>
/// <param name="Plain">Resource name of the file itself.</param>
/// <param name="Brotli">Resource name of its Brotli form, or null.</param>
/// <param name="Gzip">Resource name of its gzip form, or null.</param>
/// <param name="Tag">Changes with the content; quoted.</param>
public sealed record ExploreAsset(string ContentType, string Plain, string? Brotli, string? Gzip, string Tag);

/// <summary>The files of the Explore page, embedded in this assembly under <c>explore/</c> as the build of web/explore made them.</summary>
public sealed class ExploreAssets
{
    private const string Prefix = "explore/";

    private readonly Assembly _assembly;
    private readonly FrozenDictionary<string, ExploreAsset> _byPath;

    /// <summary>Finds what is embedded.</summary>
    public ExploreAssets()
        : this(typeof(ExploreAssets).Assembly)
    {
    }

    /// <summary>Finds what is embedded in an assembly.</summary>
    public ExploreAssets(Assembly assembly)
    {
        _assembly = assembly;
        var names = assembly.GetManifestResourceNames().Select(static n => n.Replace('\\', '/'))
            .Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        string? IfThere(string name) => names.Contains(name) ? name : null;
        _byPath = names.Where(static n => !n.EndsWith(".br", StringComparison.Ordinal) && !n.EndsWith(".gz", StringComparison.Ordinal))
            .ToFrozenDictionary(
                static n => n[Prefix.Length..],
                n => new ExploreAsset(ContentType(n), n, IfThere(n + ".br"), IfThere(n + ".gz"), Tag(n)));
    }

    /// <summary>The file of a path such as <c>index.html</c> or <c>assets/main-1a2b.js</c>; null when there is none.</summary>
    public ExploreAsset? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>The bytes of a resource.</summary>
    public Stream Open(string resource) => _assembly.GetManifestResourceStream(resource)
        ?? throw new FileNotFoundException("a resource that was listed is gone", resource);

    private string Tag(string resource)
    {
        using var content = Open(resource);
        return $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"";
    }

    private static string ContentType(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        _ => "application/octet-stream",
    };
}
