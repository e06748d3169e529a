using Pyro.Memory;

namespace Pyro.Tests.Unit.Memory;

public sealed class MemoryLedgerTests
{
    [Fact]
    public void What_goes_past_the_budget_is_refused_and_counts_nothing()
    {
        var ledger = new MemoryLedger(100);
        Assert.True(ledger.TryReserve(60, MemoryKind.Bodies));
        Assert.False(ledger.TryReserve(41, MemoryKind.Slabs));
        Assert.Equal((60, 60, 0), (ledger.Used, ledger.UsedFor(MemoryKind.Bodies), ledger.UsedFor(MemoryKind.Slabs)));
        Assert.True(ledger.TryReserve(40, MemoryKind.Slabs));
        Assert.True(ledger.IsFull);
        ledger.Release(60, MemoryKind.Bodies);
        Assert.Equal(40, ledger.Used);
        Assert.False(ledger.IsFull);
    }

    [Fact]
    public void The_last_eighth_is_left_for_questions()
    {
        var ledger = new MemoryLedger(80);
        ledger.Reserve(69, MemoryKind.Slabs);
        Assert.False(ledger.IsFull);
        ledger.Reserve(1, MemoryKind.Slabs);
        Assert.True(ledger.IsFull);
        Assert.True(ledger.TryReserve(10, MemoryKind.Accumulators));
    }

    [Fact]
    public void What_cannot_be_refused_may_go_past_the_budget()
    {
        var ledger = new MemoryLedger(100);
        ledger.Reserve(150, MemoryKind.Slabs);
        Assert.True(ledger.IsFull);
        Assert.False(ledger.TryReserve(0, MemoryKind.Caches));
        ledger.Release(150, MemoryKind.Slabs);
        Assert.Equal(0, ledger.Used);
    }

    [Fact]
    public void Releasing_more_than_was_reserved_for_a_purpose_throws()
    {
        var ledger = new MemoryLedger(100);
        ledger.Reserve(10, MemoryKind.Slabs);
        Assert.Throws<InvalidOperationException>(() => ledger.Release(10, MemoryKind.Bodies));
        Assert.Equal(10, ledger.Used);
    }

    [Fact]
    public async Task Threads_never_hold_more_than_the_budget_together()
    {
        var ledger = new MemoryLedger(1000);
        long held = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                int bytes = (((n * 31) + i) % 300) + 1;
                if (ledger.TryReserve(bytes, MemoryKind.Bodies))
                {
                    Assert.InRange(Interlocked.Add(ref held, bytes), 0, 1000);
                    Interlocked.Add(ref held, -bytes);
                    ledger.Release(bytes, MemoryKind.Bodies);
                }
            }
        })));
        Assert.Equal(0, ledger.Used);
    }

    [Fact]
    public void The_machine_has_memory() => Assert.InRange(MachineMemory.Bytes(), 64L << 20, 1L << 50);
}
