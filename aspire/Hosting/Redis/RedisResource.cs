namespace Aspire.Hosting.ApplicationModel;

/// <summary>A Redis server in a container.</summary>
public class RedisResource : ContainerResource, IResourceWithConnectionString
{
    internal const string EndpointName = "tcp";

    /// <summary>Without a password.</summary>
    /// <param name="name">The resource's name.</param>
    public RedisResource(string name)
        : base(name) => PrimaryEndpoint = new EndpointReference(this, EndpointName);

    /// <summary>With a password.</summary>
    /// <param name="name">The resource's name.</param>
    /// <param name="password">The password.</param>
    public RedisResource(string name, ParameterResource password)
        : this(name) => PasswordParameter = password;

    /// <summary>Where clients connect.</summary>
    public EndpointReference PrimaryEndpoint { get; }

    /// <summary>The endpoint's host.</summary>
    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    /// <summary>The endpoint's port.</summary>
    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    /// <summary>The password; null: none is asked for.</summary>
    public ParameterResource? PasswordParameter { get; internal set; }

    /// <summary>Whether the connection is encrypted.</summary>
    public bool TlsEnabled { get; }

    /// <summary>The connection string in StackExchange.Redis's form: <c>host:port,password=…</c>.</summary>
    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var expression = new ReferenceExpressionBuilder();
            expression.Append($"{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");
            if (PasswordParameter is not null)
                expression.Append($",password={PasswordParameter}");
            if (TlsEnabled)
                expression.AppendLiteral(",ssl=true");
            return expression.Build();
        }
    }

    /// <summary>The connection string as a URL: <c>redis://:PASSWORD@host:port</c>.</summary>
    public ReferenceExpression UriExpression
    {
        get
        {
            var expression = new ReferenceExpressionBuilder();
            expression.AppendLiteral(TlsEnabled ? "rediss://" : "redis://");
            if (PasswordParameter is not null)
                expression.Append($":{PasswordParameter:uri}@");
            expression.Append($"{Host}:{Port}");
            return expression.Build();
        }
    }

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties()
    {
        yield return new("Host", ReferenceExpression.Create($"{Host}"));
        yield return new("Port", ReferenceExpression.Create($"{Port}"));
        if (PasswordParameter is not null)
            yield return new("Password", ReferenceExpression.Create($"{PasswordParameter}"));
        yield return new("Uri", UriExpression);
    }
}

/// <summary>When Redis writes its data to disk.</summary>
internal sealed record RedisPersistenceAnnotation(TimeSpan Interval, long KeysChangedThreshold) : IResourceAnnotation;
