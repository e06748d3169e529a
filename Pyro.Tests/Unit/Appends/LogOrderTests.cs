using Grpc.Core;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Profiles.Records;
using Pyro.Tests.Simulation;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Unit.Appends;

public sealed class LogOrderTests
{
    private const int Profiles = 40;

    [Fact]
    public void Cumulative_series_come_to_the_same_after_a_replay_in_whatever_order_appends_go_on()
    {
        for (int seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            var scheduler = new SeededScheduler(random);
            var disk = new ForgettingDisk(seed);
            List<string> before = [], after = [];
            Task life = scheduler.Start(async () =>
            {
                var ingester = await Open(disk, scheduler);
                await Task.WhenAll(Enumerable.Range(1, Profiles).Select(i => Push(ingester, random, i)));
                before = Rows(ingester);
                await ingester.DisposeAsync();
            });
            scheduler.Run();
            Assert.True(life.IsCompletedSuccessfully, life.Exception?.ToString());

            Task replay = scheduler.Start(async () =>
            {
                var again = await Open(disk, scheduler);
                after = Rows(again);
                await again.DisposeAsync();
            });
            scheduler.Run();
            Assert.True(replay.IsCompletedSuccessfully, replay.Exception?.ToString());
            Assert.NotEmpty(before);
            Assert.True(before.SequenceEqual(after), $"seed {seed}: {string.Join(' ', before)} before, {string.Join(' ', after)} after");
        }
    }

    private static async Task<BareIngester> Open(ForgettingDisk disk, TaskScheduler scheduler)
    {
        var ingester = new BareIngester(disk, scheduler: scheduler);
        await ingester.Log.Replay(ingester.Appender.TakeReplayed, CancellationToken.None);
        return ingester;
    }

    private static async Task Push(BareIngester ingester, Random random, int i)
    {
        for (int n = random.Next(4); n > 0; n--)
        {
            await Task.Yield();
        }

        // Another series in the batch, which needs no order, must not change that.
        ProfileRecord[] batch = i % 3 == 0 ? [RecordByHand.Cpu("c").At(i).Sample("main", 1).Build(), Allocations(i)] : [Allocations(i)];
        Assert.All(await ingester.Append("a", batch), code => Assert.Equal(StatusCode.OK, code));
    }

    /// <summary>The counter of one series at a moment: whoever comes out of turn is a reset.</summary>
    private static ProfileRecord Allocations(int i) =>
        new RecordByHand().Label("__name__", "memory").Label("service_name", "s").Type("alloc_space", "bytes").Period("space", "bytes")
            .At(i, (ulong)i).Sample("main;a", i * 10).Sample("main;b", i).Build();

    private static List<string> Rows(BareIngester ingester)
    {
        var rows = new List<string>();
        foreach (HeadView view in ingester.Heads.Heads("a").Select(h => h.View()))
        {
            for (int row = 0; row < view.Rows.Count; row++)
            {
                rows.Add($"{view.Rows.Times[row]}={view.Rows.Totals[row]}");
            }
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }
}
