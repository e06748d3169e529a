using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.Ingester;
using Pyro.Ingester.Wal;
using Pyro.Ring;
using Pyro.Tests.Unit.Shipping;

namespace Pyro.Tests.Unit.Lifecycle;

public sealed class IngesterLifecycleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ForgettingDisk _disk = new(1);

    [Fact]
    public async Task An_ingester_replays_joins_when_the_server_listens_and_leaves()
    {
        Life life = Begin("one");
        await life.Ingester.StartAsync(CancellationToken.None);
        await Until(() => life.Log.IsOpen);
        Assert.Equal("Ingester not ready: not in the ring yet", life.Readiness.Reason());
        await life.Ingester.StartedAsync(CancellationToken.None);
        await Until(() => life.Lifecycler.State == MemberState.Active);
        Assert.Equal("one:4040", Assert.Single(life.Ring.Snapshot.Members).Address);

        await life.Ingester.StoppingAsync(CancellationToken.None);
        Assert.Equal(MemberState.Leaving, life.Ring.Snapshot.Members[0].State);
        Assert.Equal("Ingester not ready: state in the ring is LEAVING", life.Readiness.Reason());
        Assert.True(life.Log.IsOpen);

        // Until every part of the process has stopped: late replicas may come still.
        await life.Ingester.StopAsync(CancellationToken.None);
        Assert.True(life.Log.IsOpen);
        Assert.NotEmpty(life.Ring.Snapshot.Members);
        await life.Ingester.StoppedAsync(CancellationToken.None);
        Assert.False(life.Log.IsOpen);
        Assert.Empty(life.Ring.Snapshot.Members);
        Assert.Equal(0, life.Stops);
    }

    [Fact]
    public async Task A_data_path_serves_one_process_at_a_time()
    {
        Life first = Begin("one"), second = Begin("two");
        await first.Ingester.StartAsync(CancellationToken.None);
        IOException refused = await Assert.ThrowsAsync<IOException>(() => second.Ingester.StartAsync(CancellationToken.None));
        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
        Assert.False(second.Log.IsOpen);
        second.Ingester.Dispose();
        await Until(() => first.Log.IsOpen);
        await Stop(first);
        Life third = Begin("three");
        await third.Ingester.StartAsync(CancellationToken.None);
        await Until(() => third.Log.IsOpen);
        Assert.Equal(0, third.Stops);
        await Stop(third);
    }

    [Fact]
    public async Task An_ingester_whose_log_cannot_be_read_stops_the_process()
    {
        int before = Environment.ExitCode;
        _disk.CreateDirectory("/data/@log");
        _disk.Create("/data/@log/0000000000000001-00000000.log").Dispose();
        _disk.Fault = (operation, path) => operation == DiskOperation.Read ? ForgettingDisk.Broken(path) : null;
        Life life = Begin("one");
        await life.Ingester.StartAsync(CancellationToken.None);
        await life.Ingester.StartedAsync(CancellationToken.None);
        await Until(() => life.Stops == 1);
        Assert.Equal(1, Environment.ExitCode);
        Environment.ExitCode = before;
        Assert.Null(life.Lifecycler.State);
        await Stop(life);
    }

    [Fact]
    public async Task Stopping_in_the_middle_of_the_start_ends_it()
    {
        Life life = Begin("one");
        await life.Ingester.StartAsync(CancellationToken.None);
        await Stop(life);
        Assert.Null(life.Lifecycler.State);
        Assert.Equal(0, life.Stops);
    }

    [Fact]
    public async Task Readiness_waits_for_the_whole_ring_and_then_for_a_while_and_stays()
    {
        Life life = Begin("one");
        await life.Ingester.StartAsync(CancellationToken.None);
        await life.Ingester.StartedAsync(CancellationToken.None);
        await Until(() => life.Lifecycler.State == MemberState.Active);
        var other = new RingMember("other", "other:4040", MemberState.Joining, "", [1], 1, 1);
        life.Ring.Merge(RingState.Of(other));
        Assert.Equal("Ingester not ready: instance other is in state JOINING", life.Readiness.Reason());
        life.Ring.Merge(RingState.Of(other with { State = MemberState.Active, Heartbeat = 2 }));
        Assert.Contains("waiting for 00:00:15", life.Readiness.Reason(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Null(life.Readiness.Reason());
        life.Ring.Merge(RingState.Of(other with { State = MemberState.Leaving, Heartbeat = 3 }));
        Assert.Null(life.Readiness.Reason());
        await Stop(life);
    }

    private static async Task Stop(Life life)
    {
        await life.Ingester.StoppingAsync(CancellationToken.None);
        await life.Ingester.StopAsync(CancellationToken.None);
        await life.Ingester.StoppedAsync(CancellationToken.None);
        life.Ingester.Dispose();
    }

    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Life Begin(string id) => new(id, _disk, _time);

    private sealed class Life : IHostApplicationLifetime
    {
        public Life(string id, ForgettingDisk disk, TimeProvider time)
        {
            var options = new IngesterOptions
            {
                DataPath = "/data",
                MinReadyDuration = TimeSpan.FromSeconds(15),
                Lifecycler = new LifecyclerOptions { Id = id },
            };
            Assert.Empty(options.Faults());
            Ring = new HashRing(time, new HashRingOptions());
            Lifecycler = new Lifecycler(Ring, options.Lifecycler, time, new Random(1));
            Log = new WriteAheadLog(
                disk, new LogOptions(options.LogDirectory), time, TaskScheduler.Default, new Random(1), NullLogger<WriteAheadLog>.Instance);
            Readiness = new IngesterReadiness(options, Log, Lifecycler, Ring, time);
            Ingester = new IngesterLifecycle(
                options, disk, Log, (_, _, _) => true, BareBlocks.Of(disk, Log, time, options.DataPath), (Lifecycler, () => id + ":4040"), this, time, NullLogger<IngesterLifecycle>.Instance);
        }

        public HashRing Ring { get; }

        public Lifecycler Lifecycler { get; }

        public WriteAheadLog Log { get; }

        public IngesterReadiness Readiness { get; }

        public IngesterLifecycle Ingester { get; }

        public int Stops { get; private set; }

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => Stops++;
    }
}
