using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pyro.ObjectStore;

/// <summary>
/// A bucket with time limits, retries of what may succeed when tried again, a bound on what is under way at once, metrics and traces. What
/// <see cref="Get"/> gives of up to <see cref="BufferedBytes"/> has come whole; a longer one may still break, which its reader must expect.
/// </summary>
public sealed class ReliableStore : IObjectStore, IDisposable
{
    /// <summary>Objects up to so many bytes are read whole before they are handed out, so that a broken connection is tried again.</summary>
    public const int BufferedBytes = 1 << 20;

    private static readonly ActivitySource Traces = new("Pyro");

    private readonly IObjectStore _inner;
    private readonly RetryOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly SemaphoreSlim _slots;
    private readonly StoreMetrics _metrics;

    /// <summary>Stands before a bucket, which it disposes of with itself.</summary>
    /// <param name="inner">The bucket.</param>
    /// <param name="name">Its name in metrics.</param>
    /// <param name="options">How patient it is.</param>
    /// <param name="time">Clock of limits and waits.</param>
    /// <param name="random">Spreads the waits; used by nobody else at the same time.</param>
    public ReliableStore(IObjectStore inner, string name, RetryOptions options, TimeProvider time, Random random)
    {
        (_inner, _options, _time, _random) = (inner, options, time, random);
        _slots = new SemaphoreSlim(options.Concurrency);
        _metrics = new StoreMetrics(name);
    }

    /// <inheritdoc/>
    public string Description => _inner.Description;

    /// <inheritdoc/>
    public ValueTask<Stream> Get(string key, CancellationToken cancellation) =>
        Call<Stream>(StoreOperation.Get, key, 0, async limit =>
        {
            Stream content = await _inner.Get(key, limit.Token);
            if (content.Length > BufferedBytes)
            {
                return new LimitedStream(content, _options, _time, _metrics, this, key);
            }

            await using (content)
            {
                byte[] whole = new byte[content.Length];
                int read = 0;
                while (read < whole.Length && await content.ReadAsync(whole.AsMemory(read), limit.Token) is > 0 and var piece)
                {
                    read += piece;
                    limit.Renew();
                }

                _metrics.Fetched(StoreOperation.Get, read);
                return read == whole.Length ? new MemoryStream(whole, writable: false) : throw LimitedStream.CutOff(this, key, read, whole.Length);
            }
        }, cancellation);

