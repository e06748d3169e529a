using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class OrderTests
{
    [Fact]
    public async Task Dependents_are_through_before_what_they_depend_on_begins()
    {
        var graph = new Dictionary<string, string[]> { ["shop"] = ["gateway"], ["gateway"] = ["query", "distributor"], ["query"] = ["ingester"], ["distributor"] = ["ingester"], ["ingester"] = [], ["redis"] = [] };
        var said = new List<string>();
        await DependencyOrder.DependentsFirst(graph.Keys, node => graph[node], async node =>
        {
            lock (said)
                said.Add($"+{node}");
            await Task.Delay(10);
            lock (said)
                said.Add($"-{node}");
        });
        foreach (var (node, dependencies) in graph)
        {
            foreach (var dependency in dependencies)
                Assert.True(said.IndexOf($"-{node}") < said.IndexOf($"+{dependency}"), $"{node} before {dependency}: {string.Join(' ', said)}");
        }
        Assert.Equal(12, said.Count);
    }

    [Fact]
    public async Task A_circle_and_a_fault_hold_nothing_up()
    {
        var graph = new Dictionary<string, string[]> { ["a"] = ["b"], ["b"] = ["c"], ["c"] = ["a"], ["d"] = ["d"] };
        var said = new List<string>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => DependencyOrder.DependentsFirst(graph.Keys, node => graph[node], node =>
        {
            said.Add(node);
            return node == "a" ? throw new InvalidOperationException() : Task.CompletedTask;
        }));
        Assert.Equal(4, said.Count);
    }

    [Fact]
    public void The_wait_before_a_restart_doubles_to_a_limit_and_begins_anew_after_a_minute()
    {
        var backoff = new RestartBackoff();
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(0, 7).Select(_ => (int)backoff.Next(TimeSpan.Zero).TotalSeconds));
        Assert.Equal(1, backoff.Next(TimeSpan.FromMinutes(2)).TotalSeconds);
        Assert.Equal(1, backoff.Crashes);
    }
}
