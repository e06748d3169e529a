using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What can be said of a project.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project that the AppHost refers to.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, _ => { });

    /// <summary>Adds a project that the AppHost refers to, with a launch profile; null: with none.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, options => Choose(options, launchProfileName));

    /// <summary>Adds a project that the AppHost refers to.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), configure);

    /// <summary>Adds a project by its path: the file, or a folder with one, relative to the AppHost's.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        builder.AddProject(name, projectPath, _ => { });

    /// <summary>Adds a project by its path, with a launch profile; null: with none.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, string projectPath, string? launchProfileName) =>
        builder.AddProject(name, projectPath, options => Choose(options, launchProfileName));

    /// <summary>Adds a project by its path: the file, or a folder with one, relative to the AppHost's.</summary>
    /// <exception cref="DistributedApplicationException">There is no project, or more than one.</exception>
    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, string projectPath, Action<ProjectResourceOptions> configure) =>
        builder.Add(name, new ProjectPathMetadata(ProjectFile(name, Path.GetFullPath(projectPath, builder.AppHostDirectory))), configure);

    /// <summary>Says how many instances run behind one address.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        if (replicas < 1)
            throw new ArgumentOutOfRangeException(nameof(replicas), replicas, $"Resource '{builder.Resource.Name}' needs one replica at least.");
        return builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);
    }

    /// <summary>Does not tell the process that it stands behind a proxy when the application is published.</summary>
    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder) =>
        builder.WithAnnotation(new DisableForwardedHeadersAnnotation(), ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Says which endpoints the framework's variables, such as ASPNETCORE_URLS, tell the process.</summary>
    public static IResourceBuilder<ProjectResource> WithEndpointsInEnvironment(
        this IResourceBuilder<ProjectResource> builder, Func<EndpointAnnotation, bool> filter) =>
        builder.WithAnnotation(new EndpointsInEnvironmentAnnotation(filter));

    private static void Choose(ProjectResourceOptions options, string? profile)
    {
        options.LaunchProfileName = profile;
        options.ExcludeLaunchProfile = profile is null;
    }

    private static IResourceBuilder<ProjectResource> Add(
        this IDistributedApplicationBuilder builder, string name, IProjectMetadata project, Action<ProjectResourceOptions> configure)
    {
        var options = new ProjectResourceOptions();
        configure(options);
        var added = builder.AddResource(new ProjectResource(name)).WithAnnotation(project);
        return ProjectDefaults.Apply(added, project, options);
    }

    private static string ProjectFile(string name, string path)
    {
        if (File.Exists(path))
            return path;
        var found = Directory.Exists(path) ? Directory.GetFiles(path, "*.csproj") : [];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new DistributedApplicationException($"Resource '{name}': there is no project at {path}."),
            _ => throw new DistributedApplicationException($"Resource '{name}': there is more than one project in {path}: say which."),
        };
    }
}
