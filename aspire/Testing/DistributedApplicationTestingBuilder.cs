using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Gets hold of the application that an AppHost describes, so that a test can change, start and ask it.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs the AppHost of a project up to the point where it builds its application.</summary>
    /// <typeparam name="TEntryPoint">Any type of the AppHost's assembly, such as <c>Projects.My_AppHost</c>.</typeparam>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => Begin(typeof(TEntryPoint).Assembly, [], (_, _) => { }, cancellationToken);

    /// <summary>Runs the AppHost of a project with arguments up to the point where it builds its application.</summary>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => Begin(typeof(TEntryPoint).Assembly, args, (_, _) => { }, cancellationToken);

    /// <summary>The same, with a say in how the builder is made.</summary>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder, CancellationToken cancellationToken = default) =>
        Begin(typeof(TEntryPoint).Assembly, args, configureBuilder, cancellationToken);

    /// <summary>Runs the AppHost of a project up to the point where it builds its application.</summary>
    /// <param name="entryPoint">Any type of the AppHost's assembly.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, CancellationToken cancellationToken = default) =>
        Begin(entryPoint.Assembly, [], (_, _) => { }, cancellationToken);

    /// <summary>Runs the AppHost of a project with arguments up to the point where it builds its application.</summary>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, string[] args, CancellationToken cancellationToken = default) =>
        Begin(entryPoint.Assembly, args, (_, _) => { }, cancellationToken);

    /// <summary>The same, with a say in how the builder is made.</summary>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(
        Type entryPoint, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default) => Begin(entryPoint.Assembly, args, configureBuilder, cancellationToken);

    /// <summary>An application of the test's own, without an AppHost.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) => Create(args, (_, _) => { });

    /// <summary>The same, with a say in how the builder is made.</summary>
    public static IDistributedApplicationTestingBuilder Create(
        string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    {
        ArgumentNullException.ThrowIfNull(configureBuilder);
        var before = AppHostInterception.Current;
        AppHostInterception.Current = new() { Creating = (options, settings) => TestingDefaults.Apply(null, options, settings, configureBuilder) };
        try
        {
            return new TestingBuilder(new DistributedApplicationBuilder(args), null);
        }
        finally
        {
            AppHostInterception.Current = before;
        }
    }

    private static async Task<IDistributedApplicationTestingBuilder> Begin(
        Assembly appHost, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(configure);
        var thread = new EntryPointThread(appHost, args, configure);
        return new TestingBuilder(await thread.Start(cancellation), thread);
    }
}
