using Microsoft.Extensions.Time.Testing;
using Pyro.Ring;

namespace Pyro.Tests.Unit.Ring;

public sealed class QuorumWriterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Dictionary<string, TaskCompletionSource<IReadOnlyList<Exception?>?>> _answers = [];
    private readonly List<(string Address, int[] Items)> _calls = [];
    private CancellationToken _token;

    [Fact]
    public async Task Answers_at_quorum_and_lets_the_late_one_end()
    {
        var writer = new QuorumWriter(_time, TimeSpan.FromSeconds(5), 10);
        var write = writer.Write([Set(3)], Send, default);
        _answers["host:0"].SetResult(null);
        Assert.False(write.IsCompleted);
        _answers["host:2"].SetResult(null);
        Assert.Null(Assert.Single(await write));
        Assert.Equal(1, writer.Late);

        var idle = writer.WhenIdle();
        Assert.False(idle.IsCompleted);
        _answers["host:1"].SetResult(null);
        await idle;
        Assert.Equal(0, writer.Late);
    }

    [Fact]
    public async Task The_first_error_beyond_those_tolerated_fails_the_item()
    {
        var write = new QuorumWriter(_time, TimeSpan.FromSeconds(5), 10).Write([Set(3)], Send, default);
        _answers["host:0"].SetException(new IOException("one"));
        _answers["host:1"].SetException(new IOException("two"));
        Assert.Equal("two", Assert.Single(await write)!.Message);
    }

    [Fact]
    public async Task Each_address_is_called_once_with_all_its_items_and_answers_for_each()
    {
        var write = new QuorumWriter(_time, TimeSpan.FromSeconds(5), 10).Write([Set(1), Set(2), Set(1)], Send, default);
        Assert.Equal([("host:0", "0,1,2"), ("host:1", "1")], _calls.Select(c => (c.Address, string.Join(',', c.Items))));
        _answers["host:0"].SetResult([null, null, new IOException("full")]);
        _answers["host:1"].SetResult(null);
        var errors = await write;
        Assert.Equal([null, null, "full"], errors.Select(e => e?.Message));
    }

    [Fact]
    public async Task A_call_that_takes_too_long_counts_as_failed()
    {
        var write = new QuorumWriter(_time, TimeSpan.FromSeconds(5), 10).Write([Set(1)], Send, default);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.IsType<TimeoutException>(Assert.Single(await write));
    }

    [Fact]
    public async Task A_client_that_goes_away_stops_waiting_but_not_the_calls()
    {
        using var client = new CancellationTokenSource();
        var writer = new QuorumWriter(_time, TimeSpan.FromSeconds(5), 10);
        var write = writer.Write([Set(1)], Send, client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.False(_token.IsCancellationRequested);
        Assert.False(writer.WhenIdle().IsCompleted);
        _answers["host:0"].SetResult(null);
        await writer.WhenIdle();
    }

    [Fact]
    public async Task With_too_many_late_ones_a_write_waits_for_all_its_calls()
    {
        var writer = new QuorumWriter(_time, TimeSpan.FromSeconds(5), 0);
        var write = writer.Write([Set(3)], Send, default);
        _answers["host:0"].SetResult(null);
        _answers["host:1"].SetResult(null);
        await Task.Yield();
        Assert.False(write.IsCompleted);
        _answers["host:2"].SetResult(null);
        await write;
    }

    private static ReplicaSet Set(int replicas) => new(
        [.. Enumerable.Range(0, replicas).Select(i => new RingMember($"i{i}", $"host:{i}", MemberState.Active, "", [], 0))],
        (replicas - 1) / 2);

    private async Task<IReadOnlyList<Exception?>?> Send(string address, IReadOnlyList<int> items, CancellationToken cancellationToken)
    {
        _token = cancellationToken;
        _calls.Add((address, [.. items]));
        _answers[address] = new TaskCompletionSource<IReadOnlyList<Exception?>?>();
        return await _answers[address].Task.WaitAsync(cancellationToken);
    }
}
