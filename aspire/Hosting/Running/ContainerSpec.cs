using System.Security.Cryptography;
using System.Text;

namespace Aspire.Hosting.Running;

/// <summary>A port of the container and the port of this machine that leads to it.</summary>
internal sealed record ContainerPort(int Host, int Container, bool IsUdp);

/// <summary>A volume (a name, or null for an unnamed one) or a folder of this machine (an absolute path) in a container.</summary>
internal sealed record ContainerMount(string? Source, string Target, bool IsVolume, bool IsReadOnly);

/// <summary>All that a container is started with.</summary>
internal sealed record ContainerSpec(string Name, string Image)
{
    /// <summary>The label that holds <see cref="Fingerprint"/>.</summary>
    public const string Label = "aspire.apphost.fingerprint";

    /// <summary>Replaces the image's own entrypoint.</summary>
    public string? Entrypoint { get; init; }

    /// <summary>What follows the entrypoint.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables inside.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Published on the loopback address.</summary>
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    /// <summary>Volumes and folders.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>Given to the engine's <c>run</c> as they are.</summary>
    public IReadOnlyList<string> RuntimeArguments { get; init; } = [];

    /// <summary>"always", "missing", or null for the engine's own rule.</summary>
    public string? PullPolicy { get; init; }

    /// <summary>The arguments of <c>docker run</c>; podman takes the same.</summary>
    /// <param name="detached">In the background and kept when it ends; else in the foreground and removed when it ends.</param>
    public IReadOnlyList<string> RunArguments(bool detached)
    {
        List<string> arguments = ["run", detached ? "--detach" : "--rm", "--name", Name, "--label", $"{Label}={Fingerprint()}"];
        if (PullPolicy is not null)
            arguments.AddRange(["--pull", PullPolicy]);
        foreach (var port in Ports)
            arguments.AddRange(["--publish", $"127.0.0.1:{port.Host}:{port.Container}{(port.IsUdp ? "/udp" : "")}"]);
        foreach (var mount in Mounts)
            arguments.AddRange(["--mount", MountArgument(mount)]);
        // A name alone takes the value from the client's environment, where other users of the machine do not see it.
        foreach (var (name, value) in Environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
            arguments.AddRange(["--env", PassesThroughClient(name) ? name : $"{name}={value}"]);
        arguments.AddRange(["--add-host", "host.docker.internal:host-gateway"]);
        if (Entrypoint is not null)
            arguments.AddRange(["--entrypoint", Entrypoint]);
        arguments.AddRange(RuntimeArguments);
        arguments.Add(Image);
        arguments.AddRange(Arguments);
        return arguments;
    }

    /// <summary>The variables that the engine's client needs to pass on by name.</summary>
    public IReadOnlyDictionary<string, string> ClientEnvironment() =>
        Environment.Where(variable => PassesThroughClient(variable.Key)).ToDictionary(StringComparer.Ordinal);

    /// <summary>The same for two specifications that make the same container; tells nothing of the values.</summary>
    public string Fingerprint()
    {
        var text = new StringBuilder();
        void Add(string? part) => text.Append(part?.Length ?? -1).Append(':').Append(part);
        Add(Image);
        Add(Entrypoint);
        foreach (var part in (IEnumerable<string>)[.. Arguments, "|", .. RuntimeArguments])
            Add(part);
        foreach (var (name, value) in Environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
            Add($"{name}={value}");
        foreach (var mount in Mounts)
            Add(MountArgument(mount));
        foreach (var port in Ports)
            Add($"{port.Container}/{port.IsUdp}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }

    private static string MountArgument(ContainerMount mount) =>
        $"type={(mount.IsVolume ? "volume" : "bind")}{(mount.Source is null ? "" : $",source={mount.Source}")},target={mount.Target}{(mount.IsReadOnly ? ",readonly" : "")}";

    /// <summary>Not those that the client itself obeys.</summary>
    private static bool PassesThroughClient(string name) =>
        name is not ("PATH" or "HOME" or "USER" or "TMPDIR" or "SHELL" or "LD_PRELOAD" or "LD_LIBRARY_PATH" or "HTTP_PROXY" or "HTTPS_PROXY" or "NO_PROXY")
        && !name.StartsWith("DOCKER_", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("CONTAINER", StringComparison.OrdinalIgnoreCase)
        && !name.StartsWith("XDG_", StringComparison.Ordinal) && !name.StartsWith("ASPIRE_", StringComparison.Ordinal);
}