    /// <inheritdoc/>
    public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) =>
        Call(StoreOperation.GetRange, key, into.Length, async limit =>
        {
            int read = await _inner.GetRange(key, offset, into, limit.Token);
            _metrics.Fetched(StoreOperation.GetRange, read);
            return read;
        }, cancellation);

    /// <inheritdoc/>
    public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation)
    {
        int attempt = 0;
        await Call(StoreOperation.Put, key, body.Length, async limit =>
        {
            attempt++;
            try
            {
                await _inner.Put(key, body, mode, limit.Token);
                return true;
            }
            catch (ObjectExistsException) when (attempt > 1)
            {
                // The attempt before may have put it and lost the answer.
                return await Holds(key, body, limit.Token) ? true : throw new ObjectExistsException(key);
            }
        }, cancellation);
        _metrics.Sent(body.Length, _time.GetUtcNow());
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, CancellationToken cancellation) =>
        Lines(prefix, limit => _inner.List(prefix, recursive, limit), static entry => entry.Key, cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<UnfinishedPut> Unfinished(string prefix, CancellationToken cancellation) =>
        Lines(prefix, limit => _inner.Unfinished(prefix, limit), static put => put.Key, cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> Remove(UnfinishedPut put, CancellationToken cancellation) =>
        Call(StoreOperation.Delete, put.Key, 0, limit => _inner.Remove(put, limit.Token), cancellation);

    /// <inheritdoc/>
    public async ValueTask Delete(string key, CancellationToken cancellation) =>
        await Call(StoreOperation.Delete, key, 0, async limit =>
        {
            await _inner.Delete(key, limit.Token);
            return true;
        }, cancellation);

    /// <inheritdoc/>
    public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) =>
        Call(StoreOperation.Attributes, key, 0, limit => _inner.Attributes(key, limit.Token), cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        // The slots are left: calls may still be on their way, and nobody waits on their handle.
        (_inner as IDisposable)?.Dispose();
    }

    private async ValueTask<T> Call<T>(
        StoreOperation operation, string key, long bytes, Func<AttemptLimit, ValueTask<T>> attempt, CancellationToken cancellation)
    {
        using StoreCall call = new(this, operation, key);
        TimeSpan patience = _options.AnswerTimeout + TimeSpan.FromSeconds((double)bytes / _options.SlowestBytesPerSecond);
        for (int number = 1; ; number++)
        {
            try
            {
                using var limit = new AttemptLimit(patience, _time, cancellation);
                T result = await InSlot(() => attempt(limit), limit, call, cancellation);
                call.Succeeded();
                return result;
            }
            catch (ObjectStoreException e) when (e.IsTransient && number < _options.Attempts)
            {
                await Wait(call, number, e, cancellation);
            }
        }
    }

    /// <summary>What a listing tells, in ascending order of keys. It is asked for again where it breaks.</summary>
    private async IAsyncEnumerable<T> Lines<T>(
        string prefix, Func<CancellationToken, IAsyncEnumerable<T>> list, Func<T, string> keyOf, [EnumeratorCancellation] CancellationToken cancellation)
        where T : struct
    {
        using StoreCall call = new(this, StoreOperation.List, prefix);
        string? last = null;
        for (int attempt = 1; ; attempt++)
        {
            string? told = last;
            using var limit = new AttemptLimit(_options.AnswerTimeout, _time, cancellation);
            await using IAsyncEnumerator<T> lines = list(limit.Token).GetAsyncEnumerator(limit.Token);
            while (true)
            {
                T? line;
                try
                {
                    line = await Next(lines, limit, call, cancellation);
                }
                catch (ObjectStoreException e) when (e.IsTransient && attempt < _options.Attempts)
                {
                    await Wait(call, attempt, e, cancellation);
                    break;
                }

                if (line is null)
                {
                    call.Succeeded();
                    yield break;
                }

                // After a failure it is listed from the beginning; what was told already is left out.
                string key = keyOf(line.Value);
                if (told is null || ObjectKeys.Order.Compare(key, told) > 0)
                {
                    (last, attempt) = (key, 1);
                    yield return line.Value;
                }
            }
        }
    }

    private async ValueTask<T?> Next<T>(IAsyncEnumerator<T> lines, AttemptLimit limit, StoreCall call, CancellationToken cancellation)
        where T : struct
    {
        limit.Renew();
        T? line = await InSlot<T?>(async () => await lines.MoveNextAsync() ? lines.Current : null, limit, call, cancellation);

        // The time that the reader takes is its own.
        limit.Suspend();
        return line;
    }

    private async ValueTask<T> InSlot<T>(Func<ValueTask<T>> attempt, AttemptLimit limit, StoreCall call, CancellationToken cancellation)
    {
        // Who waits for others does not use up the time of the store.
        limit.Suspend();
        await _slots.WaitAsync(cancellation);
        try
        {
            limit.Renew();
            return await attempt();
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw call.Failed(TooSlow(StoreMetrics.NameOf(call.Operation), call.Key, limit.Patience, e));
        }
        catch (ObjectStoreException e)
        {
            call.Failed(e);
            throw;
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Waits before the next attempt: evenly drawn, so that those who failed together do not come back together.</summary>
    private async ValueTask Wait(StoreCall call, int attempt, ObjectStoreException cause, CancellationToken cancellation)
    {
        TimeSpan first = cause.Fault == StoreFault.Throttled ? _options.FirstWait * 5 : _options.FirstWait;
        TimeSpan longest = first * Math.Pow(2, attempt - 1);
        longest = longest < _options.LongestWait ? longest : _options.LongestWait;
        double share;
        lock (_random)
        {
            share = _random.NextDouble();
        }

        _metrics.Retried(call.Operation);
        await Task.Delay(longest * share, _time, cancellation);
    }

    private ObjectStoreException TooSlow(string what, string key, TimeSpan patience, Exception cause)
    {
        string hint = _options.TimeoutSetting is { } setting ? $", see {setting}" : "";
        return new ObjectStoreException(
            StoreFault.Unavailable, $"{Description}: {what} of '{key}': no answer within {patience.TotalSeconds:0.###} s{hint}", cause)
        {
            Setting = _options.TimeoutSetting,
        };
    }

    private async ValueTask<bool> Holds(string key, ObjectBody body, CancellationToken cancellation)
    {
        await using Stream there = await _inner.Get(key, cancellation);
        await using Stream ours = await body.Open(cancellation);
        if (there.Length != body.Length)
        {
            return false;
        }

        byte[] one = new byte[64 * 1024], other = new byte[one.Length];
        while (true)
        {
            int read = await there.ReadAtLeastAsync(one, one.Length, throwOnEndOfStream: false, cancellation);
            int expected = await ours.ReadAtLeastAsync(other, other.Length, throwOnEndOfStream: false, cancellation);
            if (!one.AsSpan(0, read).SequenceEqual(other.AsSpan(0, expected)))
            {
                return false;
            }

            if (read == 0)
            {
                return true;
            }
        }
    }

    /// <summary>One operation for metrics and traces, from its first attempt to its last.</summary>
    private sealed class StoreCall : IDisposable
    {
        private readonly ReliableStore _store;
        private readonly long _begin;
        private readonly Activity? _span;
        private ObjectStoreException? _failure;

        public StoreCall(ReliableStore store, StoreOperation operation, string key)
        {
            (_store, Operation, Key, _begin) = (store, operation, key, store._time.GetTimestamp());
            _span = Traces.StartActivity("objstore " + StoreMetrics.NameOf(operation), ActivityKind.Client);
            _span?.SetTag("objstore.bucket", store.Description).SetTag("objstore.key", key);
        }

        public StoreOperation Operation { get; }

        public string Key { get; }

        public void Succeeded() => _failure = null;

        public ObjectStoreException Failed(ObjectStoreException failure)
        {
            _failure = failure;
            _span?.AddEvent(new ActivityEvent("attempt failed", tags: new() { ["error"] = failure.Message }));
            return failure;
        }

        public void Dispose()
        {
            bool failed = _failure is { Fault: not (StoreFault.NotFound or StoreFault.Exists) };
            if (failed)
            {
                _span?.SetStatus(ActivityStatusCode.Error, _failure!.Message);
            }

            _store._metrics.Ended(Operation, _store._time.GetElapsedTime(_begin), failed);
            _span?.Dispose();
        }
    }
}
