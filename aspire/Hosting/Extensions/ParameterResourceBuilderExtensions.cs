using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Values given from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    private const int PasswordLength = 22;

    /// <summary>Adds a parameter whose value configuration gives, as <c>Parameters:NAME</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(Configured(builder, name, $"Parameters:{name}", secret));

    /// <summary>Adds a parameter with a value of its own, which configuration may replace.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="publishValueAsDefault">Whether the value is written out when the application is published; not for secrets.</param>
    /// <param name="secret">Whether the value is masked wherever it is shown.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    /// <summary>Adds a parameter with a value asked for when first needed, which configuration may replace.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="valueGetter">Gives its value.</param>
    /// <param name="publishValueAsDefault">Whether the value is written out when the application is published; not for secrets.</param>
    /// <param name="secret">Whether the value is masked wherever it is shown.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false)
    {
        if (publishValueAsDefault && secret)
            throw new ArgumentException($"Parameter '{name}' is a secret: its value must not be written out when the application is published.", nameof(secret));
        var parameter = Configured(builder, name, $"Parameters:{name}", secret);
        parameter.Default = new ConstantParameterDefault(valueGetter);
        return builder.AddResource(parameter);
    }

    /// <summary>Adds a parameter with a default.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">The default.</param>
    /// <param name="secret">Whether the value is masked wherever it is shown.</param>
    /// <param name="persist">Whether a default once made is kept in the user's secrets.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        var parameter = Configured(builder, name, $"Parameters:{name}", secret);
        parameter.Default = persist ? Persisted(builder, name, value) : value;
        return builder.AddResource(parameter);
    }

    /// <summary>Adds a parameter whose value a configuration key gives.</summary>
    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(
        this IDistributedApplicationBuilder builder, string name, string configurationKey, bool secret = false) =>
        builder.AddResource(Configured(builder, name, configurationKey, secret));

    /// <summary>Says what a parameter is for.</summary>
    public static IResourceBuilder<ParameterResource> WithDescription(
        this IResourceBuilder<ParameterResource> builder, string description, bool enableMarkdown = false)
    {
        builder.Resource.Description = description;
        builder.Resource.EnableDescriptionMarkdown = enableMarkdown;
        return builder;
    }

    /// <summary>A connection string that configuration gives, as <c>ConnectionStrings:NAME</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The connection string's name.</param>
    /// <param name="environmentVariableName">The variable that carries it; null: <c>ConnectionStrings__NAME</c>.</param>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null)
    {
        var key = $"ConnectionStrings:{name}";
        return builder.AddResource(new ConnectionStringParameterResource(
            name, _ => Value(builder.Configuration, key) ?? throw Missing("Connection string", name, key), environmentVariableName)
        { IsConnectionString = true });
    }

    /// <summary>A password of 22 characters, made once and kept in the user's secrets.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder, string name, bool lower = true, bool upper = true, bool numeric = true, bool special = true,
        int minLower = 0, int minUpper = 0, int minNumeric = 0, int minSpecial = 0)
    {
        var parameter = Configured(builder, name, $"Parameters:{name}", secret: true);
        parameter.Default = Persisted(builder, name, new GenerateParameterDefault
        {
            MinLength = PasswordLength,
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
            MinLower = minLower,
            MinUpper = minUpper,
            MinNumeric = minNumeric,
            MinSpecial = minSpecial,
        });
        return parameter;
    }

    private static ParameterResource Configured(IDistributedApplicationBuilder builder, string name, string key, bool secret) =>
        new(name, @default => Value(builder.Configuration, key) ?? @default?.GetDefaultValue() ?? throw Missing("Parameter", name, key), secret);

    /// <summary>A default that is made once where there is a place to keep it: in run mode, with a UserSecretsId.</summary>
    private static ParameterDefault Persisted(IDistributedApplicationBuilder builder, string name, ParameterDefault value) =>
        builder.ExecutionContext.IsRunMode && builder is DistributedApplicationBuilder { Secrets: { } secrets }
            ? new ConstantParameterDefault(() => secrets.GetOrAdd($"Parameters:{name}", value.GetDefaultValue)) : value;

    /// <summary>What configuration says under a key, or under the same with underscores, as variables spell it.</summary>
    private static string? Value(ConfigurationManager configuration, string key) =>
        configuration[key] is { Length: > 0 } value ? value : configuration[key.Replace('-', '_')] is { Length: > 0 } spelled ? spelled : null;

    private static MissingParameterValueException Missing(string kind, string name, string key) => new(
        $"{kind} '{name}' has no value. Set {key} by the variable {key.Replace(":", "__", StringComparison.Ordinal).Replace('-', '_')}, "
        + $"by `dotnet user-secrets set {key} VALUE`, or by --{key}=VALUE.");
}

/// <summary>Connection strings put together from other resources.</summary>
public static class ConnectionStringBuilderExtensions
{
    /// <summary>Adds a connection string.</summary>
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression) =>
        builder.AddResource(new ConnectionStringResource(name, connectionStringExpression)).WithReferenceRelationship(connectionStringExpression);

    /// <summary>Adds a connection string.</summary>
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, Action<ReferenceExpressionBuilder> connectionStringBuilder)
    {
        var expression = new ReferenceExpressionBuilder();
        connectionStringBuilder(expression);
        return builder.AddConnectionString(name, expression.Build());
    }
}

/// <summary>Services outside of the application.</summary>
public static class ExternalServiceBuilderExtensions
{
    /// <summary>Adds a service by its URL.</summary>
    public static IResourceBuilder<ExternalServiceResource> AddExternalService(this IDistributedApplicationBuilder builder, string name, string url) =>
        builder.AddExternalService(name, Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri
            : throw new ArgumentException($"The URL '{url}' of the external service '{name}' has to be absolute.", nameof(url)));

    /// <summary>Adds a service by its URL.</summary>
    public static IResourceBuilder<ExternalServiceResource> AddExternalService(this IDistributedApplicationBuilder builder, string name, Uri uri) =>
        builder.AddResource(new ExternalServiceResource(name, uri));

    /// <summary>Adds a service whose URL a parameter gives.</summary>
    public static IResourceBuilder<ExternalServiceResource> AddExternalService(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource> urlParameter) =>
        builder.AddResource(new ExternalServiceResource(name, urlParameter.Resource));
}
