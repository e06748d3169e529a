using Pyro.Memory;
using Pyro.Profiles;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// The profiles of one tenant that were taken in under one ULID: symbols by partition, series, rows. Appends and reads run side by
/// side: symbols grow under their partition's lock, rows under the tenant's row lock, and a reader works on views that never change.
/// </summary>
public sealed class TenantHead
{
    private const long SwallowedBytes = 64;
    private readonly TenantHeads _tenant;
    private readonly string _partitionLabel;
    private readonly ulong _seed;
    private readonly MemoryLedger _ledger;
    private readonly Rows _rows;
    private readonly SeriesIndex _index = new();
    private readonly Dictionary<ulong, Partition> _partitionById = [];
    private readonly HashSet<(ulong Fingerprint, long TimeNanos, ProfileId Id)> _swallowed = [];
    private readonly HeadPins _pins = new();

    // By series.
    private readonly List<FamilyCount> _counts = [];
    private Partition[] _partitions = [];
    private long _bytes;
    private long _lastWrite = long.MinValue;
    private long _minMillis = long.MaxValue;
    private long _maxMillis = long.MinValue;

    /// <summary>An empty head.</summary>
    /// <param name="tenant">What it shares with the tenant's other heads.</param>
    /// <param name="ulid">Its name for life.</param>
    /// <param name="slot">The time slot of its profiles, counted from 1970 in block durations.</param>
    /// <param name="partitionLabel"><c>pyroscopedb.symbols-partition-label</c>, or "".</param>
    /// <param name="seed">Seed of the tables.</param>
    /// <param name="ledger">Counts what the head holds.</param>
    public TenantHead(TenantHeads tenant, Ulid ulid, long slot, string partitionLabel, ulong seed, MemoryLedger ledger)
    {
        _tenant = tenant;
        Ulid = ulid;
        Slot = slot;
        _partitionLabel = partitionLabel;
        _seed = seed;
        _ledger = ledger;
        _rows = new Rows(seed);
    }

    /// <summary>Its name for life; the log and the holders' answers call it so.</summary>
    public Ulid Ulid { get; }

    /// <summary>The time slot of its profiles, counted from 1970 in block durations.</summary>
    public long Slot { get; }

    /// <summary>Bytes by which appends and queries made it grow.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Whether it takes no batch any more.</summary>
    public bool IsSealed => _pins.AreSealed;

    /// <summary>Samples of its rows.</summary>
    public long Samples
    {
        get
        {
            lock (_tenant.RowLock)
            {
                return _rows.SampleCount;
            }
        }
    }

    /// <summary>Bytes that appends made it hold, by what they are.</summary>
    public HeadSizes Sizes
    {
        get
        {
            HeadSizes sizes;
            lock (_tenant.RowLock)
            {
                sizes = new HeadSizes(_rows.Bytes + _index.Bytes, 0, 0, 0, 0, 0);
            }

            foreach (var partition in Volatile.Read(ref _partitions))
            {
                sizes += partition.Sizes;
            }

            return sizes;
        }
    }

    /// <summary>When it was made, on the clock that does not jump; a replay makes it anew.</summary>
    public long Opened { get; init; }

    /// <summary>When a batch chose it last, on the clock that does not jump; null: none did in this life.</summary>
    public long? LastWrite => Volatile.Read(ref _lastWrite) is var at && at != long.MinValue ? at : null;

    /// <summary>Holds it open for a batch that will be logged under it, until <see cref="Unpin"/>.</summary>
    /// <returns>False when it is sealed.</returns>
    /// <param name="now">On the clock that does not jump.</param>
    public bool TryPin(long now)
    {
        Volatile.Write(ref _lastWrite, now);
        return _pins.TryPin();
    }

    /// <summary>Ends a pin: the batch is in it, or will never be.</summary>
    public void Unpin() => _pins.Unpin();

    /// <summary>Lets no more batches in. Completes when those that chose it before have settled: from then on it never changes.</summary>
    public Task Seal() => _pins.Seal();

