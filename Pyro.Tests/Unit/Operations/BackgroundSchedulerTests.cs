using System.Globalization;
using Pyro.ServiceDefaults;

namespace Pyro.Tests.Unit.Operations;

public sealed class BackgroundSchedulerTests : IDisposable
{
    private readonly BackgroundScheduler _scheduler = new();

    public void Dispose() => _scheduler.Dispose();

    [Fact]
    public async Task One_thing_is_done_at_a_time_and_in_order_and_what_waited_goes_on_there()
    {
        var (running, order) = (0, new List<int>());
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Start(async () =>
        {
            Do(() => order.Add(i));
            await Task.Delay(i % 3);
            Do(() => Assert.Same(_scheduler, TaskScheduler.Current));
        })));
        Assert.Equal(Enumerable.Range(0, 200), order);

        void Do(Action act)
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            act();
            Interlocked.Decrement(ref running);
        }
    }

    [Fact]
    public async Task It_runs_behind_those_that_people_wait_for()
    {
        var own = Niceness();
        var background = await Start(static () => Task.FromResult(Niceness()));
        Assert.Equal(Math.Min(own + 5, 19), background);
        Assert.Equal(own, Niceness());
        Assert.Equal(own, await Task.Run(Niceness));
    }

    [Fact]
    public async Task One_thread_does_all_that_comes_and_ends_with_the_last()
    {
        var threads = new HashSet<Thread>();
        for (var i = 0; i < 20; i++)
        {
            threads.Add(await Start(static () => Task.FromResult(Thread.CurrentThread)));
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }

        var last = Start(static () => Task.FromResult(Thread.CurrentThread));
        _scheduler.Dispose();
        var thread = Assert.Single(threads);
        Assert.Same(thread, await last);
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.Throws<TaskSchedulerException>(() => { _ = Start(static () => Task.CompletedTask); });
    }

    [Fact]
    public async Task An_error_is_its_own() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Start(static () => Task.FromException<int>(new InvalidOperationException())));

    private Task<T> Start<T>(Func<Task<T>> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler).Unwrap();

    private Task Start(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler).Unwrap();

    // The 19th field of /proc/thread-self/stat (proc(5)); the second is a name in brackets. Elsewhere than on Linux a thread has none.
    private static int Niceness() => !OperatingSystem.IsLinux() ? 19
        : int.Parse(File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ')[16], CultureInfo.InvariantCulture);
}
