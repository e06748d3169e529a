namespace Pyro.AppHost;

/// <summary>
/// A MinIO server in a container, with one bucket store for all. Written here on Aspire's public interface alone, since no package for MinIO has
/// outlived the versions of Aspire that this AppHost is for.
/// </summary>
/// <param name="name">The resource's name.</param>
/// <param name="user">The access key.</param>
/// <param name="password">Its secret.</param>
internal sealed class MinioResource(string name, ParameterResource user, ParameterResource password)
    : ContainerResource(name), IResourceWithConnectionString
{
    /// <summary>Name of the endpoint at which S3 is served.</summary>
    public const string EndpointName = "http";

    /// <summary>Where S3 is served.</summary>
    public EndpointReference PrimaryEndpoint => field ??= new EndpointReference(this, EndpointName);

    /// <summary>The access key.</summary>
    public ParameterResource User => user;

    /// <summary>Its secret.</summary>
    public ParameterResource Password => password;

    /// <summary>The connection string: <c>Endpoint=http://host:port;AccessKey=…;SecretKey=…</c>.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"Endpoint={PrimaryEndpoint.Property(EndpointProperty.Url)};AccessKey={User};SecretKey={Password}");
}

/// <summary>What can be said of MinIO.</summary>
internal static class MinioBuilderExtensions
{
    private const int TargetPort = 9000;
    private const string DataPath = "/data";
    private const string DefaultUser = "minioadmin";

    /// <summary>Adds a MinIO server.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="user">The access key; null: <c>Parameters:NAME-user</c>, else minioadmin.</param>
    /// <param name="password">Its secret; null: <c>Parameters:NAME-password</c>, else one is generated and kept.</param>
    /// <param name="port">The port that others use; null: any free one.</param>
    public static IResourceBuilder<MinioResource> AddMinio(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? user = null,
        IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        var key = user?.Resource ?? new ParameterResource(
            $"{name}-user", _ => builder.Configuration[$"Parameters:{name}-user"] is { Length: > 0 } given ? given : DefaultUser);
        // Without special characters: a semicolon would end it in the connection string.
        var secret = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        return builder.AddResource(new MinioResource(name, key, secret))
            .WithImage("minio/minio", "RELEASE.2025-09-07T16-13-09Z")
            .WithImageRegistry("docker.io")
            .WithHttpEndpoint(port: port, targetPort: TargetPort, name: MinioResource.EndpointName)
            .WithArgs("server", DataPath)
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["MINIO_ROOT_USER"] = key;
                context.EnvironmentVariables["MINIO_ROOT_PASSWORD"] = secret;
            })
            .WithHttpHealthCheck("/minio/health/live");
    }

    /// <summary>Keeps the data in a volume.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">The volume's name; null: one of this AppHost's.</param>
    public static IResourceBuilder<MinioResource> WithDataVolume(this IResourceBuilder<MinioResource> builder, string? name = null) =>
        builder.WithVolume(name ?? VolumeNameGenerator.Generate(builder, "data"), DataPath);

    /// <summary>Keeps the data in a folder.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="source">The folder, relative to the AppHost's.</param>
    public static IResourceBuilder<MinioResource> WithDataBindMount(this IResourceBuilder<MinioResource> builder, string source) =>
        builder.WithBindMount(source, DataPath);
}
