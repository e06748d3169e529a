using Pyro.ServiceDefaults;

namespace Pyro.Tests.Unit.Operations;

public sealed class PoolThreadsTests
{
    [Fact]
    public void The_pool_has_threads_that_may_wait_for_the_disk_and_never_less_than_before()
    {
        ThreadPool.GetMinThreads(out var before, out var portsBefore);
        PoolThreads.Reserve();
        ThreadPool.GetMinThreads(out var workers, out var ports);
        Assert.InRange(workers, Math.Max(before, Environment.ProcessorCount + 2), int.MaxValue);
        Assert.Equal(portsBefore, ports);
    }
}
