using System.Buffers;
using Pyro.Memory;

namespace Pyro.Tests.Unit.Memory;

public sealed class LeaseTests
{
    [Fact]
    public void The_bytes_stay_until_the_last_share_is_released()
    {
        Lease lease = Lease.Copy(new ReadOnlySequence<byte>([1, 2, 3]));
        lease.Retain();
        lease.Release();
        Assert.Equal([1, 2, 3], lease.Memory.ToArray());
        lease.Release();
        Assert.Throws<ObjectDisposedException>(() => lease.Memory);
    }

    [Fact]
    public void A_release_too_many_throws_and_a_dead_lease_cannot_be_retained()
    {
        Lease lease = Lease.Copy(new ReadOnlySequence<byte>([1]));
        lease.Release();
        Assert.Throws<InvalidOperationException>(lease.Release);
        Assert.Throws<ObjectDisposedException>(lease.Retain);
    }

    [Fact]
    public async Task Shares_taken_and_given_by_many_threads_leave_one()
    {
        Lease lease = Lease.Copy(new ReadOnlySequence<byte>([7]));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                lease.Retain();
                Assert.Equal(7, lease.Memory.Span[0]);
                lease.Release();
            }
        })));
        Assert.Equal(7, lease.Memory.Span[0]);
        lease.Release();
        Assert.Throws<InvalidOperationException>(lease.Release);
    }

    [Fact]
    public void A_writer_grows_and_ends_as_a_lease_of_what_was_written()
    {
        var random = new Random(1);
        using var writer = new LeaseWriter(16);
        var expected = new List<byte>();
        while (expected.Count < 3 << 20)
        {
            byte[] piece = new byte[random.Next(100_000)];
            random.NextBytes(piece);
            piece.CopyTo(writer.GetSpan(piece.Length));
            writer.Advance(piece.Length);
            writer.Write([1]);
            expected.AddRange(piece);
            expected.Add(1);
        }

        Lease lease = writer.Detach();
        Assert.Equal(0, writer.Length);
        writer.Write([9]);
        Assert.True(lease.Memory.Span.SequenceEqual(expected.ToArray()));
        Assert.Equal([9], writer.Written.ToArray());
        lease.Release();
    }

    [Fact]
    public void A_writer_refuses_to_advance_past_its_buffer()
    {
        using var writer = new LeaseWriter();
        int room = writer.GetSpan().Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Truncate(1));
    }
}
