namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource's endpoint, named before it has an address. As a value it is the endpoint's URL.</summary>
public sealed class EndpointReference : IValueProvider, IManifestExpressionProvider, IValueWithReferences
{
    private EndpointAnnotation? _annotation;

    /// <summary>Names an endpoint.</summary>
    /// <param name="owner">The resource.</param>
    /// <param name="endpointName">The endpoint's name.</param>
    public EndpointReference(IResourceWithEndpoints owner, string endpointName)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(endpointName);
        Resource = owner;
        EndpointName = endpointName;
    }

    /// <summary>Names an endpoint by what describes it.</summary>
    /// <param name="owner">The resource.</param>
    /// <param name="endpoint">The endpoint.</param>
    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint)
        : this(owner, endpoint.Name) => _annotation = endpoint;

    /// <summary>The resource.</summary>
    public IResourceWithEndpoints Resource { get; }

    /// <summary>The endpoint's name.</summary>
    public string EndpointName { get; }

    /// <summary>Whether the endpoint has an address yet.</summary>
    public bool IsAllocated => Find()?.AllocatedEndpoint is not null;

    /// <summary>Whether the resource has the endpoint.</summary>
    public bool Exists => Find() is not null;

    /// <summary>Whether the scheme is http.</summary>
    public bool IsHttp => Scheme.Equals("http", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the scheme is https.</summary>
    public bool IsHttps => Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);

    /// <summary>The scheme.</summary>
    public string Scheme => Annotation.UriScheme;

    /// <summary>The port of the process, when it was fixed.</summary>
    public int? TargetPort => Annotation.TargetPort;

    /// <summary>The port that others use.</summary>
    /// <exception cref="InvalidOperationException">The endpoint has no address yet.</exception>
    public int Port => Address.Port;

    /// <summary>The host that others use.</summary>
    /// <exception cref="InvalidOperationException">The endpoint has no address yet.</exception>
    public string Host => Address.Address;

    /// <summary>The URL that others use.</summary>
    /// <exception cref="InvalidOperationException">The endpoint has no address yet.</exception>
    public string Url => Address.UriString;

    string IManifestExpressionProvider.ValueExpression => $"{{{Resource.Name}.bindings.{EndpointName}.url}}";

    IEnumerable<object> IValueWithReferences.References => [Resource];

    /// <summary>What describes the endpoint.</summary>
    /// <exception cref="InvalidOperationException">The resource has no such endpoint; names those it has.</exception>
    internal EndpointAnnotation Annotation => Find() ?? throw new InvalidOperationException(
        $"Resource '{Resource.Name}' has no endpoint '{EndpointName}'. " + Known());

    private AllocatedEndpoint Address => Annotation.AllocatedEndpoint ?? throw new InvalidOperationException(
        $"Endpoint '{EndpointName}' of resource '{Resource.Name}' has no address before the application starts.");

    /// <summary>A part of the endpoint's address as a value.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    /// <summary>The URL, once the endpoint has an address.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => Property(EndpointProperty.Url).GetValueAsync(cancellationToken);

    private EndpointAnnotation? Find() => _annotation ??= Resource.Annotations.OfType<EndpointAnnotation>()
        .FirstOrDefault(e => e.Name.Equals(EndpointName, StringComparison.OrdinalIgnoreCase));

    private string Known()
    {
        var names = Resource.Annotations.OfType<EndpointAnnotation>().Select(e => $"'{e.Name}'").ToArray();
        return names.Length == 0
            ? "It has none: add one with WithHttpEndpoint or WithEndpoint, or by a launch profile with an applicationUrl."
            : $"It has {string.Join(", ", names)}.";
    }
}

/// <summary>A part of an endpoint's address.</summary>
/// <param name="endpointReference">The endpoint.</param>
/// <param name="property">The part.</param>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IValueProvider, IManifestExpressionProvider, IValueWithReferences
{
    /// <summary>The endpoint.</summary>
    public EndpointReference Endpoint { get; } = endpointReference;

    /// <summary>The part.</summary>
    public EndpointProperty Property { get; } = property;

    /// <inheritdoc/>
    public string ValueExpression => $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{Suffix}}}";

    IEnumerable<object> IValueWithReferences.References => [Endpoint];

    private string Suffix => Property switch
    {
        EndpointProperty.IPV4Host or EndpointProperty.Host => "host",
        EndpointProperty.Port => "port",
        EndpointProperty.Scheme => "scheme",
        EndpointProperty.TargetPort => "targetPort",
        EndpointProperty.HostAndPort => "hostAndPort",
        _ => "url",
    };

    /// <summary>The part's value, once the endpoint has an address.</summary>
    /// <exception cref="InvalidOperationException">There is no such endpoint, or its process's port differs between instances.</exception>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var annotation = Endpoint.Annotation;
        if (Property == EndpointProperty.Scheme)
            return annotation.UriScheme;
        if (Property == EndpointProperty.TargetPort)
        {
            return annotation.TargetPort?.ToString() ?? throw new InvalidOperationException(
                $"The target port of endpoint '{Endpoint.EndpointName}' of resource '{Endpoint.Resource.Name}' is known to its own instances only.");
        }
        var address = await annotation.Allocated.WaitAsync(cancellationToken);
        return Property switch
        {
            EndpointProperty.Host => address.Address,
            EndpointProperty.IPV4Host => address.Address == "localhost" ? "127.0.0.1" : address.Address,
            EndpointProperty.Port => address.Port.ToString(),
            EndpointProperty.HostAndPort => $"{address.Address}:{address.Port}",
            EndpointProperty.Url => address.UriString,
            _ => throw new InvalidOperationException($"An endpoint has no part {Property}."),
        };
    }
}

/// <summary>The parts of an endpoint's address.</summary>
public enum EndpointProperty
{
    /// <summary>All of it as a URL.</summary>
    Url = 0,

    /// <summary>The host.</summary>
    Host = 1,

    /// <summary>The host as an IPv4 address.</summary>
    IPV4Host = 2,

    /// <summary>The port that others use.</summary>
    Port = 3,

    /// <summary>The scheme.</summary>
    Scheme = 4,

    /// <summary>The port of the process.</summary>
    TargetPort = 5,

    /// <summary>Host and port with a colon between.</summary>
    HostAndPort = 6,
}
