namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// Finds the values of environment variables, arguments and links for one instance. Beside <see cref="IValueProvider"/>, which knows
/// the value only, it knows which are secret, the instance's own ports, and circles.
/// </summary>
/// <param name="instance">The instance; null for what all instances share.</param>
internal sealed class ValueResolver(ResourceInstance? instance)
{
    private readonly List<IResource> _path = [];

    /// <summary>The value of anything that a model may give as one; null: it has none.</summary>
    /// <exception cref="DistributedApplicationException">It can have none: a circle, an empty connection string, an unknown type.</exception>
    /// <exception cref="InvalidOperationException">There is no such endpoint.</exception>
    public async ValueTask<ResolvedValue?> Resolve(object? value, CancellationToken cancellation) => value switch
    {
        null => null,
        string text => new ResolvedValue(text, IsSecret: false),
        ParameterResource parameter => await Parameter(parameter, cancellation),
        EndpointReference endpoint => Plain(await endpoint.GetValueAsync(cancellation)),
        EndpointReferenceExpression { Property: EndpointProperty.TargetPort } port when TargetPort(port) is { } own => Plain(own),
        ReferenceExpression expression => await Expression(expression, cancellation),
        ConnectionStringReference reference => await Reference(reference, cancellation),
        IResourceWithConnectionString resource => await ConnectionString(resource, cancellation),
        InstanceValue own => Plain(instance is null ? "" : own.Of(instance)),
        SecretText secret => new ResolvedValue(secret.Text, IsSecret: true),
        IValueProvider provider => Plain(await provider.GetValueAsync(cancellation)),
        _ => throw new DistributedApplicationException($"a value of type {value.GetType().Name} cannot be used: give a string, or something that has a value later."),
    };

    /// <summary>The connection string of a resource.</summary>
    public async ValueTask<ResolvedValue?> ConnectionString(IResourceWithConnectionString resource, CancellationToken cancellation)
    {
        if (resource is ParameterResource parameter)
            return await Parameter(parameter, cancellation);
        if (_path.Contains(resource))
        {
            throw new DistributedApplicationException(
                $"the connection strings refer to each other in a circle: {string.Join(" → ", _path.Append(resource).Select(r => r.Name))}.");
        }
        _path.Add(resource);
        try
        {
            return resource.TryGetLastAnnotation<ConnectionStringRedirectAnnotation>(out var redirect)
                ? await ConnectionString(redirect.Resource, cancellation)
                : await Expression(resource.ConnectionStringExpression, cancellation);
        }
        finally
        {
            _path.RemoveAt(_path.Count - 1);
        }
    }

    private async ValueTask<ResolvedValue?> Reference(ConnectionStringReference reference, CancellationToken cancellation)
    {
        var found = await ConnectionString(reference.Resource, cancellation);
        if (string.IsNullOrEmpty(found?.Text) && !reference.Optional)
            throw new DistributedApplicationException($"the connection string of resource '{reference.Resource.Name}' is empty.");
        return found;
    }

    private static async ValueTask<ResolvedValue?> Parameter(ParameterResource parameter, CancellationToken cancellation) =>
        new(await parameter.GetValueAsync(cancellation) ?? "", parameter.Secret);

    private async ValueTask<ResolvedValue?> Expression(ReferenceExpression expression, CancellationToken cancellation)
    {
        var values = new object?[expression.ValueProviders.Count];
        var isSecret = false;
        for (var i = 0; i < values.Length; i++)
        {
            var part = await Resolve(expression.ValueProviders[i], cancellation);
            values[i] = ReferenceExpression.Formatted(part?.Text, expression.StringFormats[i]);
            isSecret |= part?.IsSecret ?? false;
        }
        return new ResolvedValue(string.Format(expression.Format, values), isSecret);
    }

    private string? TargetPort(EndpointReferenceExpression expression) =>
        instance is not null && instance.TargetPorts.TryGetValue(expression.Endpoint.Annotation, out var port) ? port.ToString() : null;

    private static ResolvedValue? Plain(string? text) => text is null ? null : new ResolvedValue(text, IsSecret: false);
}