    /// <summary>Gives its memory back: it is not asked for any more, though a query that began before may still read it.</summary>
    public void Retire() => _ledger.Release(Interlocked.Exchange(ref _bytes, long.MinValue / 2), MemoryKind.Slabs);

    /// <summary>Whether a partition is one of its own.</summary>
    public bool Owns(Partition partition) =>
        Volatile.Read(ref _partitions) is var own && partition.Ordinal < own.Length && own[partition.Ordinal] == partition;

    /// <summary>
    /// Takes a record in: a row for each sample type that has values, none for those that were taken in before. One with the id of a
    /// baseline (<see cref="BaselineRecord"/>) is no row.
    /// </summary>
    public void Append(ProfileRecord record)
    {
        if (record.SampleCount == 0)
        {
            return;
        }

        var labels = SeriesLabels.Own;
        labels.Read(record);
        var partition = PartitionOf(PartitionKey.Of(record, labels, _partitionLabel));
        var scratch = InternScratch.Own;
        var grown = partition.Intern(record, scratch);
        if (BaselineRecord.Is(record))
        {
            TakeBaseline(record, labels, partition, scratch);
            Count(grown);
            return;
        }

        for (var type = 0; type < record.TypeCount; type++)
        {
            labels.Type(type);
            if (labels.Cumulative)
            {
                grown += AppendIncrease(record, labels, type, partition, scratch);
            }
            else
            {
                grown += AppendValues(record, labels, type, partition, scratch);
            }
        }

        Count(grown);
    }

    /// <summary>Series, rows and partitions as they stand now; every row that was answered for is in it.</summary>
    public HeadView View()
    {
        lock (_tenant.RowLock)
        {
            return new HeadView(this, _index.View(), _rows.View, _partitions, _minMillis, _maxMillis);
        }
    }

    /// <summary>What the rows of a series come to now.</summary>
    public SeriesFigures Figures(HeadSeries series)
    {
        lock (_tenant.RowLock)
        {
            return new SeriesFigures((ulong)series.Rows.Length, series.Checksum, series.MinMillis, series.MaxMillis);
        }
    }

    /// <summary>Looks the rows of several identities of a series up; those that are not held are left out.</summary>
    public void FindRows(HeadSeries series, ReadOnlySpan<long> times, ReadOnlySpan<ProfileId> ids, List<int> into)
    {
        lock (_tenant.RowLock)
        {
            for (var i = 0; i < times.Length; i++)
            {
                var row = _rows.Find(series.Id, times[i], ids[i]);
                if (row >= 0)
                {
                    into.Add(row);
                }
            }
        }
    }

    /// <summary>Whether a row of an identity is held, or was swallowed. Under the tenant's row lock.</summary>
    public bool Holds(ulong fingerprint, long timeNanos, ProfileId id) =>
        (Covers(timeNanos) && _index.Find(fingerprint) is { } series && _rows.Find(series.Id, timeNanos, id) >= 0)
        || (_swallowed.Count > 0 && _swallowed.Contains((fingerprint, timeNanos, id)));

    private long AppendValues(ProfileRecord record, SeriesLabels labels, int type, Partition partition, InternScratch scratch)
    {
        var n = 0;
        var values = record.Values.AsSpan(type * record.SampleCount, record.SampleCount);
        for (var s = 0; s < values.Length; s++)
        {
            if (values[s] != 0)
            {
                scratch.RowStack[n] = scratch.Stack[s];
                scratch.RowValue[n] = values[s];
                if (record.HasSpans)
                {
                    scratch.RowSpan[n] = record.Span[s];
                }

                n++;
            }
        }

        lock (_tenant.RowLock)
        {
            return n == 0 || _tenant.Holds(labels.Fingerprint, record.TimeNanos, record.Id)
                ? 0
                : AddRow(record, labels, partition, scratch, n, record.HasSpans);
        }
    }

