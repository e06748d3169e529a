using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint that a resource listens on: the port that others use and the port of the process behind it.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private readonly TaskCompletionSource<AllocatedEndpoint> _allocated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int? _port;
    private int? _targetPort;
    private string? _transport;
    private AllocatedEndpoint? _allocatedEndpoint;

    /// <summary>Describes an endpoint.</summary>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="uriScheme">The scheme; by default the protocol's name in small letters.</param>
    /// <param name="transport">By default <c>http</c> for the schemes http and https, else the protocol's name.</param>
    /// <param name="name">By default the scheme.</param>
    /// <param name="port">The port that others use; null: any free one.</param>
    /// <param name="targetPort">The port of the process; null: any free one.</param>
    /// <param name="isExternal">Whether the endpoint is reached from outside of the application.</param>
    /// <param name="isProxied">Whether a proxy stands before the process; by default it does.</param>
    public EndpointAnnotation(
        ProtocolType protocol, string? uriScheme = null, string? transport = null, string? name = null, int? port = null,
        int? targetPort = null, bool? isExternal = null, bool? isProxied = null)
    {
        Protocol = protocol;
        UriScheme = uriScheme ?? ProtocolName;
        Name = name ?? UriScheme;
        ModelName.Check("Endpoint", Name);
        _transport = transport;
        CheckPort(port, nameof(port));
        CheckPort(targetPort, nameof(targetPort));
        _port = port;
        _targetPort = targetPort;
        IsExternal = isExternal ?? false;
        IsProxied = isProxied ?? true;
    }

    /// <summary>Describes an endpoint in full.</summary>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="uriScheme">The scheme; by default the protocol's name in small letters.</param>
    /// <param name="transport">By default <c>http</c> for the schemes http and https, else the protocol's name.</param>
    /// <param name="name">By default the scheme.</param>
    /// <param name="port">The port that others use; null: any free one.</param>
    /// <param name="targetPort">The port of the process; null: any free one.</param>
    /// <param name="isExternal">Whether the endpoint is reached from outside of the application.</param>
    /// <param name="isProxied">Whether a proxy stands before the process.</param>
    public EndpointAnnotation(
        ProtocolType protocol, string? uriScheme, string? transport, string? name, int? port, int? targetPort, bool? isExternal, bool isProxied)
        : this(protocol, uriScheme, transport, name, port, targetPort, isExternal, (bool?)isProxied)
    {
    }

    /// <summary>TCP or UDP.</summary>
    public ProtocolType Protocol { get; set; }

    /// <summary>The port that others use; null: any free one. Without a proxy it is the process's own.</summary>
    public int? Port
    {
        get => _port ?? (IsProxied ? null : _targetPort);
        set => _port = value;
    }

    /// <summary>The port of the process; null: any free one. Without a proxy it is the one that others use.</summary>
    public int? TargetPort
    {
        get => _targetPort ?? (IsProxied ? null : _port);
        set => _targetPort = value;
    }

    /// <summary>The scheme of the endpoint's URL.</summary>
    public string UriScheme { get; set; }

    /// <summary>The host that the process listens on.</summary>
    public string TargetHost { get; set; } = "localhost";

    /// <summary>What is spoken: <c>http</c>, <c>http2</c>, <c>tcp</c> or <c>udp</c>.</summary>
    public string Transport
    {
        get => _transport ?? (UriScheme is "http" or "https" ? "http" : ProtocolName);
        set => _transport = value;
    }

    /// <summary>The name, unique within the resource without regard to case.</summary>
    public string Name { get; set; }

    /// <summary>Whether the endpoint is reached from outside of the application.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Whether a proxy stands before the process, so that replicas share an address and a restart keeps it.</summary>
    public bool IsProxied { get; set; }

    /// <summary>The address that was given to the endpoint when the application started; null before.</summary>
    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => _allocatedEndpoint;
        set
        {
            _allocatedEndpoint = value;
            if (value is not null)
                _allocated.TrySetResult(value);
        }
    }

    /// <summary>The address, once there is one.</summary>
    internal Task<AllocatedEndpoint> Allocated => _allocated.Task;

    /// <summary>Whether a variable of its own tells the process its port, so that the framework's variables leave it out.</summary>
    internal bool HasOwnVariable { get; set; }

    private string ProtocolName => Protocol == ProtocolType.Udp ? "udp" : "tcp";

    private static void CheckPort(int? port, string parameter)
    {
        if (port is < 0 or > 65535)
            throw new ArgumentOutOfRangeException(parameter, port, "A port is a number from 0 to 65535.");
    }
}

/// <summary>The address that others use for an endpoint.</summary>
public class AllocatedEndpoint
{
    internal AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port)
    {
        Endpoint = endpoint;
        Address = address;
        Port = port;
    }

    internal EndpointAnnotation Endpoint { get; }

    internal string Address { get; }

    internal int Port { get; }

    internal string UriString => $"{Endpoint.UriScheme}://{Address}:{Port}";

    /// <summary>The address as a URL.</summary>
    public override string ToString() => UriString;
}
