using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>Makes of a container resource a run of the engine, or of the image's stand-in where no engine answers.</summary>
internal sealed class ContainerPlanner(RunOptions options, StandIns standIns)
{
    private readonly Lock _lock = new();
    private Task<ContainerEngine?>? _engine;

    /// <summary>The ports that the program inside listens on: those of the container, or of this machine when a stand-in runs.</summary>
    public async Task<IReadOnlyDictionary<EndpointAnnotation, int>> InsidePorts(IResource resource, ReplicaPorts ports, CancellationToken cancellation) =>
        await Engine().WaitAsync(cancellation) is null ? ports.Targets
            : resource.Annotations.OfType<EndpointAnnotation>().ToDictionary(endpoint => endpoint, endpoint => endpoint.TargetPort ?? ports.Of(endpoint));

    /// <summary>Plans a run.</summary>
    /// <exception cref="LaunchException">No engine answers and the image has no stand-in.</exception>
    public async Task<RunPlan> Plan(
        IResource resource, string id, ReplicaPorts ports, List<ResolvedValue> arguments, Dictionary<string, ResolvedValue> variables,
        CancellationToken cancellation)
    {
        resource.TryGetContainerImageName(out var image);
        var texts = variables.ToDictionary(one => one.Key, one => one.Value.Text, StringComparer.Ordinal);
        var shown = variables.Select(one => new RunVariable(one.Key, one.Value.Text, one.Value.IsSecret)).ToList();
        if (await Engine().WaitAsync(cancellation) is { } engine)
            return InEngine(engine, resource, Spec(resource, id, image!, ports, [.. arguments.Select(one => one.Text)], texts), shown, arguments);
        if (standIns.Find(image!) is { } standIn)
            return InPlace(standIn, resource, image!, ports, [.. arguments.Select(one => one.Text)], texts, shown);
        throw new LaunchException(
            $"Container '{resource.Name}' needs the image {image}, and no container engine was found: neither docker nor podman answers. " +
            "Start one (`docker version` must name a server), or take the resource out of the graph.");
    }

    private Task<ContainerEngine?> Engine()
    {
        lock (_lock)
            return _engine ??= ContainerEngine.Find(options.ContainerRuntime, CancellationToken.None);
    }

    private static RunPlan InEngine(
        ContainerEngine engine, IResource resource, ContainerSpec spec, IReadOnlyList<RunVariable> shown, List<ResolvedValue> arguments)
    {
        var persistent = resource.TryGetLastAnnotation<ContainerLifetimeAnnotation>(out var lifetime) && lifetime.Lifetime == ContainerLifetime.Persistent;
        return new(persistent ? engine.Logs(spec.Name) : engine.Foreground(spec), $"container ({engine.Name})")
        {
            Variables = shown,
            Container = persistent ? null : spec.Name,
            Engine = engine,
            Prepare = persistent ? cancellation => engine.Persist(spec, cancellation) : cancellation => engine.Remove(spec.Name, cancellation),
            StopByCommand = persistent ? (grace, cancellation) => engine.Stop(spec.Name, grace, cancellation) : null,
            CleanUp = persistent ? null : () => engine.Remove(spec.Name, CancellationToken.None),
            Properties =
            [
                ("container.image", spec.Image), ("container.name", spec.Name), ("container.id", spec.Name), ("container.command", spec.Entrypoint ?? ""),
                ("container.args", RunPlanner.Masked(arguments)), ("container.lifetime", persistent ? "Persistent" : "Session"),
                ("container.ports", string.Join(", ", spec.Ports.Select(port => $"{port.Host}:{port.Container}"))),
            ],
        };
    }

    private RunPlan InPlace(
        Func<StandInRequest, Launch> standIn, IResource resource, string image, ReplicaPorts ports, string[] arguments,
        Dictionary<string, string> variables, IReadOnlyList<RunVariable> shown)
    {
        var hostPorts = resource.Annotations.OfType<EndpointAnnotation>()
            .GroupBy(endpoint => endpoint.TargetPort ?? ports.Of(endpoint)).ToDictionary(group => group.Key, group => ports.Of(group.First()));
        var folders = resource.Annotations.OfType<ContainerMountAnnotation>().ToDictionary(mount => mount.Target, mount => Folder(resource, mount), StringComparer.Ordinal);
        return new(standIn(new(resource.Name, arguments, variables, hostPorts, folders)), "stand-in process")
        {
            Variables = shown,
            Properties = [("container.image", image)],
        };
    }

    private ContainerSpec Spec(IResource resource, string id, string image, ReplicaPorts ports, string[] arguments, Dictionary<string, string> variables) => new(id, image)
    {
        Entrypoint = (resource as ContainerResource)?.Entrypoint,
        Arguments = arguments,
        Environment = variables,
        Ports = [.. ports.Targets.Select(one => new ContainerPort(one.Value, one.Key.TargetPort ?? one.Value, one.Key.Protocol == System.Net.Sockets.ProtocolType.Udp))],
        Mounts = [.. resource.Annotations.OfType<ContainerMountAnnotation>().Select(mount => new ContainerMount(
            mount.Type == ContainerMountType.BindMount ? Path.GetFullPath(mount.Source!, options.AppHostDirectory) : mount.Source,
            mount.Target, mount.Type == ContainerMountType.Volume, mount.IsReadOnly))],
        RuntimeArguments =
        [
            .. resource.Annotations.OfType<ContainerRuntimeArgsAnnotation>().SelectMany(one => one.Args),
            .. resource.Annotations.OfType<ContainerNetworkAliasAnnotation>().SelectMany(one => (string[])["--network-alias", one.Alias]),
        ],
        PullPolicy = resource.TryGetLastAnnotation<ContainerImagePullPolicyAnnotation>(out var pull)
            ? pull.Policy switch { ImagePullPolicy.Always => "always", ImagePullPolicy.Missing => "missing", _ => null } : null,
    };

    /// <summary>Where a stand-in keeps what a container would keep in a volume.</summary>
    private string Folder(IResource resource, ContainerMountAnnotation mount)
    {
        if (mount.Type == ContainerMountType.BindMount)
            return Directory.CreateDirectory(Path.GetFullPath(mount.Source!, options.AppHostDirectory)).FullName;
        var name = mount.Source ?? $"{resource.Name}-{mount.Target.Trim('/').Replace('/', '-')}";
        return Directory.CreateDirectory(Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "apphost-volumes", InstanceName.Stable(options.AppHostPath), name)).FullName;
    }
}
