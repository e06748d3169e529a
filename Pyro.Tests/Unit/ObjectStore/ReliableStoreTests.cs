using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>Retries, limits and figures, on a clock that stands still until it is told to go.</summary>
public sealed class ReliableStoreTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));
    private readonly MemoryStore _memory;
    private readonly FaultyStore _faulty;

    public ReliableStoreTests()
    {
        _memory = new MemoryStore(_time);
        _faulty = new FaultyStore(_memory, 1, _time);
    }

    [Theory]
    [InlineData(StoreFault.Unavailable, 5)]
    [InlineData(StoreFault.Throttled, 5)]
    [InlineData(StoreFault.Damaged, 5)]
    [InlineData(StoreFault.NotFound, 1)]
    [InlineData(StoreFault.Exists, 1)]
    [InlineData(StoreFault.Denied, 1)]
    [InlineData(StoreFault.Misconfigured, 1)]
    [InlineData(StoreFault.Full, 1)]
    [InlineData(StoreFault.InvalidKey, 1)]
    public async Task Only_what_may_succeed_is_tried_again(StoreFault fault, int attempts)
    {
        using var store = Open();
        _faulty.Fault = (_, _) => new ObjectStoreException(fault, "no");
        Assert.Equal(fault, (await Refused(store.Get("a", None))).Fault);
        Assert.Equal(fault, (await Refused(store.GetRange("a", 0, new byte[3], None))).Fault);
        Assert.Equal(fault, (await Refused(store.Attributes("a", None))).Fault);
        Assert.Equal(fault, (await Refused(Done(store.Put("a", ObjectBody.Of(new byte[3]), PutMode.Replace, None)))).Fault);
        Assert.Equal(fault, (await Refused(Done(store.Delete("a", None)))).Fault);
        Assert.Equal(fault, (await Refused(Keys(store))).Fault);
        Assert.Equal(6, _faulty.Counts.Count);
        Assert.All(_faulty.Counts, c => Assert.Equal(attempts, c.Value));
    }

    [Fact]
    public async Task Waits_grow_are_spread_and_end()
    {
        var options = new RetryOptions { Attempts = 9, FirstWait = TimeSpan.FromSeconds(1), LongestWait = TimeSpan.FromSeconds(20) };
        List<List<TimeSpan>> rounds = [];
        var time = new ImpatientTime(options.LongestWait);
        using var store = new ReliableStore(_faulty, "test", options, time, new Random(1));
        _faulty.IsDown = true;
        for (var round = 0; round < 40; round++)
        {
            await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Attributes("a", None));
            rounds.Add([.. time.Waits]);
            time.Waits.Clear();
        }
        Assert.All(rounds, waits => Assert.Equal(8, waits.Count));
        for (var wait = 0; wait < 8; wait++)
        {
            var longest = Math.Min(20, Math.Pow(2, wait));
            Assert.InRange(rounds.Max(r => r[wait].TotalSeconds), longest * 0.7, longest);
            Assert.InRange(rounds.Min(r => r[wait].TotalSeconds), 0, longest * 0.3);
        }
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_given_up_in_time()
    {
        var silent = new SilentStore(_time);
        var options = new RetryOptions { Attempts = 3, AnswerTimeout = TimeSpan.FromSeconds(30), TimeoutSetting = "storage.s3.http.response_header_timeout" };
        using var store = new ReliableStore(silent, "test", options, _time, new Random(1));
        var error = await Refused(silent, store.Attributes("a", None));
        Assert.Equal((StoreFault.Unavailable, "storage.s3.http.response_header_timeout"), (error.Fault, error.Setting));
        Assert.Equal("silent: attributes of 'a': no answer within 30 s, see storage.s3.http.response_header_timeout", error.Message);
        Assert.Equal([30, 30, 30], silent.Held.Select(h => Math.Round(h.TotalSeconds)));

        // A large body has longer: 128 KiB each second.
        silent.Held.Clear();
        await Refused(silent, Done(store.Put("a", ObjectBody.Of(new byte[128 * 1024 * 60]), PutMode.Replace, None)));
        Assert.Equal([90, 90, 90], silent.Held.Select(h => Math.Round(h.TotalSeconds)));
    }

    [Fact]
    public async Task Who_leaves_is_not_held_up()
    {
        using var store = Open();
        using var leaving = new CancellationTokenSource();
        _faulty.IsDown = true;
        var call = store.Get("a", leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(1, _faulty.Counts[StoreOperation.Get]);
    }

    [Fact]
    public async Task Only_so_many_are_under_way_at_once()
    {
        using var store = Open(new RetryOptions { Concurrency = 3, AnswerTimeout = TimeSpan.FromSeconds(60), Attempts = 1 });
        await Put("a", 1);
        _faulty.Faults = new StoreFaults { Slow = 1, SlowFor = TimeSpan.FromSeconds(20) };
        var calls = Enumerable.Range(0, 30).Select(_ => store.Attributes("a", None).AsTask()).ToArray();
        Assert.Equal(3, _faulty.Counts[StoreOperation.Attributes]);
        // Who waits for a slot has all its time still: thirty calls take longer than one may.
        await Advance(Task.WhenAll(calls), TimeSpan.FromMilliseconds(20));
        Assert.Equal(30, _faulty.Counts[StoreOperation.Attributes]);
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_ones_own()
    {
        using var store = Open();
        var lost = true;
        _faulty.Faults = new StoreFaults { DoneButFailed = 1 };
        _faulty.Fault = (operation, _) =>
        {
            _faulty.Faults = lost ? _faulty.Faults : new StoreFaults();
            lost &= operation != StoreOperation.Put;
            return null;
        };
        await Advance(Done(store.Put("lease", ObjectBody.Of("mine"u8.ToArray()), PutMode.CreateOnly, None)).AsTask());
        Assert.Equal(2, _faulty.Counts[StoreOperation.Put]);

        _faulty.Fault = (operation, _) =>
        {
            // Another one wins while ours is tried again.
            if (operation == StoreOperation.Put && !_memory.Keys.Contains("other"))
            {
                Assert.True(_memory.Put("other", ObjectBody.Of("their"u8.ToArray()), PutMode.Replace, None).AsTask().IsCompletedSuccessfully);
                return new ObjectStoreException(StoreFault.Unavailable, "no");
            }
            return null;
        };
        await Assert.ThrowsAsync<ObjectExistsException>(async () =>
            await Advance(Done(store.Put("other", ObjectBody.Of("mine!"u8.ToArray()), PutMode.CreateOnly, None)).AsTask()));
    }

    [Fact]
    public async Task A_listing_goes_on_where_it_broke()
    {
        using var store = Open(new RetryOptions { Attempts = 4 });
        for (var i = 0; i < 300; i++)
            await Put($"k{i:d4}", 1);
        _faulty.Faults = new StoreFaults { CutOff = 0.7 };
        Assert.Equal(_memory.Keys, await Advance(Keys(store).AsTask()));
        Assert.InRange(_faulty.Counts[StoreOperation.List], 2, 100);
    }

    [Fact]
    public async Task Each_leftover_of_a_put_has_the_time_of_a_call_and_its_removal_is_counted_though_others_fail_at_first()
    {
        var leftovers = new Leftovers(_time, 300);
        using var store = new ReliableStore(leftovers, "test", new RetryOptions { AnswerTimeout = TimeSpan.FromSeconds(30), Concurrency = 1 }, _time, new Random(1));
        Assert.Equal(300, await Advance(store.RemoveUnfinished("t/", None).AsTask()));
        Assert.Empty(leftovers.Left);
        Assert.Equal(2, leftovers.Failures);
    }

    [Fact]
    public async Task Content_up_to_a_mebibyte_comes_whole_and_a_longer_one_may_break()
    {
        using var store = Open(new RetryOptions { Attempts = 50 });
        await Put("small", ReliableStore.BufferedBytes);
        await Put("large", ReliableStore.BufferedBytes + 1);
        _faulty.Faults = new StoreFaults { CutOff = 0.5, Truncated = 0.5 };
        for (var i = 0; i < 10; i++)
            Assert.Equal(ReliableStore.BufferedBytes, (await Advance(store.ReadAll("small", 1 << 21, None).AsTask())).Length);
        _faulty.Faults = new StoreFaults { Truncated = 1 };
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ReadAll("large", 1 << 21, None));
        Assert.Equal(StoreFault.Damaged, error.Fault);
        _faulty.Faults = new StoreFaults();
        Assert.Equal(ReliableStore.BufferedBytes + 1, (await store.ReadAll("large", 1 << 21, None)).Length);
    }

    [Fact]
    public async Task Figures_have_the_names_of_pyroscope()
    {
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name.Contains("objstore", StringComparison.Ordinal))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.Start();
        using (var store = Open(new RetryOptions { Attempts = 2 }, name: "figures"))
        {
            await OneOfEach(store);
            listener.RecordObservableInstruments();
        }
        Assert.Equal(1, seen["pyroscope_objstore_bucket_operations_total figures upload"]);
        Assert.Equal(1, seen["pyroscope_objstore_bucket_operations_total figures iter"]);
        Assert.Equal(0, seen["pyroscope_objstore_bucket_operation_failures_total figures attributes"]);
        Assert.Equal(1, seen["pyroscope_objstore_bucket_operation_failures_total figures delete"]);
        Assert.Equal(1, seen["pyro_objstore_bucket_operation_retries_total figures delete"]);
        Assert.Equal(10, seen["pyroscope_objstore_bucket_operation_fetched_bytes_total figures get"]);
        Assert.Equal(4, seen["pyroscope_objstore_bucket_operation_fetched_bytes_total figures get_range"]);
        Assert.Equal(10, seen["pyro_objstore_bucket_operation_sent_bytes_total figures"]);
        Assert.Contains("pyroscope_objstore_bucket_operation_duration_seconds figures get", seen.Keys);
        Assert.True(seen["pyroscope_objstore_bucket_last_successful_upload_time figures"] > 1e9);

        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = string.Join(' ', [instrument.Name, .. tags.ToArray().Select(t => t.Value)]);
            // Other tests have stores of their own meanwhile.
            if (!name.Contains(" figures", StringComparison.Ordinal))
                return;
            lock (seen)
                seen[name] = seen.GetValueOrDefault(name) + value;
        }
    }

    [Fact]
    public async Task Each_operation_is_a_span_that_tells_what_failed()
    {
        using var around = new Activity("test").Start();
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Pyro",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                // Other tests have spans of their own meanwhile.
                lock (spans)
                {
                    if (span.TraceId == around.TraceId)
                        spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using (var store = Open(new RetryOptions { Attempts = 2 }))
            await OneOfEach(store);
        Assert.Equal(
            [("upload", "a"), ("get", "a"), ("get_range", "a"), ("attributes", "b"), ("iter", ""), ("delete", "a")],
            spans.Select(static span => (span.OperationName["objstore ".Length..], (string)span.GetTagItem("objstore.key")!)));
        Assert.All(spans, span => Assert.Equal((ActivityKind.Client, around.SpanId, _faulty.Description), (span.Kind, span.ParentSpanId, span.GetTagItem("objstore.bucket"))));
        // What is not there is an answer.
        Assert.All(spans[..5], static span => Assert.Equal(ActivityStatusCode.Unset, span.Status));
        Assert.Equal((ActivityStatusCode.Error, 2), (spans[5].Status, spans[5].Events.Count(static e => e.Name == "attempt failed")));
    }

    /// <summary>Each operation once: one for what is not there, and one that the bucket refuses.</summary>
    private async Task OneOfEach(ReliableStore store)
    {
        await store.Put("a", ObjectBody.Of(new byte[10]), PutMode.Replace, None);
        await store.ReadAll("a", 10, None);
        await store.GetRange("a", 2, new byte[4], None);
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await store.Attributes("b", None));
        await Advance(Keys(store).AsTask());
        _faulty.IsDown = true;
        await Refused(Done(store.Delete("a", None)));
    }

    private ReliableStore Open(RetryOptions? options = null, string name = "test") =>
        new(_faulty, name, options ?? new RetryOptions(), _time, new Random(1));

    private ValueTask Put(string key, int length) => _memory.Put(key, ObjectBody.Of(new byte[length]), PutMode.Replace, None);

    private static async ValueTask<bool> Done(ValueTask call)
    {
        await call;
        return true;
    }

    private static async ValueTask<IReadOnlyList<string>> Keys(ReliableStore store)
    {
        var keys = new List<string>();
        await foreach (var entry in store.List("", recursive: true, None))
            keys.Add(entry.Key);
        return keys;
    }

    private async Task<ObjectStoreException> Refused<T>(ValueTask<T> call, TimeSpan? step = null) =>
        await Assert.ThrowsAnyAsync<ObjectStoreException>(async () => await Advance(call.AsTask(), step));

    // Time goes fast while the store holds a call, and hardly while one comes to it, so that a slow machine does not shorten what is held.
    private async Task<ObjectStoreException> Refused<T>(SilentStore silent, ValueTask<T> call) => await Assert.ThrowsAnyAsync<ObjectStoreException>(async () =>
    {
        var task = call.AsTask();
        while (!task.IsCompleted)
        {
            await Task.Delay(1);
            _time.Advance(silent.IsHolding ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(2));
        }
        await task;
    });

    /// <summary>Lets time go until a call is done.</summary>
    private async Task<T> Advance<T>(Task<T> call, TimeSpan? step = null)
    {
        while (!call.IsCompleted)
        {
            for (var i = 0; i < 20 && !call.IsCompleted; i++)
                await Task.Yield();
            _time.Advance(step ?? TimeSpan.FromSeconds(1));
        }
        return await call;
    }

    /// <summary>Waits that are short enough are noted and over at once.</summary>
    private sealed class ImpatientTime(TimeSpan longest) : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > longest)
                return base.CreateTimer(callback, state, dueTime, period);
            Waits.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>Holds what puts left, in pages, takes a second for each call, and fails once in the second page and once to remove.</summary>
    private sealed class Leftovers(TimeProvider time, int count) : IObjectStore
    {
        private const int Page = 100;

        public List<UnfinishedPut> Left { get; } = [.. Enumerable.Range(0, count).Select(static i => new UnfinishedPut($"t/{i:d4}", "id"))];

        public int Failures { get; private set; }

        public string Description => "leftovers";

        public async IAsyncEnumerable<UnfinishedPut> Unfinished(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            foreach (var page in Left.Where(p => p.Key.StartsWith(prefix, StringComparison.Ordinal)).ToArray().Chunk(Page))
            {
                await Answer(Left.Count < count && Failures == 0, cancellation);
                foreach (var put in page)
                    yield return put;
            }
        }

        public async ValueTask<bool> Remove(UnfinishedPut put, CancellationToken cancellation)
        {
            await Answer(Left.Count == 50 && Failures == 1, cancellation);
            return Left.Remove(put);
        }

        public ValueTask<Stream> Get(string key, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask Delete(string key, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) => throw new NotSupportedException();

        private async ValueTask Answer(bool fails, CancellationToken cancellation)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellation);
            if (fails)
            {
                Failures++;
                throw new ObjectStoreException(StoreFault.Unavailable, "no");
            }
        }
    }

    /// <summary>Never answers, and notes for how long it was waited for.</summary>
    private sealed class SilentStore(TimeProvider time) : IObjectStore
    {
        public List<TimeSpan> Held { get; } = [];

        public bool IsHolding { get; private set; }

        public string Description => "silent";

        public async ValueTask<Stream> Get(string key, CancellationToken cancellation) => await Hold<Stream>(cancellation);

        public async ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) => await Hold<int>(cancellation);

        public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation) => await Hold<int>(cancellation);

        public async IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            yield return await Hold<ObjectEntry>(cancellation);
        }

        public async ValueTask Delete(string key, CancellationToken cancellation) => await Hold<int>(cancellation);

        public async ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) => await Hold<ObjectAttributes>(cancellation);

        private async Task<T> Hold<T>(CancellationToken cancellation)
        {
            var begin = time.GetUtcNow();
            var never = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            IsHolding = true;
            await using var registration = cancellation.Register(() =>
            {
                IsHolding = false;
                Held.Add(time.GetUtcNow() - begin);
                never.TrySetCanceled(cancellation);
            });
            return await never.Task;
        }
    }
}
