using System.Runtime.CompilerServices;

namespace Pyro.ObjectStore;

/// <summary>What a probe found.</summary>
/// <param name="Step">What was tried last: put, get, range, list or delete.</param>
/// <param name="Fault">Why it failed; null when all is well.</param>
/// <param name="Message">One line for people: the bucket, the step, the cause, and the setting to look at.</param>
/// <param name="Setting">Path of that setting; null when none is to blame.</param>
public sealed record ProbeResult(string Step, StoreFault? Fault, string Message, string? Setting)
{
    /// <summary>Everything that Pyro needs of a bucket works.</summary>
    public bool Ok => Fault is null;
}

/// <summary>
/// Tries on a bucket all that will be asked of it, under a name that is no tenant's, and says what is wrong.
/// </summary>
/// <param name="store">The bucket; best one that does not retry, so that the answer comes soon.</param>
/// <param name="time">Clock of limits, and of the waits between probes.</param>
/// <param name="random">Names the objects and spreads the waits; used by nobody else at the same time.</param>
/// <param name="endpoint">Path of the setting that says where the bucket is, for errors; null when there is none.</param>
/// <param name="options">How patient those are who use the bucket, for the probe is no less; null: unknown.</param>
public sealed class StoreProbe(IObjectStore store, TimeProvider time, Random random, string? endpoint = null, RetryOptions? options = null)
{
    /// <summary>How long an answer may take at least, and after how long it is told that a probe goes on.</summary>
    public static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(15);

    private const string Folder = ObjectKeys.Cluster + "/pyro-probe/";
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1), LongestWait = TimeSpan.FromSeconds(30), LeftoverAge = TimeSpan.FromHours(1);

    private readonly TimeSpan _patience = options is { } known && known.AnswerTimeout > LeastPatience ? known.AnswerTimeout : LeastPatience;

    // The same each time, so that the same fault is told in the same words.
    private string? _key;
    private ProbeResult? _last;

    // What is tried, and whether something has answered.
    private volatile string _step = "put";
    private volatile bool _hasAnswered;

    /// <summary>What the last probe found; null before the first one.</summary>
    public ProbeResult? Last => Volatile.Read(ref _last);

    /// <summary>Probes until all is well, and gives what each probe found; the last one is well. One that takes long is told of while it goes on, too.</summary>
    public async IAsyncEnumerable<ProbeResult> UntilOk([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (TimeSpan wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            Task<ProbeResult> running = Run(cancellation).AsTask();
            if (_patience > LeastPatience && !await EndsSoon(running, cancellation))
            {
                yield return Slow();
            }

            ProbeResult result = await running;
            yield return result;
            if (result.Ok)
            {
                yield break;
            }

            await Task.Delay(wait * (0.5 + (random.NextDouble() / 2)), time, cancellation);
        }
    }

    /// <summary>Probes once.</summary>
    public async ValueTask<ProbeResult> Run(CancellationToken cancellation)
    {
        (_step, _hasAnswered) = ("put", false);
        ProbeResult result;
        try
        {
            await Try(cancellation);
            result = new ProbeResult(_step, null, $"{store.Description}: put, get, range, list and delete work", null);
        }
        catch (ObjectStoreException e)
        {
            result = new ProbeResult(_step, e.Fault, $"{_step} failed: {e.Message}", e.Setting);
        }

        Volatile.Write(ref _last, result);
        return result;
    }

    private async Task<bool> EndsSoon(Task running, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(running, Task.Delay(LeastPatience, time, end.Token));
        end.Cancel();
        return running.IsCompleted || cancellation.IsCancellationRequested;
    }

    private ProbeResult Slow()
    {
        string? setting = _hasAnswered ? options?.TimeoutSetting : endpoint;
        string hint = setting is null ? "" : $", see {setting}";
        string message = $"{_step}: {store.Description}: not done within {LeastPatience.TotalSeconds:0} s{hint}; each answer is waited for up to {_patience.TotalSeconds:0.###} s";
        return new ProbeResult(_step, StoreFault.Unavailable, message, setting);
    }

    private async ValueTask Try(CancellationToken cancellation)
    {
        byte[] content = new byte[64];
        random.NextBytes(content);
        string key = _key ??= $"{Folder}{random.NextInt64():x16}";
        await Step("put", limit => store.Put(key, ObjectBody.Of(content), PutMode.Replace, limit.Token));
        await Step("get", async limit =>
        {
            byte[] got = await store.ReadAll(key, 2 * content.Length, limit.Token);
            Expect(content.AsSpan().SequenceEqual(got), key, "other content than was put");
        });
        await Step("range", async limit =>
        {
            byte[] part = new byte[8];
            int read = await store.GetRange(key, 48, part, limit.Token);
            Expect(read == part.Length && content.AsSpan(48, part.Length).SequenceEqual(part), key, "another range than was asked for");
        });
        await Step("list", async limit => Expect(await Listed(key, limit), key, "a listing without an object that was put before"));
        await Step("delete", async limit =>
        {
            await store.Delete(key, limit.Token);
            limit.Renew();
            Expect(!await store.Exists(key, limit.Token), key, "an object that was deleted");
        });

        async ValueTask Step(string name, Func<AttemptLimit, ValueTask> work)
        {
            _step = name;
            using var limit = new AttemptLimit(_patience, time, cancellation);
            try
            {
                await work(limit);
                _hasAnswered = true;
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
            {
                throw TooSlow(e);
            }
        }
    }

    /// <summary>A bucket that does not answer is told of like any other that does not work. Once it answered it is there, and slow.</summary>
    private ObjectStoreException TooSlow(Exception cause)
    {
        string? timeout = options?.TimeoutSetting, setting = _hasAnswered ? timeout : endpoint;
        string hint = setting is null ? "" : $", see {setting}";
        string slow = _hasAnswered || timeout is null ? "" : $", or {timeout} when it is slow";
        return new ObjectStoreException(StoreFault.Unavailable, $"{store.Description}: no answer within {_patience.TotalSeconds:0.###} s{hint}{slow}", cause)
        {
            Setting = setting,
        };
    }

    /// <summary>Looks for the object in the listing, and deletes what probes left that were stopped in the middle.</summary>
    private async ValueTask<bool> Listed(string key, AttemptLimit limit)
    {
        bool found = false;
        List<string> old = [];
        await foreach (ObjectEntry entry in store.List(Folder, recursive: false, limit.Token))
        {
            limit.Renew();
            found |= entry.Key == key && entry.Length == 64;
            if (!entry.IsPrefix && entry.Key != key && entry.Modified < time.GetUtcNow() - LeftoverAge)
            {
                old.Add(entry.Key);
            }
        }

        foreach (string leftover in old)
        {
            limit.Renew();
            await store.Delete(leftover, limit.Token);
        }

        return found;
    }

    private void Expect(bool holds, string key, string otherwise)
    {
        if (!holds)
        {
            throw new ObjectStoreException(StoreFault.Damaged, $"{store.Description} gave for '{key}' {otherwise}");
        }
    }
}
