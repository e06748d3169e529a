using System.Collections.Immutable;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>The endpoints of one resource while the application runs: their public ports, kept open, and the ports of the replicas behind them.</summary>
internal sealed class ResourceEndpoints(IResource resource, bool randomize) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EndpointAnnotation, EndpointProxy> _proxies = [];
    private ImmutableDictionary<string, ReplicaPorts> _replicas = ImmutableDictionary<string, ReplicaPorts>.Empty;

    /// <summary>All endpoints.</summary>
    public IReadOnlyList<EndpointAnnotation> All { get; } = [.. resource.Annotations.OfType<EndpointAnnotation>()];

    /// <summary>
    /// Opens the public ports that are not open and gives each endpoint its address. An endpoint whose port cannot be opened has its address
    /// all the same, so that nobody waits for it.
    /// </summary>
    /// <exception cref="PortUnusableException">The fixed port of an endpoint cannot be opened.</exception>
    public void Open()
    {
        PortUnusableException? unusable = null;
        foreach (var endpoint in All)
        {
            try
            {
                endpoint.AllocatedEndpoint = new(endpoint, PublicHost(endpoint), OpenPort(endpoint));
            }
            catch (PortUnusableException e)
            {
                unusable ??= e;
                endpoint.AllocatedEndpoint = new(endpoint, PublicHost(endpoint), e.Port);
            }
        }
        if (unusable is not null)
            throw unusable;
    }

    /// <summary>The ports that one replica listens on in its next run.</summary>
    public ReplicaPorts Assign()
    {
        var ports = new Dictionary<EndpointAnnotation, int>();
        var owned = new List<int>();
        foreach (var endpoint in All)
        {
            if (_proxies.ContainsKey(endpoint) && (IsContainer || endpoint.TargetPort is null))
            {
                ports[endpoint] = Ports.Free();
                owned.Add(ports[endpoint]);
            }
            else
            {
                ports[endpoint] = _proxies.ContainsKey(endpoint) ? endpoint.TargetPort!.Value : endpoint.AllocatedEndpoint!.Port;
            }
        }
        return new(ports, owned);
    }

    /// <summary>Whether replicas are given ports that another program may take before them.</summary>
    public bool HasDrawnPorts => _proxies.Keys.Any(endpoint => IsContainer || endpoint.TargetPort is null);

    /// <summary>A replica takes connections, or its health changed.</summary>
    public void Attach(string replica, ReplicaPorts ports, bool isHealthy)
    {
        lock (_lock)
        {
            _replicas = _replicas.SetItem(replica, ports with { IsHealthy = isHealthy });
            PassOn();
        }
    }

    /// <summary>A replica has gone; its ports may be given to others.</summary>
    public void Detach(string replica)
    {
        lock (_lock)
        {
            if (!_replicas.TryGetValue(replica, out var ports))
                return;
            _replicas = _replicas.Remove(replica);
            foreach (var port in ports.Owned)
                Ports.Return(port);
            PassOn();
        }
    }

    /// <summary>Closes the public ports.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
            await proxy.DisposeAsync();
        _proxies.Clear();
    }

    private bool IsContainer => resource.HasAnnotationOfType<ContainerImageAnnotation>();

    private int OpenPort(EndpointAnnotation endpoint)
    {
        if (!endpoint.IsProxied || endpoint.Protocol != ProtocolType.Tcp)
        {
            endpoint.Port ??= Ports.Free();
            return endpoint.Port.Value;
        }
        lock (_lock)
        {
            if (!_proxies.TryGetValue(endpoint, out var proxy))
                _proxies[endpoint] = proxy = EndpointProxy.Listen(endpoint.TargetHost, randomize ? null : endpoint.Port);
            return proxy.Port;
        }
    }

    private void PassOn()
    {
        foreach (var (endpoint, proxy) in _proxies)
            proxy.SetTargets([.. _replicas.Values.Select(replica => new ProxyTarget(PublicHost(endpoint), replica.Of(endpoint), replica.IsHealthy))]);
    }

    private static string PublicHost(EndpointAnnotation endpoint) => IsEveryAddress(endpoint.TargetHost) ? "localhost" : endpoint.TargetHost;

    private static bool IsEveryAddress(string host) => host is "*" or "+" or "0.0.0.0" or "[::]" or "::";
}

/// <summary>The ports that one replica listens on during one run, on this machine.</summary>
/// <param name="Targets">One for each endpoint.</param>
/// <param name="Owned">Those that were drawn for it.</param>
internal sealed record ReplicaPorts(IReadOnlyDictionary<EndpointAnnotation, int> Targets, IReadOnlyList<int> Owned)
{
    /// <summary>Whether its health checks pass.</summary>
    public bool IsHealthy { get; init; }

    /// <summary>The port for one endpoint.</summary>
    public int Of(EndpointAnnotation endpoint) => Targets[endpoint];
}
