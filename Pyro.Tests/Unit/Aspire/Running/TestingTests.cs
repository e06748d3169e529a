using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Pyro.Tests.Unit.Aspire.Running;

[Collection("AppHosts")]
public sealed class TestingTests
{
    [Fact]
    public async Task Several_AppHosts_run_at_once_and_are_gone_after_their_test()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SmallAppHost>();
            Assert.Equal(["store", "web"], builder.Resources.Select(resource => resource.Name));
            var app = await builder.BuildAsync();
            await app.StartAsync();
            var web = await app.ResourceNotifications.WaitForResourceHealthyAsync("web").WaitAsync(Graph.Limit);
            using var client = app.CreateHttpClient("web");
            Assert.Equal("hello", await client.GetStringAsync("/"));
            return (Address: app.GetEndpoint("web"), Process: int.Parse(web.Property("executable.pid")!));
        }));
        Assert.Equal(3, answers.Select(answer => answer.Address).Distinct().Count());
        Assert.All(answers, answer => Assert.False(Shell.IsAlive(answer.Process)));
    }

    [Fact]
    public async Task An_exception_of_Program_cs_is_the_tests()
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => DistributedApplicationTestingBuilder.CreateAsync<Projects.SmallAppHost>(["--throw=oops"]));
        Assert.Equal("oops", thrown.Message);
    }

    [Fact]
    public async Task A_test_may_change_the_model_and_need_not_build_it()
    {
        await using (var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SmallAppHost>((string[])["--x=1"]))
        {
            Assert.Equal("1", builder.Configuration["x"]);
            builder.AddResource(new ParameterResource("late", _ => "v"));
        }
        await using var own = DistributedApplicationTestingBuilder.Create();
        var app = await own.BuildAsync();
        Assert.Throws<InvalidOperationException>(() => app.GetEndpoint("none"));
        await app.StartAsync();
        Assert.Throws<ArgumentException>(() => app.GetEndpoint("none"));
    }
}
