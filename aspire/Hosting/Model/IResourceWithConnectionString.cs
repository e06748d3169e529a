namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource that clients reach by a connection string.</summary>
public interface IResourceWithConnectionString : IResource, IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    /// <summary>The connection string, made of what is known once endpoints are allocated.</summary>
    ReferenceExpression ConnectionStringExpression { get; }

    /// <summary>The variable that carries the connection string; null: <c>ConnectionStrings__NAME</c>.</summary>
    string? ConnectionStringEnvironmentVariable => null;

    /// <summary>The connection string.</summary>
    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ConnectionStringExpression.GetValueAsync(cancellationToken);

    /// <summary>The parts of the connection string, for clients that want them singly.</summary>
    IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => [];

    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);

    IEnumerable<object> IValueWithReferences.References => [ConnectionStringExpression];
}

/// <summary>A wish for a resource's connection string, which may be empty when optional.</summary>
internal sealed record ConnectionStringReference(IResourceWithConnectionString Resource, bool Optional) : IValueProvider, IManifestExpressionProvider
{
    public string ValueExpression => Resource.ValueExpression;

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => Resource.GetConnectionStringAsync(cancellationToken);
}

/// <summary>Another resource's connection string stands for this one's.</summary>
internal sealed record ConnectionStringRedirectAnnotation(IResourceWithConnectionString Resource) : IResourceAnnotation;

/// <summary>A part of the connection string added by the model.</summary>
internal sealed record ConnectionPropertyAnnotation(string Name, ReferenceExpression Value) : IResourceAnnotation;
