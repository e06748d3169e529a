using System.Collections.Concurrent;

namespace Aspire.Hosting.Running;

/// <summary>What a stand-in is asked to be: a process that listens on these ports of this machine and keeps its data in these folders.</summary>
/// <param name="Resource">The resource's name.</param>
/// <param name="Arguments">Those of the container.</param>
/// <param name="Environment">Those of the container.</param>
/// <param name="Ports">Port of this machine by port of the container.</param>
/// <param name="Folders">Folder of this machine by path in the container; all exist.</param>
internal sealed record StandInRequest(
    string Resource, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment,
    IReadOnlyDictionary<int, int> Ports, IReadOnlyDictionary<string, string> Folders);

/// <summary>Processes that take the place of containers where no container engine answers, by image.</summary>
internal sealed class StandIns
{
    private readonly ConcurrentDictionary<string, Func<StandInRequest, Launch>> _byImage = new(StringComparer.Ordinal);

    /// <summary>From now on the image (without registry and tag: "library/redis") has this stand-in.</summary>
    public void Register(string image, Func<StandInRequest, Launch> launch) => _byImage[Repository(image)] = launch;

    /// <summary>The stand-in of an image, or null.</summary>
    public Func<StandInRequest, Launch>? Find(string image) => _byImage.GetValueOrDefault(Repository(image));

    /// <summary>"docker.io/library/redis:8.6" is "library/redis", and so is "redis".</summary>
    internal static string Repository(string image)
    {
        var digest = image.IndexOf('@', StringComparison.Ordinal);
        var name = digest < 0 ? image : image[..digest];
        var tag = name.LastIndexOf(':');
        if (tag > name.LastIndexOf('/'))
            name = name[..tag];
        var first = name.Split('/')[0];
        var hasRegistry = name.Contains('/', StringComparison.Ordinal) && (first == "localhost" || first.AsSpan().IndexOfAny('.', ':') >= 0);
        if (hasRegistry)
            name = name[(first.Length + 1)..];
        return name.Contains('/', StringComparison.Ordinal) ? name : $"library/{name}";
    }
}
