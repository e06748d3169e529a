using System.Collections.Concurrent;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Wal;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Turns heads into blocks: seals those that are due, and flushes sealed ones, one at a time. A head that cannot be flushed stays, is served
/// from memory and kept by the log, and is tried again.
/// </summary>
public sealed class BlockCutter : IDisposable
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromMinutes(5), LongestCheck = TimeSpan.FromSeconds(5), LongestWait = TimeSpan.FromMinutes(1);
    // Part of the memory budget that a head has at least when it is sealed for want of memory, unless all heads together take most of what is used.
    private const int LeastShare = 100;

    // Bytes of heads that became blocks, from which on the collector is told.
    private const long FreedBytes = 32 << 20;
    private static readonly TimeSpan ShortestCheck = TimeSpan.FromMilliseconds(100), CleanEvery = TimeSpan.FromHours(1);

    private readonly HeadStore _heads;
    private readonly WriteAheadLog _log;
    private readonly RecordAppender _appender;
    private readonly HeadFlush _flush;
    private readonly LocalFolders _folders;
    private readonly CutLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BlockMetrics _metrics;
    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<Ulid, (int Failures, long At, TimeSpan Wait)> _failed = new();
    private long _cleaned;
    private long _freed;

    /// <summary>Cuts nothing before it runs.</summary>
    public BlockCutter(
        HeadStore heads, WriteAheadLog log, RecordAppender appender, HeadFlush flush, LocalFolders folders, CutLimits limits, BlockMetrics metrics, TimeProvider time,
        ILogger<BlockCutter> logger)
    {
        (_heads, _log, _appender, _flush, _folders, _limits, _metrics, _time, _logger) = (heads, log, appender, flush, folders, limits, metrics, time, logger);
        _cleaned = time.GetTimestamp();
    }

    /// <summary>Told of each block that has come to the local disk.</summary>
    public Action<LocalBlock>? OnBlock { get; set; }

    /// <summary>How long a head waits for late profiles after its slot has ended, and without any.</summary>
    public TimeSpan Grace => Least(_heads.BlockDuration / 12, LongestGrace);

    /// <summary>Seals and flushes what is due until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        var check = Grace < ShortestCheck ? ShortestCheck : Least(Grace, LongestCheck);
        while (true)
        {
            await Task.Delay(check, _time, cancellation);
            CollectFreed();
            await CutDue(cancellation);
            await Clean(cancellation);
        }
    }

    /// <summary>Seals and flushes what is due now.</summary>
    public async Task CutDue(CancellationToken cancellation)
    {
        var due = DueHeads();
        foreach (var (_, head, reason) in due)
        {
            if (!head.IsSealed)
            {
                _metrics.Cut(reason);
            }

            _ = head.Seal();
        }

        foreach (var (tenant, head, _) in due)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!_failed.TryGetValue(head.Ulid, out var failed) || _time.GetElapsedTime(failed.At) >= failed.Wait)
            {
                await Flush(tenant, head, cancellation);
            }
        }
    }

    /// <summary>Seals all heads that have profiles, and waits until all of them are on the local disk as blocks.</summary>
    /// <param name="reason">Why, for metrics.</param>
    /// <param name="cancellation">Ends it; what is not flushed stays in the log.</param>
    /// <exception cref="IOException">The disk refuses; it will be tried again. Or the log is not read yet.</exception>
    public async Task FlushAll(string reason, CancellationToken cancellation)
    {
        if (!_log.IsOpen)
        {
            // A head whose records are only partly read would become a block, and the rest count as void.
            throw new IOException("the log is being replayed or is closed");
        }

        var all = _heads.Tenants
            .SelectMany(tenant => _heads.Heads(tenant).Where(static h => h.IsSealed || h.View().Rows.Count > 0).Select(head => (tenant, head)))
            .ToList();
        foreach (var (_, head) in all)
        {
            if (!head.IsSealed)
            {
                _metrics.Cut(reason);
            }

            _ = head.Seal();
        }

        var failures = new List<Exception>();
        foreach (var (tenant, head) in all)
        {
            if (await Flush(tenant, head, cancellation) is { } failure)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new IOException($"{failures.Count} of {all.Count} heads could not be flushed, and will be tried again: {failures[0].Message}", failures[0]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private List<(string Tenant, TenantHead Head, string Reason)> DueHeads()
    {
        var now = _time.GetUtcNow();
        var open = new List<(string Tenant, TenantHead Head)>();
        var due = new List<(string Tenant, TenantHead Head, string Reason)>();
        var pinning = _log.Pinning(_limits.Segments);
        foreach (var tenant in _heads.Tenants)
        {
            foreach (var head in _heads.Heads(tenant))
            {
                if (head.IsSealed || IsOver(head, now))
                {
                    due.Add((tenant, head, "max-duration"));
                }
                else if (head.View().Index.Series.Length >= _limits.Series)
                {
                    due.Add((tenant, head, "max-series"));
                }
                else if (pinning.Contains(head.Ulid))
                {
                    due.Add((tenant, head, "log-segments"));
                }
                else
                {
                    open.Add((tenant, head));
                }
            }
        }

        AddLargest(open, due);
        return due;
    }

    // The day's clock tells whether a slot is over, and may jump; what was open for two slots is over whatever it tells.
    private bool IsOver(TenantHead head, DateTimeOffset now)
    {
        var open = _time.GetElapsedTime(head.Opened);
        var isQuiet = head.LastWrite is not { } last || _time.GetElapsedTime(last) >= Grace;
        return open >= (2 * _heads.BlockDuration) + Grace
            || (now >= _heads.SlotEnd(head.Slot) + Grace && (isQuiet || open >= _heads.BlockDuration + Grace || now - head.Ulid.Time >= _heads.BlockDuration + Grace));
    }

    // Sealed heads will go; of the open ones the largest are sealed until the rest is within the limits.
    private void AddLargest(List<(string Tenant, TenantHead Head)> open, List<(string Tenant, TenantHead Head, string Reason)> due)
    {
        var (bytes, going) = (open.Sum(static o => o.Head.Bytes), due.Sum(static d => d.Head.Bytes));
        var used = _heads.Ledger.Used - going;
        open.Sort(static (a, b) => b.Head.Bytes.CompareTo(a.Head.Bytes));
        foreach (var (tenant, head) in open)
        {
            var overBytes = bytes > _limits.HeadBytes;
            if (!overBytes && used <= _heads.Ledger.Budget * _limits.MemoryShare)
            {
                return;
            }

            if (!overBytes && head.Bytes < _heads.Ledger.Budget / LeastShare && bytes < used / 2)
            {
                // What takes the memory is not heads: small blocks would not help.
                return;
            }

            due.Add((tenant, head, overBytes ? "max-block-bytes" : "memory"));
            bytes -= head.Bytes;
            used -= head.Bytes;
        }
    }

    private async Task<Exception?> Flush(string tenant, TenantHead head, CancellationToken cancellation)
    {
        // Whoever is before is soon done, or is cancelled too.
        await _one.WaitAsync(CancellationToken.None);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            await head.Seal();
            if (_heads.Of(tenant).Find(head.Ulid) != head)
            {
                return null;
            }

            // Before the block is there: from then on nobody reads the head's records in the log.
            if (!await _appender.MoveBaselines(tenant, head))
            {
                throw new IOException("the log refuses the baselines of the head's cumulative series");
            }

            var started = _time.GetTimestamp();
            var block = await _flush.Write(tenant, head, cancellation);
            var bytes = head.Bytes;
            _heads.Of(tenant).Replace(head, block);
            Interlocked.Add(ref _freed, bytes);
            var deleted = _log.Void(head.Ulid);
            _failed.TryRemove(head.Ulid, out _);
            if (block is not null)
            {
                _metrics.Flushed(block, _time.GetElapsedTime(started));
                _logger.LogInformation(
                    "Flushed head {Ulid} of {Tenant}: {Profiles} profiles in {Bytes} bytes", head.Ulid, tenant, block.Meta.Stats.Profiles, block.Bytes);
                OnBlock?.Invoke(block);
            }

            await deleted;
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            Failed(tenant, head, e);
            return e;
        }
        finally
        {
            _one.Release();
        }
    }

    // What a head held is large and old: left to itself the collector lets it lie beside the next head for hours, and keeps its pages after that.
    // To give them back, all threads stand still while what is left is moved: that is done when more has gone than is left. Else it is collected
    // beside those who work. Not on the stack of a flush or beside one, which still holds on to it.
    private void CollectFreed()
    {
        var freed = Volatile.Read(ref _freed);
        if (freed < FreedBytes || _one.CurrentCount == 0)
        {
            return;
        }

        Volatile.Write(ref _freed, 0);
        var isMost = freed >= _heads.Ledger.Used;
        GC.Collect(GC.MaxGeneration, isMost ? GCCollectionMode.Aggressive : GCCollectionMode.Forced, blocking: isMost, compacting: isMost);
    }

    private void Failed(string tenant, TenantHead head, Exception error)
    {
        var failures = (_failed.TryGetValue(head.Ulid, out var failed) ? failed.Failures : 0) + 1;
        var wait = Least(TimeSpan.FromSeconds(Math.Pow(2, Math.Min(failures, 6))), LongestWait);
        _failed[head.Ulid] = (failures, _time.GetTimestamp(), wait);
        _metrics.FlushFailed();
        _logger.LogError(error, "Head {Ulid} of {Tenant} could not be flushed; it stays in memory and in the log, and is tried again", head.Ulid, tenant);
    }

    private async Task Clean(CancellationToken cancellation)
    {
        if (_time.GetElapsedTime(_cleaned) < CleanEvery)
        {
            return;
        }

        _cleaned = _time.GetTimestamp();
        await _one.WaitAsync(CancellationToken.None);
        try
        {
            foreach (var tenant in _folders.Tenants())
            {
                _folders.RemoveLeftovers(tenant);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogWarning(e, "Leftovers of blocks could not be removed");
        }
        finally
        {
            _one.Release();
        }
    }
}
