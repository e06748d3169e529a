using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.Api.Peers;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Shipping;
using Pyro.ObjectStore;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Head;
using Pyro.Tests.Unit.Queries;

namespace Pyro.Tests.Simulation.Life;

/// <summary>
/// An ingester without its host on a disk that forgets and a bucket that fails, in virtual time on one thread: it lives, crashes and lives
/// again. What it acknowledged is known, and can be looked for in heads, local blocks and bucket.
/// </summary>
internal sealed class LifeWorld : IDisposable
{
    public const string Tenant = "t";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A process and its bucket.</summary>
    public LifeWorld(int seed)
        : this(seed, new FakeTimeProvider(Start))
    {
    }

    /// <summary>One more process on the bucket of another, with a disk of its own.</summary>
    public LifeWorld(LifeWorld other)
        : this(other.Random.Next(), other.Time, other.Bucket)
    {
        Number = other.Number + 1;
        Profiles = other.Profiles;
    }

    private LifeWorld(int seed, FakeTimeProvider time, MemoryStore? bucket = null)
    {
        Random = new Random(seed);
        Time = time;
        Clock = new JumpingTime(time);
        Disk = new ForgettingDisk(Random.Next(), Time);
        Bucket = bucket ?? new MemoryStore(Time);
        Store = new FaultyStore(Bucket, Random.Next(), Time);
        Scheduler = new SeededScheduler(Random);
        Profiles = new LifeProfiles(Random);
        Questions = new LifeQuestions(this);
    }

    /// <summary>What passes.</summary>
    public FakeTimeProvider Time { get; }

    /// <summary>What the process takes for the time.</summary>
    public JumpingTime Clock { get; }

    public ForgettingDisk Disk { get; }

    /// <summary>The bucket without its faults.</summary>
    public MemoryStore Bucket { get; }

    /// <summary>The bucket as the process finds it.</summary>
    public FaultyStore Store { get; }

    public SeededScheduler Scheduler { get; private set; }

    public Random Random { get; }

    public LifeProfiles Profiles { get; }

    public LifeQuestions Questions { get; }

    /// <summary>Which of the processes on the bucket it is, from 0.</summary>
    public int Number { get; }

    /// <summary>The life that goes on, or the last.</summary>
    public LifeProcess Process { get; private set; } = null!;

    /// <summary>What of the disk may be used; all as a rule.</summary>
    public DiskLimits DiskLimits { get; init; } = new(0, 0, 0);

    /// <summary>What may be kept on the disk of the bucket's meta.json.</summary>
    public long KnownBytes { get; init; } = 1 << 20;

    /// <summary>Whether what is asked for may fail, since the disk is full or breaks.</summary>
    public bool MayFail { get; private set; }

    /// <summary>Asks for a flush while the log is replayed.</summary>
    public bool FlushesInReplay { get; init; }

    /// <summary>Whether the first process has a counter, too; it begins anew when nothing of it is taken in for twelve hours.</summary>
    public bool Counts { get; init; } = true;

    /// <summary>Whether this process has it.</summary>
    public bool HasCounter => Counts && Number == 0;

    /// <summary>Whether the disk or the bucket has crashed under this life.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Begins a life: false when it crashed while it began.</summary>
    public bool Open(bool withLoops)
    {
        IsDead = false;
        Dispose();
        Scheduler = new SeededScheduler(Random);
        Questions.Clear();
        Process = new LifeProcess(this);
        return Do(() => Process.Start(withLoops));
    }

    /// <summary>Ends the process.</summary>
    public void Dispose() => Process?.Dispose();

    /// <summary>Ends a life as a power cut does.</summary>
    public void Crash()
    {
        Heal();
        Disk.Crash(keepSome: Random.Next(2) == 0);
        Store.Restart();
        IsDead = false;
    }

