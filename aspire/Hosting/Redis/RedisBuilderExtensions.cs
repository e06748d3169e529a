using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>What can be said of Redis.</summary>
public static class RedisBuilderExtensions
{
    private const int TargetPort = 6379;
    private const string DataPath = "/data";

    /// <summary>Adds a Redis server with a generated password.</summary>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port) =>
        builder.AddRedis(name, port, password: null);

    /// <summary>Adds a Redis server.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="port">The port that others use; null: any free one.</param>
    /// <param name="password">The password; null: one is generated and kept.</param>
    public static IResourceBuilder<RedisResource> AddRedis(
        this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null)
    {
        // Without special characters: a comma would end the password in the connection string.
        var secret = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var redis = new RedisResource(name, secret);
        var key = $"{name}_check";
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, _ => new RedisHealthCheck(redis), failureStatus: null, tags: null));
        return builder.AddResource(redis)
            .WithEndpoint(port: port, targetPort: TargetPort, scheme: "redis", name: RedisResource.EndpointName)
            .WithImage("library/redis", "8.6")
            .WithImageRegistry("docker.io")
            .WithEntrypoint("/bin/sh")
            .WithHealthCheck(key)
            .WithEnvironment(context =>
            {
                if (redis.PasswordParameter is { } parameter)
                    context.EnvironmentVariables["REDIS_PASSWORD"] = parameter;
            })
            .WithArgs(context => AddArguments(redis, context.Args));
    }

    /// <summary>Keeps the data in a volume.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">The volume's name; null: one of this AppHost's.</param>
    /// <param name="isReadOnly">Whether the server may only read.</param>
    public static IResourceBuilder<RedisResource> WithDataVolume(this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithVolume(name ?? VolumeNameGenerator.Generate(builder, "data"), DataPath, isReadOnly).Persisting(isReadOnly);

    /// <summary>Keeps the data in a folder.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="source">The folder, relative to the AppHost's.</param>
    /// <param name="isReadOnly">Whether the server may only read.</param>
    public static IResourceBuilder<RedisResource> WithDataBindMount(this IResourceBuilder<RedisResource> builder, string source, bool isReadOnly = false) =>
        builder.WithBindMount(source, DataPath, isReadOnly).Persisting(isReadOnly);

    /// <summary>Writes the data to disk now and then.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="interval">How long after a change; null: 60 s.</param>
    /// <param name="keysChangedThreshold">After how many changes at least.</param>
    public static IResourceBuilder<RedisResource> WithPersistence(
        this IResourceBuilder<RedisResource> builder, TimeSpan? interval = null, long keysChangedThreshold = 1) =>
        builder.WithAnnotation(
            new RedisPersistenceAnnotation(interval ?? TimeSpan.FromSeconds(60), keysChangedThreshold), ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Sets the port that others use.</summary>
    public static IResourceBuilder<RedisResource> WithHostPort(this IResourceBuilder<RedisResource> builder, int? port) =>
        builder.WithEndpoint(RedisResource.EndpointName, endpoint => endpoint.Port = port);

    /// <summary>Sets the password; null: none is asked for.</summary>
    public static IResourceBuilder<RedisResource> WithPassword(this IResourceBuilder<RedisResource> builder, IResourceBuilder<ParameterResource>? password)
    {
        builder.Resource.PasswordParameter = password?.Resource;
        return builder;
    }

    private static IResourceBuilder<RedisResource> Persisting(this IResourceBuilder<RedisResource> builder, bool isReadOnly) =>
        isReadOnly ? builder : builder.WithPersistence();

    /// <summary>The shell puts the password in, so that it is in no list of processes of the engine's.</summary>
    private static void AddArguments(RedisResource redis, IList<object> arguments)
    {
        var command = "redis-server";
        if (redis.PasswordParameter is not null)
            command += " --requirepass $REDIS_PASSWORD";
        if (redis.TryGetLastAnnotation<RedisPersistenceAnnotation>(out var persistence))
            command += $" --save {(long)persistence.Interval.TotalSeconds} {persistence.KeysChangedThreshold}";
        arguments.Add("-c");
        arguments.Add(command);
    }
}
