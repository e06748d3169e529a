using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging.Abstractions;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>An application to be described, with a folder of its own, and what its resources get.</summary>
internal sealed class TestApplication : IDisposable
{
    public TestApplication(params string[] args)
    {
        Folder = Directory.CreateTempSubdirectory("pyro-model-").FullName;
        Builder = new DistributedApplicationBuilder(new DistributedApplicationOptions
        {
            Args = args,
            ProjectDirectory = Folder,
            DisableDashboard = true,
        });
    }

    public string Folder { get; }

    public DistributedApplicationBuilder Builder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Writes a project file with launch settings, and gives its path.</summary>
    public string Project(string name, string? launchSettings = null, string? appSettings = null)
    {
        var folder = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.Combine(folder, "Properties"));
        var path = Path.Combine(folder, name + ".csproj");
        File.WriteAllText(path, "<Project/>");
        if (launchSettings is not null)
            File.WriteAllText(Path.Combine(folder, "Properties", "launchSettings.json"), launchSettings);
        if (appSettings is not null)
            File.WriteAllText(Path.Combine(folder, "appsettings.json"), appSettings);
        return path;
    }

    /// <summary>Gives every endpoint an address: its fixed port, or numbers from 5001 on in the order of the model.</summary>
    public void Allocate()
    {
        var next = 5001;
        foreach (var endpoint in Builder.Resources.SelectMany(r => r.Annotations.OfType<EndpointAnnotation>()))
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", endpoint.Port ?? next++);
    }

    /// <summary>An instance whose processes listen on numbers from 9001 on.</summary>
    public static ResourceInstance Instance(IResource resource, string suffix = "abcdefgh")
    {
        var port = 9001;
        return new ResourceInstance(
            $"{resource.Name}-{suffix}", suffix, resource.Annotations.OfType<EndpointAnnotation>().ToDictionary(e => e, e => e.TargetPort ?? port++));
    }

    public async Task<Dictionary<string, ResolvedValue>> Resolved(IResource resource) => await Evaluation.EnvironmentOf(
        resource, Instance(resource), Builder.ExecutionContext, NullLogger.Instance, TestContext.Current.CancellationToken);

    public async Task<Dictionary<string, string>> Environment(IResource resource) =>
        (await Resolved(resource)).ToDictionary(v => v.Key, v => v.Value.Text);

    public async Task<string[]> Arguments(IResource resource) => [.. (await Evaluation.ArgumentsOf(
        resource, Instance(resource), Builder.ExecutionContext, NullLogger.Instance, TestContext.Current.CancellationToken)).Select(a => a.Text)];

    public Task<List<ResourceUrlAnnotation>> Urls(IResource resource) => Evaluation.UrlsOf(
        resource, Builder.ExecutionContext, NullLogger.Instance, TestContext.Current.CancellationToken);
}
