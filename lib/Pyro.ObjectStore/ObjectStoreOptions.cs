using Pyro.Configuration;
using Pyro.ObjectStore.S3;

namespace Pyro.ObjectStore;

/// <summary>Where the bucket is (<c>storage</c>).</summary>
public sealed record ObjectStoreOptions
{
    /// <summary>filesystem or s3.</summary>
    public string Backend { get; init; } = "filesystem";

    /// <summary>What stands before all keys, without the `/` between; "": nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Folder of the filesystem backend.</summary>
    public string Directory { get; init; } = "./data-shared";

    /// <summary>The bucket of the s3 backend.</summary>
    public S3Options S3 { get; init; } = new();

    /// <summary>Takes the options out of the settings.</summary>
    public static ObjectStoreOptions From(Settings settings)
    {
        string prefix = settings.Text("storage.prefix"), oldPrefix = settings.Text("storage.storage_prefix"), backend = settings.Text("storage.backend");
        return new ObjectStoreOptions
        {
            Backend = backend.Length == 0 ? "filesystem" : backend,
            Prefix = (prefix.Length == 0 ? oldPrefix : prefix).TrimEnd('/'),
            Directory = settings.Text("storage.filesystem.dir"),
            S3 = S3Options.From(settings),
        };
    }

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults() => Backend switch
    {
        "s3" => S3.Faults(),
        "filesystem" when Directory.Length == 0 || Directory.Contains('\0') =>
            ["storage.filesystem.dir (-storage.filesystem.dir) must be the name of a folder"],
        "filesystem" => [],
        _ => [$"storage.backend (-storage.backend) {Backend} is not supported yet; supported are filesystem and s3, which also speaks to S3 endpoints of others, GCS's among them"],
    };
}
