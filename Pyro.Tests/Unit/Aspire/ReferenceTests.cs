using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>The variables by which a resource is told of another.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public async Task A_project_is_found_by_endpoint_name_and_by_scheme()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddProject("my-api", app.Project("Api")).WithHttpEndpoint(port: 80).WithHttpEndpoint(port: 81, name: "grpc").WithEndpoint(port: 82, name: "gossip");
        var user = app.Builder.AddExecutable("user", "x", ".").WithReference(api);
        app.Allocate();
        var environment = await app.Environment(user.Resource);
        Assert.Equal(
            [
                ("MY_API_GOSSIP", "tcp://localhost:82"), ("MY_API_GRPC", "http://localhost:81"), ("MY_API_HTTP", "http://localhost:80"),
                ("services__my-api__gossip__0", "tcp://localhost:82"), ("services__my-api__grpc__0", "http://localhost:81"),
                ("services__my-api__http__0", "http://localhost:80"), ("services__my-api__http__1", "http://localhost:81"),
                ("services__my-api__tcp__0", "tcp://localhost:82"),
            ],
            environment.Select(v => (v.Key, v.Value)).OrderBy(v => v.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task References_to_single_endpoints_come_together()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint(port: 80).WithHttpEndpoint(port: 81, name: "b").WithHttpEndpoint(port: 82, name: "c");
        var user = app.Builder.AddExecutable("user", "x", ".").WithReference(api.GetEndpoint("b")).WithReference(api.GetEndpoint("http"));
        app.Allocate();
        var environment = await app.Environment(user.Resource);
        Assert.Equal("http://localhost:81", environment["services__api__b__0"]);
        Assert.Equal("http://localhost:80", environment["services__api__http__0"]);
        Assert.DoesNotContain(environment.Keys, k => k.Contains("__c__", StringComparison.Ordinal) || k == "API_C");
    }

    [Fact]
    public async Task A_name_of_ones_own_is_kept_as_it_is()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddProject("api", app.Project("Api")).WithHttpEndpoint(port: 80);
        var user = app.Builder.AddExecutable("user", "x", ".").WithReference(api, "Other");
        app.Allocate();
        var environment = await app.Environment(user.Resource);
        Assert.Equal(["Other_HTTP", "services__Other__http__0"], environment.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_unknown_endpoint_is_named_with_those_there_are()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint();
        var user = app.Builder.AddExecutable("user", "x", ".").WithEnvironment("API", api.GetEndpoint("grpc"));
        var fault = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.Environment(user.Resource));
        Assert.Equal("Resource 'user', environment variable 'API': Resource 'api' has no endpoint 'grpc'. It has 'http'.", fault.Message);
        var other = app.Builder.AddExecutable("other", "x", ".").WithReference(api.GetEndpoint("grpc"));
        fault = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.Environment(other.Resource));
        Assert.Contains("Resource 'other'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no endpoint 'grpc'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_comes_whole_and_in_parts_and_its_secrets_are_told_apart()
    {
        using var app = new TestApplication("--Parameters:redis-password=secret/1");
        var redis = app.Builder.AddRedis("redis", port: 6379);
        var user = app.Builder.AddExecutable("user", "x", ".").WithReference(redis).WithReference(redis, "my-cache");
        app.Allocate();
        var environment = await app.Resolved(user.Resource);
        Assert.Equal(new ResolvedValue("localhost:6379,password=secret/1", IsSecret: true), environment["ConnectionStrings__redis"]);
        Assert.Equal("localhost:6379,password=secret/1", environment["ConnectionStrings__my-cache"].Text);
        Assert.Equal(new ResolvedValue("localhost", IsSecret: false), environment["REDIS_HOST"]);
        Assert.Equal("6379", environment["MY_CACHE_PORT"].Text);
        Assert.Equal(new ResolvedValue("redis://:secret%2F1@localhost:6379", IsSecret: true), environment["REDIS_URI"]);
        Assert.Equal(new ResolvedValue("secret/1", IsSecret: true), (await app.Resolved(redis.Resource))["REDIS_PASSWORD"]);
    }

    [Fact]
    public async Task An_empty_connection_string_is_refused_unless_optional()
    {
        using var app = new TestApplication();
        var empty = app.Builder.AddConnectionString("empty", ReferenceExpression.Empty);
        var strict = app.Builder.AddExecutable("strict", "x", ".").WithReference(empty);
        var lenient = app.Builder.AddExecutable("lenient", "x", ".").WithReference(empty, optional: true);
        var fault = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.Environment(strict.Resource));
        Assert.Equal("Resource 'strict', environment variable 'ConnectionStrings__empty': the connection string of resource 'empty' is empty.", fault.Message);
        Assert.Equal("", (await app.Environment(lenient.Resource))["ConnectionStrings__empty"]);
    }

    [Fact]
    public async Task Flags_choose_the_kinds_of_variables()
    {
        using var app = new TestApplication("--Parameters:redis-password=p");
        var redis = app.Builder.AddRedis("redis");
        var api = app.Builder.AddProject("api", app.Project("Api")).WithHttpEndpoint();
        var user = app.Builder.AddExecutable("user", "x", ".").WithReference(redis).WithReference(api)
            .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString | ReferenceEnvironmentInjectionFlags.Endpoints);
        app.Allocate();
        Assert.Equal(["API_HTTP", "ConnectionStrings__redis"], (await app.Environment(user.Resource)).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Services_outside_are_found_by_their_URL()
    {
        using var app = new TestApplication("--Parameters:url=http://later/");
        var fixedOne = app.Builder.AddExternalService("grafana", "https://grafana.example/");
        var later = app.Builder.AddExternalService("later", app.Builder.AddParameter("url"));
        var user = app.Builder.AddExecutable("user", "x", ".").WithReference(fixedOne).WithReference(later).WithReference("plain", new Uri("http://plain:1/"));
        var environment = await app.Environment(user.Resource);
        Assert.Equal("https://grafana.example/", environment["services__grafana__https__0"]);
        Assert.Equal("https://grafana.example/", environment["GRAFANA_HTTPS"]);
        Assert.Equal("http://later/", environment["services__later__default__0"]);
        Assert.Equal("http://plain:1/", environment["services__plain__default__0"]);
        Assert.Throws<ArgumentException>(() => app.Builder.AddExternalService("bad", "/relative"));
    }

    [Theory]
    [InlineData("my-api.x", "my_api_x")]
    [InlineData("9lives", "_9lives")]
    [InlineData("é", "_")]
    public void Names_of_variables_hold_letters_digits_and_underscores(string name, string encoded) => Assert.Equal(encoded, References.Encoded(name));
}