    // What identifies a swallowed profile is kept: taken in again, it must not count as a counter that was reset.
    private long AppendIncrease(ProfileRecord record, SeriesLabels labels, int type, Partition partition, InternScratch scratch)
    {
        lock (_tenant.Baselines.Gate)
        {
            lock (_tenant.RowLock)
            {
                if (_tenant.Holds(labels.Fingerprint, record.TimeNanos, record.Id))
                {
                    return 0;
                }
            }

            scratch.Stack.AsSpan(0, record.SampleCount).CopyTo(scratch.RowStack);
            record.Values.AsSpan(type * record.SampleCount, record.SampleCount).CopyTo(scratch.RowValue);
            var n = _tenant.Baselines.Subtract(
                labels, partition, record, type, scratch.RowStack.AsSpan(0, record.SampleCount), scratch.RowValue.AsSpan(0, record.SampleCount));
            lock (_tenant.RowLock)
            {
                if (n > 0)
                {
                    return AddRow(record, labels, partition, scratch, n, spans: false);
                }

                _swallowed.Add((labels.Fingerprint, record.TimeNanos, record.Id));
                return SwallowedBytes;
            }
        }
    }

    private void TakeBaseline(ProfileRecord record, SeriesLabels labels, Partition partition, InternScratch scratch)
    {
        labels.Type(0);
        lock (_tenant.Baselines.Gate)
        {
            _tenant.Baselines.Set(labels, partition, record, scratch.Stack.AsSpan(0, record.SampleCount), record.Values.AsSpan(0, record.SampleCount));
        }
    }

    private long AddRow(ProfileRecord record, SeriesLabels labels, Partition partition, InternScratch scratch, int n, bool spans)
    {
        var before = _rows.Bytes + _index.Bytes;
        var series = _index.GetOrAdd(labels);
        Count(series, record.SampleCount, n);
        var row = _rows.Add(
            series.Id,
            record.TimeNanos,
            new RowDetail(record.Id, record.DurationNanos, record.Period, partition.Ordinal, default),
            scratch.RowStack.AsSpan(0, n),
            scratch.RowValue.AsSpan(0, n),
            spans ? scratch.RowSpan.AsSpan(0, n) : default);
        var millis = Millis(record.TimeNanos);
        series.Add(row, millis, Rows.KeyHash(record.TimeNanos, record.Id), labels.Cumulative);
        _minMillis = Math.Min(_minMillis, millis);
        _maxMillis = Math.Max(_maxMillis, millis);
        return _rows.Bytes + _index.Bytes - before;
    }

    private void Count(HeadSeries series, int received, int stored)
    {
        if (series.Id == _counts.Count)
        {
            _counts.Add(_tenant.Counts.Of(series.Labels.Get(LabelNames.Name) ?? ""));
            _counts[series.Id].AddSeries();
        }

        _counts[series.Id].AddRow(received, stored);
    }

    private bool Covers(long timeNanos) => Millis(timeNanos) is var millis && millis >= _minMillis && millis <= _maxMillis;

    /// <summary>Whole ms since the epoch of a time in ns, truncated.</summary>
    public static long Millis(long nanos) => nanos / 1_000_000;

    private void Count(long grown)
    {
        _ledger.Reserve(grown, MemoryKind.Slabs);
        if (Interlocked.Add(ref _bytes, grown) < 0)
        {
            // A query still works on it after it was retired.
            _ledger.Release(grown, MemoryKind.Slabs);
        }
    }

    private Partition PartitionOf(ulong id)
    {
        lock (_partitionById)
        {
            if (!_partitionById.TryGetValue(id, out var partition))
            {
                partition = new Partition(id, _partitions.Length, SeededHash.Join(_seed, id), Count);
                _partitionById.Add(id, partition);
                Volatile.Write(ref _partitions, [.. _partitions, partition]);
            }

            return partition;
        }
    }
}

/// <summary>A head as it stood at one moment.</summary>
/// <param name="Head">The head.</param>
/// <param name="Index">Its series.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Partitions">Its symbols; each may have grown since, which does not change what rows name.</param>
/// <param name="MinMillis">Oldest row, ms since the epoch.</param>
/// <param name="MaxMillis">Newest row, ms since the epoch.</param>
public readonly record struct HeadView(
    TenantHead Head, IndexView Index, RowView Rows, Partition[] Partitions, long MinMillis, long MaxMillis);
