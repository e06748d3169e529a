using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>What every project gets: endpoints from its launch profile or its settings, and the framework's variables.</summary>
internal static class ProjectDefaults
{
    public static IResourceBuilder<ProjectResource> Apply(IResourceBuilder<ProjectResource> builder, IProjectMetadata project, ProjectResourceOptions options)
    {
        var name = builder.Resource.Name;
        var launch = options.ExcludeLaunchProfile ? null : LaunchProfileOf(builder, project, options.LaunchProfileName);
        if (launch is { } chosen)
        {
            builder.WithAnnotation(new LaunchProfileAnnotation(chosen.Name, chosen.Profile));
            AddLaunchEndpoints(builder, chosen.Profile);
            // First of all, so that what the model says wins.
            builder.WithArgs(context => CommandLineWords.Split(chosen.Profile.CommandLineArgs).ForEach(context.Args.Add));
        }
        var kestrel = options.ExcludeKestrelEndpoints ? [] : KestrelEndpoints(builder, project);
        OtlpConfigurationExtensions.AddOtlpEnvironment(builder.Resource, builder.ApplicationBuilder.Configuration, builder.ApplicationBuilder.Environment);
        return builder.WithEnvironment(context =>
        {
            foreach (var (variable, value) in launch?.Profile.EnvironmentVariables ?? [])
                context.EnvironmentVariables.TryAdd(variable, value);
            if (launch is { } used)
                context.EnvironmentVariables.TryAdd("DOTNET_LAUNCH_PROFILE", used.Name);
            context.EnvironmentVariables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
            context.EnvironmentVariables["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";
            AddUrls(context, builder.Resource, kestrel);
        });
    }

    private static (string Name, LaunchProfile Profile)? LaunchProfileOf(IResourceBuilder<ProjectResource> builder, IProjectMetadata project, string? asked)
    {
        var configuration = builder.ApplicationBuilder.Configuration;
        var settings = project.LaunchSettings ?? LaunchSettings.Of(project.ProjectPath);
        var chosen = settings?.Choose(asked, configuration["AppHost:DefaultLaunchProfileName"] ?? configuration["DOTNET_LAUNCH_PROFILE"]);
        if (asked is not null && chosen is null)
        {
            throw new DistributedApplicationException(
                $"Resource '{builder.Resource.Name}': the launch settings of {project.ProjectPath} have no profile '{asked}'. They have: {string.Join(", ", settings?.Profiles.Keys.ToArray() ?? [])}.");
        }
        return chosen;
    }

    private static void AddLaunchEndpoints(IResourceBuilder<ProjectResource> builder, LaunchProfile profile)
    {
        foreach (var url in (profile.ApplicationUrl ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // Kestrel's own wildcards are no hosts of a URI.
            if (!Uri.TryCreate(url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri))
                throw new DistributedApplicationException($"Resource '{builder.Resource.Name}': the applicationUrl '{url}' of its launch profile is no URL.");
            var taken = builder.Resource.Annotations.OfType<EndpointAnnotation>().Count(e => e.UriScheme == uri.Scheme);
            builder.WithEndpoint(port: uri.Port, scheme: uri.Scheme, name: taken == 0 ? uri.Scheme : $"{uri.Scheme}{taken + 1}")
                .WithEndpoint(taken == 0 ? uri.Scheme : $"{uri.Scheme}{taken + 1}", endpoint => endpoint.TargetHost = uri.Host);
        }
    }

    /// <summary>The endpoints of the project's own <c>Kestrel:Endpoints</c> settings, which rule out ASPNETCORE_URLS.</summary>
    private static List<EndpointAnnotation> KestrelEndpoints(IResourceBuilder<ProjectResource> builder, IProjectMetadata project)
    {
        var folder = Path.GetDirectoryName(project.ProjectPath)!;
        if (!File.Exists(Path.Combine(folder, "appsettings.json")))
            return [];
        var settings = new ConfigurationBuilder().SetBasePath(folder)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{builder.ApplicationBuilder.Environment.EnvironmentName}.json", optional: true)
            .Build();
        var endpoints = new List<EndpointAnnotation>();
        foreach (var section in settings.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (!Uri.TryCreate(section["Url"]?.Replace("://*", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri))
                continue;
            var endpoint = builder.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name.Equals(section.Key, StringComparison.OrdinalIgnoreCase));
            if (endpoint is null)
                builder.Resource.Annotations.Add(endpoint = new EndpointAnnotation(System.Net.Sockets.ProtocolType.Tcp, uri.Scheme, name: section.Key.ToLowerInvariant(), port: uri.Port));
            endpoint.TargetHost = uri.Host;
            endpoints.Add(endpoint);
        }
        return endpoints;
    }

    private static void AddUrls(EnvironmentCallbackContext context, ProjectResource project, List<EndpointAnnotation> kestrel)
    {
        var filters = project.Annotations.OfType<EndpointsInEnvironmentAnnotation>().ToArray();
        var urls = new ReferenceExpressionBuilder();
        foreach (var endpoint in project.GetEndpoints())
        {
            var annotation = endpoint.Annotation;
            if (annotation.UriScheme is not ("http" or "https") || annotation.HasOwnVariable || filters.Any(f => !f.Filter(annotation)))
                continue;
            if (annotation.UriScheme == "https")
                context.EnvironmentVariables.TryAdd("ASPNETCORE_HTTPS_PORT", endpoint.Property(EndpointProperty.Port));
            var url = ReferenceExpression.Create($"{annotation.UriScheme}://{annotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");
            if (kestrel.Contains(annotation))
                context.EnvironmentVariables[$"Kestrel__Endpoints__{annotation.Name}__Url"] = url;
            if (!urls.IsEmpty)
                urls.AppendLiteral(";");
            urls.AppendFormatted(url);
        }
        if (!urls.IsEmpty && kestrel.Count == 0)
            context.EnvironmentVariables.TryAdd("ASPNETCORE_URLS", urls.Build());
    }
}
