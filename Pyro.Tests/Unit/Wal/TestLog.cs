using System.Text;
using Pyro.Disk;
using Pyro.Ingester.Wal;

namespace Pyro.Tests.Unit.Wal;

/// <summary>A log on a forgetting disk, for tests of one thing at a time.</summary>
internal sealed class TestLog(int seed = 1)
{
    public const string Directory = "/data/@log";

    public static readonly Ulid Head = Ulid.Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");

    public ForgettingDisk Disk { get; init; } = new(seed);

    public LogOptions Options { get; set; } = new(Directory);

    public TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>Deletes; null: <see cref="Scheduler"/>.</summary>
    public TaskScheduler? Background { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What the log told of, in order.</summary>
    public LogLines<WriteAheadLog> Lines { get; } = new();

    public ReplaySummary Summary { get; private set; } = new();

    public List<(string Tenant, Ulid Head, string Record)> Found { get; } = [];

    public IEnumerable<string> FoundRecords => Found.Select(f => f.Record);

    public IReadOnlyList<string> Files => [.. Disk.List(Directory).Select(e => e.Name)];

    public async Task<WriteAheadLog> Open()
    {
        var log = new WriteAheadLog(Disk, Options, Time, Scheduler, new Random(seed), Lines, Background);
        Found.Clear();
        Summary = await log.Replay((tenant, head, record) =>
        {
            Found.Add((tenant, head, Encoding.UTF8.GetString(record.Span)));
            return true;
        }, CancellationToken.None);
        return log;
    }

    public static Task<LogOutcome> Append(WriteAheadLog log, params string[] records) => Append(log, Head, records);

    public static Task<LogOutcome> Append(WriteAheadLog log, Ulid head, params string[] records)
    {
        LogFrames frames = log.Frames("tenant", head);
        foreach (string record in records)
        {
            frames.Add(Encoding.UTF8.GetBytes(record));
        }

        return log.Append(frames);
    }

    /// <summary>Writes each record as a batch of its own, ends the log, and reads the file back.</summary>
    public async Task<byte[]> Written(params string[] records)
    {
        await using (WriteAheadLog log = await Open())
        {
            foreach (string record in records)
            {
                Assert.Equal(LogOutcome.Synced, await Append(log, record));
            }
        }

        return await Disk.ReadAll(Path(0), int.MaxValue, CancellationToken.None);
    }

    public string Path(int file) => Directory + "/" + Files[file];
}