    /// <summary>Runs work to its end; false when disk or bucket crashed, which ends the life.</summary>
    public bool Do(Func<Task> work)
    {
        var task = Scheduler.Start(work);
        for (var i = 0; !task.IsCompleted && i < 1000; i++)
        {
            Scheduler.Run();
            if (!task.IsCompleted)
            {
                Time.Advance(TimeSpan.FromSeconds(10));
            }
        }

        Assert.True(task.IsCompleted, "the work does not end");
        Look();
        if (task.IsFaulted && !IsDead && !(MayFail && task.Exception!.InnerException is IOException))
        {
            throw new InvalidOperationException(task.Exception!.InnerException!.Message, task.Exception.InnerException);
        }

        return !IsDead && task.IsCompletedSuccessfully;
    }

    /// <summary>Lets so many changes of the disk go well, and so many after them fail.</summary>
    /// <returns>Tells how many have failed.</returns>
    public Func<int> FailDisk(int after, int times, bool full)
    {
        var failed = 0;
        MayFail = true;
        Disk.Fault = (operation, path) =>
        {
            if (operation == DiskOperation.Read || after-- > 0 || failed == times)
            {
                return null;
            }

            failed++;
            return full ? DiskErrors.Full(path) : ForgettingDisk.Broken(path);
        };
        return () => failed;
    }

    /// <summary>Leaves so many bytes of the disk.</summary>
    public void FillDisk(long left)
    {
        MayFail = true;
        Disk.Capacity = Disk.UsedBytes + left;
    }

    /// <summary>Disk, bucket and clock are as they should be.</summary>
    public void Heal()
    {
        (MayFail, Questions.IsPaused) = (false, false);
        (Disk.Fault, Disk.Capacity) = (null, long.MaxValue);
        (Store.Faults, Store.IsDown) = (new(), false);
        Clock.Error = TimeSpan.Zero;
    }

    /// <summary>Lets time pass, and what runs in the background run, in this process and another, while questions are asked.</summary>
    public void Pass(TimeSpan span, LifeWorld? other = null, TimeSpan? steps = null)
    {
        var step = steps ?? TimeSpan.FromMinutes(1);
        for (var end = Time.GetUtcNow() + span; Time.GetUtcNow() < end && !IsDead;)
        {
            var left = end - Time.GetUtcNow();
            Time.Advance(left < step ? left : step);
            RunReady();
            other?.RunReady();
        }
    }

    /// <summary>Runs what is ready, and perhaps a question along with it.</summary>
    public void RunReady()
    {
        Questions.AskPerhaps();
        Scheduler.Run();
        Look();
        Questions.TakeAnswers();
    }

    /// <summary>Appends some profiles, some of them late or sent before, and one of a counter.</summary>
    public bool Append(int profiles, bool again = false)
    {
        var now = (Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var records = new List<ProfileRecord>();
        for (var i = 0; i < profiles; i++)
        {
            records.Add(Profiles.Next(now - (Random.Next(5) == 0 ? Random.NextInt64(3 * 3600) * 1_000_000_000 : 0)));
        }

        if (again && Random.Next(3) == 0 && Profiles.Again() is { } sentBefore)
        {
            records.Add(sentBefore);
        }

        if (HasCounter)
        {
            records.Add(Profiles.NextCount(now - (Random.Next(6) == 0 ? 3600L * 1_000_000_000 : 0)));
        }

        return Do(async () =>
        {
            using var builder = new AppendBatchBuilder();
            foreach (var record in records)
            {
                builder.Begin();
                RecordCodec.Encode(record, builder.Output);
                builder.End();
            }

            var batch = builder.Build();
            var response = await Process.Appender.Append(batch, new Call(Tenant));
            batch.Lease.Release();
            for (var i = 0; i < records.Count; i++)
            {
                if (response.Results[i].Code == 0)
                {
                    Profiles.Acknowledge(records[i], Number);
                }
            }
        });
    }

    private void Look() => IsDead |= Disk.HasCrashed || Store.HasCrashed;
}
