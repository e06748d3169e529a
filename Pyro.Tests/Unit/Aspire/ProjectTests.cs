using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Projects: where they lie, which launch profile they take, what it brings.</summary>
public sealed class ProjectTests
{
    private const string Two = """
        {
          // comments and trailing commas are an editor's habit
          "profiles": {
            "IIS": { "commandName": "IISExpress", "applicationUrl": "http://localhost:1" },
            "http": {
              "commandName": "Project", "applicationUrl": "http://localhost:5000;http://*:5001", "commandLineArgs": "--a \"b c\" \"\"",
              "environmentVariables": { "ASPNETCORE_ENVIRONMENT": "Development", "MINE": "profile" },
            },
            "https": { "commandName": "Project", "applicationUrl": "https://localhost:7000" },
          }
        }
        """;

    [Fact]
    public async Task The_first_profile_that_starts_the_project_is_taken()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddProject("api", app.Project("Api", Two)).WithArgs("last").WithEnvironment("MINE", "model");
        app.Allocate();
        Assert.Equal(
            [("http", 5000, "localhost"), ("http2", 5001, "0.0.0.0")],
            api.Resource.Annotations.OfType<EndpointAnnotation>().Select(e => (e.Name, e.Port, e.TargetHost)));
        Assert.Equal(["--a", "b c", "", "last"], await app.Arguments(api.Resource));
        var environment = await app.Environment(api.Resource);
        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal("model", environment["MINE"]);
        Assert.Equal("http", environment["DOTNET_LAUNCH_PROFILE"]);
        Assert.Equal("http://localhost:9001;http://0.0.0.0:9002", environment["ASPNETCORE_URLS"]);
    }

    [Fact]
    public void A_profile_is_chosen_by_name_by_the_AppHosts_own_or_not_at_all()
    {
        using var app = new TestApplication("--AppHost:DefaultLaunchProfileName=https");
        var path = app.Project("Api", Two);
        Assert.Equal(["https"], Endpoints(app.Builder.AddProject("a", path)));
        Assert.Equal(["http", "http2"], Endpoints(app.Builder.AddProject("b", path, "http")));
        Assert.Empty(Endpoints(app.Builder.AddProject("c", path, launchProfileName: null)));
        Assert.Empty(Endpoints(app.Builder.AddProject("d", path, options => options.ExcludeLaunchProfile = true)));
        var fault = Assert.Throws<DistributedApplicationException>(() => app.Builder.AddProject("e", path, "absent"));
        Assert.Contains("Resource 'e'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no profile 'absent'. They have: IIS, http, https.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_project_is_a_file_or_a_folder_with_one()
    {
        using var app = new TestApplication();
        var path = app.Project("Api");
        Assert.Equal(path, app.Builder.AddProject("folder", "Api").Resource.GetProjectMetadata().ProjectPath);
        Assert.Equal(path, app.Builder.AddProject("file", "Api/Api.csproj").Resource.GetProjectMetadata().ProjectPath);
        Assert.Contains("Resource 'none': there is no project at", Assert.Throws<DistributedApplicationException>(() => app.Builder.AddProject("none", "Absent")).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(app.Folder, "Api", "Second.csproj"), "<Project/>");
        Assert.Contains("more than one project", Assert.Throws<DistributedApplicationException>(() => app.Builder.AddProject("two", "Api")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_of_the_projects_own_settings_replace_the_frameworks_variable()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddProject("api", app.Project("Api", appSettings: """{"Kestrel":{"Endpoints":{"Main":{"Url":"http://localhost:6000"}}}}"""));
        app.Allocate();
        var environment = await app.Environment(api.Resource);
        Assert.Equal("http://localhost:9001", environment["Kestrel__Endpoints__main__Url"]);
        Assert.False(environment.ContainsKey("ASPNETCORE_URLS"));
        Assert.Empty(Endpoints(app.Builder.AddProject("without", "Api", options => options.ExcludeKestrelEndpoints = true)));
    }

    [Fact]
    public async Task Telemetry_goes_where_the_dashboard_takes_it_and_its_key_is_a_secret()
    {
        using var app = new TestApplication("--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://localhost:19000", "--AppHost:OtlpApiKey=k");
        var api = app.Builder.AddProject("api", app.Project("Api"));
        var plain = app.Builder.AddExecutable("plain", "x", ".");
        var environment = await app.Resolved(api.Resource);
        Assert.Equal("http://localhost:19000", environment["OTEL_EXPORTER_OTLP_ENDPOINT"].Text);
        Assert.Equal("grpc", environment["OTEL_EXPORTER_OTLP_PROTOCOL"].Text);
        Assert.Equal(new ResolvedValue("x-otlp-api-key=k", IsSecret: true), environment["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal("service.instance.id=abcdefgh", environment["OTEL_RESOURCE_ATTRIBUTES"].Text);
        Assert.Empty(await app.Environment(plain.Resource));
        Assert.Equal("plain", (await app.Environment(plain.WithOtlpExporter().Resource))["OTEL_SERVICE_NAME"]);
    }

    [Fact]
    public void Launch_settings_that_are_no_JSON_are_named()
    {
        using var app = new TestApplication();
        var path = app.Project("Api", "{ not json");
        Assert.Contains("launchSettings.json", Assert.Throws<DistributedApplicationException>(() => app.Builder.AddProject("api", path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_settings_are_read_or_refused_whatever_is_in_them()
    {
        using var app = new TestApplication();
        Fuzz.RunText("launch settings", [Two, """{"profiles":null}""", """{"profiles":{"a":null,"b":{"environmentVariables":{"x":null}}}}"""], text =>
        {
            try
            {
                if (LaunchSettings.Parse(text, "launchSettings.json").Choose(null, "http") is { } chosen)
                    CommandLineWords.Split(chosen.Profile.CommandLineArgs);
            }
            catch (DistributedApplicationException)
            {
                // Refused.
            }
        });
    }

    [Fact]
    public void Replicas_are_counted_from_one()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddProject("api", app.Project("Api"));
        Assert.Equal(1, api.Resource.GetReplicaCount());
        Assert.Equal(3, api.WithReplicas(3).Resource.GetReplicaCount());
        Assert.Throws<ArgumentOutOfRangeException>(() => api.WithReplicas(0));
    }

    private static string[] Endpoints(IResourceBuilder<ProjectResource> project) => [.. project.Resource.Annotations.OfType<EndpointAnnotation>().Select(e => e.Name)];
}
