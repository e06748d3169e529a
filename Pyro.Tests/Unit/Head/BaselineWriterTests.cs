using System.Buffers;
using Pyro.Ingester.Head;
using Pyro.Tests.Unit.Queries;

namespace Pyro.Tests.Unit.Head;

/// <summary>A flush writes the baselines of all series of a head, one after another.</summary>
public sealed class BaselineWriterTests
{
    // Such that each has fewer of everything than the one before, or more.
    private static readonly int[] StacksOfSeries = [300, 7, 4_000, 1, 60];

    private readonly BaselineWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _output = new();

    [Fact]
    public void A_writer_that_is_used_again_writes_the_same_and_takes_no_memory_for_it()
    {
        var baselines = Of(StacksOfSeries);
        var series = baselines.Of(_head);
        Assert.Equal(StacksOfSeries.Length, series.Count);
        foreach (var one in series)
        {
            var fresh = new ArrayBufferWriter<byte>();
            Assert.True(baselines.TryEncode(one, 5, new BaselineWriter(), fresh));
            Write(baselines, one);
            Assert.Equal(fresh.WrittenSpan, _output.WrittenSpan);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        series.ForEach(one => Write(baselines, one));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    private TenantHead _head = null!;

    private DeltaBaselines Of(int[] stacks)
    {
        var held = new Held();
        for (var i = 0; i < stacks.Length; i++)
        {
            var record = new RecordByHand().Label("__name__", "memory").Label("service_name", $"s{i}").Type("alloc_space", "bytes").Period("space", "bytes");
            for (var stack = 0; stack < stacks[i]; stack++)
            {
                record.Sample($"main;a{stack % 10}>inlined{i};b{stack}", stack + 1);
            }

            held.Append(record.Build());
        }

        _head = Assert.Single(held.Store.Heads(Held.Tenant));
        return held.Store.Of(Held.Tenant).Baselines;
    }

    private void Write(DeltaBaselines baselines, ulong series)
    {
        _output.ResetWrittenCount();
        Assert.True(baselines.TryEncode(series, 5, _writer, _output));
    }
}
