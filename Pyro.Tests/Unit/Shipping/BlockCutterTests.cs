using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.Tests.Simulation;
using Pyro.Tests.Simulation.Life;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>Which heads are sealed before their time.</summary>
public sealed class BlockCutterTests : IDisposable
{
    private const int Tenants = 200;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddSeconds(2));
    private readonly JumpingTime _clock;
    private readonly SeededScheduler _scheduler = new(new Random(1));
    private readonly List<IDisposable> _ends = [];
    private ForgettingDisk _disk = new(1);
    private WriteAheadLog? _log;

    public BlockCutterTests() => _clock = new JumpingTime(_time);

    public void Dispose() => _ends.ForEach(static end => end.Dispose());

    [Fact]
    public void Many_small_heads_are_sealed_when_they_take_the_memory()
    {
        var (heads, cutter) = Cutting(TakenByAll() * 4 / 3);
        Fill(heads);
        Cut(cutter);
        Assert.InRange(heads.Ledger.Used, heads.Ledger.Budget / 2, (long)(heads.Ledger.Budget * new CutLimits().MemoryShare));
        Assert.InRange(heads.Tenants.Sum(t => heads.Heads(t).Count), Tenants / 2, Tenants - 1);
    }

    [Fact]
    public void Small_heads_stay_when_something_else_takes_the_memory()
    {
        var taken = TakenByAll();
        var (heads, cutter) = Cutting(10 * taken);
        Fill(heads);
        Assert.True(heads.Ledger.TryReserve(8 * taken, MemoryKind.Accumulators));
        Cut(cutter);
        Assert.Equal(Tenants, heads.Tenants.Sum(t => heads.Heads(t).Count));
    }

    [Fact]
    public void A_head_of_too_many_series_is_sealed()
    {
        var (heads, cutter) = Cutting(1 << 30, new CutLimits { Series = 3 });
        foreach (var (tenant, series) in (ReadOnlySpan<(string, int)>)[("few", 2), ("many", 3)])
        {
            var head = Ulid.NewUlid();
            for (var i = 0; i < series; i++)
            {
                heads.Append(tenant, head, RecordByHand.Cpu($"service-{i}").Sample("main", 1).Build());
            }
        }

        Cut(cutter);
        Assert.Empty(heads.Heads("many"));
        Assert.Equal(3, Assert.Single(heads.Held("many").Blocks).Meta.Stats.Series);
        Assert.False(Assert.Single(heads.Heads("few")).IsSealed);
    }

    [Fact]
    public void A_flush_of_a_small_budget_leaves_memory_for_questions()
    {
        var head = Ulid.NewUlid();
        void Fill(HeadStore heads)
        {
            for (var i = 0; i < 500; i++)
            {
                heads.Append("one", head, RecordByHand.Cpu($"service-{i}").Sample($"main;work_{i}", 1).Build());
            }
        }

        var taken = Taken(Fill);

        // As full as pushes make it.
        var (heads, cutter) = Cutting(taken * 8 / 7);
        Fill(heads);
        var most = 0L;
        _disk.Fault = (_, _) =>
        {
            most = Math.Max(most, heads.Ledger.Used);
            return null;
        };
        Cut(cutter);
        Assert.Empty(heads.Heads("one"));
        Assert.InRange(most, taken + 1, (heads.Ledger.Budget * 15 / 16) + 1);
    }

    [Fact]
    public void A_head_is_sealed_some_minutes_after_its_hour_is_over_and_not_before()
    {
        var (heads, cutter) = Cutting(1 << 30);
        heads.Append("one", Ulid.NewUlid(), RecordByHand.Cpu("a").Sample("main", 1).Build());
        _time.Advance(Hour + cutter.Grace - TimeSpan.FromSeconds(3));
        Cut(cutter);
        Assert.False(Assert.Single(heads.Heads("one")).IsSealed);
        _time.Advance(TimeSpan.FromSeconds(1));
        Cut(cutter);
        Assert.Empty(heads.Heads("one"));
        Assert.Single(heads.Held("one").Blocks);
    }

    [Fact]
    public void A_head_is_sealed_two_hours_after_it_was_opened_whatever_the_clock_says()
    {
        var (heads, cutter) = Cutting(1 << 30);
        heads.Append("one", Ulid.NewUlid(), RecordByHand.Cpu("a").Sample("main", 1).Build());
        _clock.Error = -10 * Hour;
        _time.Advance((2 * Hour) + cutter.Grace - TimeSpan.FromSeconds(1));
        Cut(cutter);
        Assert.Single(heads.Heads("one"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Cut(cutter);
        Assert.Empty(heads.Heads("one"));
    }

    [Fact]
    public void Of_heads_that_are_too_large_together_the_largest_are_sealed()
    {
        static void Fill(HeadStore heads)
        {
            foreach (var (tenant, profiles) in (ReadOnlySpan<(string, int)>)[("small", 1), ("large", 3), ("medium", 2)])
            {
                var head = Ulid.NewUlid();
                for (var i = 0; i < profiles; i++)
                {
                    heads.Append(tenant, head, RecordByHand.Cpu($"service-{i}").Sample("main", 1).Build());
                }
            }
        }

        var (heads, cutter) = Cutting(1 << 30, new CutLimits { HeadBytes = Taken(Fill) - 1 });
        Fill(heads);
        Cut(cutter);
        Assert.Equal(["medium", "small"], heads.Tenants.Where(t => heads.Heads(t).Count > 0).Order());
        Assert.Single(heads.Held("large").Blocks);
    }

    [Fact]
    public void Heads_that_keep_too_many_segments_of_the_log_are_sealed()
    {
        var (heads, cutter) = Cutting(1 << 30, new CutLimits { Segments = 3 });
        Run(() => _log!.Replay(static (_, _, _) => true, default));
        foreach (var (tenant, segments) in (ReadOnlySpan<(string, int)>)[("old", 1), ("new", 4)])
        {
            var head = Ulid.NewUlid();
            heads.Append(tenant, head, RecordByHand.Cpu("a").Sample("main", 1).Build());
            for (var i = 0; i < segments; i++)
            {
                using var frames = _log!.Frames(tenant, head);
                frames.Add("record"u8);
                Run(async () => Assert.Equal(LogOutcome.Synced, await _log.Append(frames)));
            }
        }

        Assert.Equal(5, _log!.Size.Count);
        Cut(cutter);
        Assert.Empty(heads.Heads("old"));
        Assert.False(Assert.Single(heads.Heads("new")).IsSealed);
        Assert.Equal(4, _log.Size.Count);
    }

    private static void Fill(HeadStore heads)
    {
        for (var i = 0; i < Tenants; i++)
        {
            heads.Append($"tenant-{i}", Ulid.NewUlid(), RecordByHand.Cpu("a").Sample("main;serve", 1).Build());
        }
    }

    private long TakenByAll() => Taken(Fill);

    private long Taken(Action<HeadStore> fill)
    {
        var heads = new HeadStore(_clock, new Random(1), static _ => 0, "", new MemoryLedger(1 << 30));
        fill(heads);
        return heads.Ledger.Used;
    }

    private (HeadStore Heads, BlockCutter Cutter) Cutting(long budget, CutLimits? limits = null)
    {
        var ledger = new MemoryLedger(budget);
        var disk = _disk = new ForgettingDisk(1, _time);
        disk.CreateDirectory("/data");
        var heads = new HeadStore(_clock, new Random(1), static _ => 0, "", ledger);
        var log = _log = new WriteAheadLog(disk, new LogOptions("/data/@log") { SegmentBytesMax = 1 }, _clock, _scheduler, new Random(1), NullLogger<WriteAheadLog>.Instance);
        var reading = new BlockReading(new SymbolCache(1 << 20, ledger));
        var folders = new LocalFolders(disk, "/data", reading, NullLogger<LocalFolders>.Instance);
        var metrics = new BlockMetrics(heads);
        var appender = new RecordAppender(heads, log, ledger);
        var cutter = new BlockCutter(
            heads, log, appender, new HeadFlush(disk, folders, ledger, _scheduler), folders, limits ?? new CutLimits(), metrics, _clock, NullLogger<BlockCutter>.Instance);
        _ends.AddRange([cutter, appender, metrics, reading]);
        return (heads, cutter);
    }

    private void Cut(BlockCutter cutter) => Run(() => cutter.CutDue(default));

    private void Run(Func<Task> work)
    {
        var done = _scheduler.Start(work);
        _scheduler.Run();
        Assert.True(done.IsCompletedSuccessfully, $"{done.Status} {done.Exception}");
    }
}
