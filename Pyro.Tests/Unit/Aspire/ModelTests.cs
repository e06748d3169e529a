using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>What is refused before anything starts, and what the builder reads from outside.</summary>
public sealed class ModelTests
{
    [Theory]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("a_b")]
    [InlineData("a-")]
    [InlineData("a--b")]
    [InlineData("ä")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Names_that_break_the_rule_are_refused(string name) => Assert.Throws<ArgumentException>(() => new ContainerResource(name));

    [Fact]
    public void A_name_is_taken_whatever_its_case()
    {
        using var app = new TestApplication();
        app.Builder.AddContainer("redis", "redis");
        Assert.Contains("'REDIS'", Assert.Throws<DistributedApplicationException>(() => app.Builder.AddExecutable("REDIS", "x", ".")).Message, StringComparison.Ordinal);
        app.Builder.Resources.Add(new ContainerResource("Redis"));
        Assert.Contains("'redis'", Assert.Throws<DistributedApplicationException>(app.Builder.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_circle_of_waiting_is_named()
    {
        using var app = new TestApplication();
        var a = app.Builder.AddExecutable("a", "x", ".");
        var b = app.Builder.AddExecutable("b", "x", ".").WaitFor(a);
        var c = app.Builder.AddExecutable("c", "x", ".").WaitForStart(b);
        a.WaitForCompletion(c);
        Assert.Contains("a → c → b → a", Assert.Throws<DistributedApplicationException>(app.Builder.Build).Message, StringComparison.Ordinal);
        Assert.Throws<DistributedApplicationException>(() => a.WaitFor(a));
    }

    [Fact]
    public void Who_waits_for_a_connection_string_waits_for_what_it_is_made_of()
    {
        using var app = new TestApplication();
        var redis = app.Builder.AddRedis("redis");
        var made = app.Builder.AddConnectionString("made", ReferenceExpression.Create($"{redis},x={redis.GetEndpoint("tcp")}"));
        var user = app.Builder.AddExecutable("user", "x", ".").WaitFor(made).WaitFor(app.Builder.AddParameter("p"));
        Assert.Equal([redis.Resource], user.Resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource).Distinct());
    }

    [Fact]
    public void Health_checks_get_keys_by_resource_endpoint_path_and_status()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint(name: "web").WithHttpHealthCheck("/ready").WithHttpHealthCheck(statusCode: 204, endpointName: "web");
        Assert.Equal(["api_web_/ready_200_check", "api_web_/_204_check"], api.Resource.Annotations.OfType<HealthCheckAnnotation>().Select(h => h.Key));
        Assert.Throws<DistributedApplicationException>(() => api.WithHttpHealthCheck("/ready"));
        Assert.Throws<ArgumentException>(() => api.WithHttpHealthCheck("ready"));
        using var built = app.Builder.Build();
        var registered = built.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(r => r.Name);
        Assert.Contains("api_web_/ready_200_check", registered);
    }

    [Theory]
    [InlineData("redis", "redis:latest")]
    [InlineData("host:5000/a/b", "host:5000/a/b:latest")]
    [InlineData("a:7", "a:7")]
    [InlineData("a@sha256:ff", "a@sha256:ff")]
    public void Images_are_spelled_as_engines_do(string image, string name)
    {
        using var app = new TestApplication();
        var container = app.Builder.AddContainer("c", image);
        Assert.True(container.Resource.TryGetContainerImageName(out var full));
        Assert.Equal(name, full);
        container.WithImageRegistry("docker.io").WithImageTag("9").Resource.TryGetContainerImageName(out full);
        Assert.EndsWith(":9", full, StringComparison.Ordinal);
        Assert.StartsWith("docker.io/", full, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_is_the_container_that_its_package_describes()
    {
        using var app = new TestApplication();
        var redis = app.Builder.AddRedis("redis").WithDataVolume("data").WithPersistence(TimeSpan.FromSeconds(5), 2);
        redis.Resource.TryGetContainerImageName(out var image);
        Assert.Equal("docker.io/library/redis:8.6", image);
        Assert.Equal(["-c", "redis-server --requirepass $REDIS_PASSWORD --save 5 2"], await app.Arguments(redis.Resource));
        Assert.Equal([("data", "/data")], redis.Resource.Annotations.OfType<ContainerMountAnnotation>().Select(m => (m.Source!, m.Target)));
        Assert.Contains(redis.Resource.Annotations.OfType<HealthCheckAnnotation>(), h => h.Key == "redis_check");
    }

    [Fact]
    public void The_command_line_says_whether_to_run_or_to_publish()
    {
        Assert.True(new DistributedApplicationBuilder([]).ExecutionContext.IsRunMode);
        Assert.True(new DistributedApplicationBuilder(["--operation", "publish"]).ExecutionContext.IsPublishMode);
        Assert.Equal("manifest", new DistributedApplicationBuilder(["--publisher", "manifest"]).ExecutionContext.PublisherName);
        Assert.Contains("'deploy'", Assert.Throws<DistributedApplicationException>(() => new DistributedApplicationBuilder(["--operation=deploy"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publishing_says_that_it_is_not_built_yet()
    {
        await using var app = new DistributedApplicationBuilder(["--operation", "publish"]).Build();
        var fault = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("not built yet", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_gets_hold_of_what_a_program_builds()
    {
        DistributedApplicationBuilder? created = null;
        DistributedApplication? taken = null;
        AppHostInterception.Current = new AppHostInterception
        {
            Creating = (options, _) => options.Args = ["--x=1"],
            Created = builder => created = builder,
            Building = builder => builder.AddParameter("added"),
            Built = application => taken = application,
        };
        try
        {
            var program = DistributedApplication.CreateBuilder([]);
            Assert.Same(program, created);
            Assert.Equal("1", program.Configuration["x"]);
            var built = program.Build();
            Assert.Same(built, taken);
            Assert.Single(built.Services.GetRequiredService<DistributedApplicationModel>().Resources);
            built.Dispose();
        }
        finally
        {
            AppHostInterception.Current = null;
        }
    }

    [Fact]
    public async Task Events_reach_their_subscribers_in_order_and_failures_the_publisher()
    {
        using var app = new TestApplication();
        var a = app.Builder.AddExecutable("a", "x", ".");
        var b = app.Builder.AddExecutable("b", "x", ".");
        var heard = new List<string>();
        IDistributedApplicationEventing eventing = app.Builder.Eventing;
        a.OnResourceReady((resource, _, _) =>
        {
            heard.Add("mine " + resource.Name);
            return Task.CompletedTask;
        });
        var all = eventing.Subscribe<ResourceReadyEvent>((ready, _) =>
        {
            heard.Add("all " + ready.Resource.Name);
            return Task.CompletedTask;
        });
        using var services = new ServiceCollection().BuildServiceProvider();
        await eventing.PublishAsync(new ResourceReadyEvent(a.Resource, services), TestContext.Current.CancellationToken);
        await eventing.PublishAsync(new ResourceReadyEvent(b.Resource, services), TestContext.Current.CancellationToken);
        eventing.Unsubscribe(all);
        await eventing.PublishAsync(new ResourceReadyEvent(b.Resource, services), EventDispatchBehavior.BlockingConcurrent, TestContext.Current.CancellationToken);
        Assert.Equal(["mine a", "all a", "all b"], heard);
        eventing.Subscribe<ResourceReadyEvent>((_, _) => throw new InvalidOperationException("no"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => eventing.PublishAsync(new ResourceReadyEvent(a.Resource, services), TestContext.Current.CancellationToken));
        await eventing.PublishAsync(new ResourceReadyEvent(a.Resource, services), EventDispatchBehavior.NonBlockingSequential, TestContext.Current.CancellationToken);
    }
}
