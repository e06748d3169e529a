using Grpc.Core;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Unit.Appends;

public sealed class MovedBaselinesTests
{
    // So large that not all baselines go to the log at once, nor each in a piece of its own.
    private static readonly int[] StacksOfSeries = [3, 4_000, 12_000, 1, 2, 5_000, 5];

    [Fact]
    public async Task What_cumulative_series_come_to_outlives_the_head_in_which_they_began()
    {
        var disk = new ForgettingDisk(1);
        await using (var ingester = await BareIngester.Open(disk))
        {
            await Push(ingester, 1, factor: 10);
            var began = Assert.Single(ingester.Heads.Heads("a"));
            await began.Seal();
            Assert.True(await ingester.Appender.MoveBaselines("a", began));
            await ingester.Log.Void(began.Ulid);
            await Push(ingester, 2, factor: 17);
            Assert.Equal(Increases(7), Rows(ingester, began.Ulid));
        }

        await using var again = await BareIngester.Open(disk);
        Assert.Equal(Increases(7), Rows(again, default));
        await Push(again, 3, factor: 19);
        Assert.Equal(Increases(7).Concat(Increases(2)).Order(), Rows(again, default));
    }

    private static async Task Push(BareIngester ingester, int time, long factor)
    {
        for (int series = 0; series < StacksOfSeries.Length; series++)
        {
            RecordByHand record = new RecordByHand().Label("__name__", "memory").Label("service_name", "s" + (series % 2)).Label("pod", "p" + series)
                .Type("alloc_space", "bytes").Period("space", "bytes").At(time, (ulong)time);
            for (int stack = 0; stack < StacksOfSeries[series]; stack++)
            {
                record.Sample($"main;a{stack % 100};b{stack}", factor);
            }

            Assert.All(await ingester.Append("a", record.Build()), static code => Assert.Equal(StatusCode.OK, code));
        }
    }

    private static IEnumerable<long> Increases(long each) => StacksOfSeries.Select(n => n * each).Order();

    private static IEnumerable<long> Rows(BareIngester ingester, Ulid except)
    {
        var totals = new List<long>();
        foreach (HeadView view in ingester.Heads.Heads("a").Where(h => h.Ulid != except).Select(static h => h.View()))
        {
            for (int row = 0; row < view.Rows.Count; row++)
            {
                totals.Add(view.Rows.Totals[row]);
            }
        }

        return totals.Order();
    }
}
