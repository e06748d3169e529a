using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Disk;
using Pyro.Ingester.Wal;

namespace Pyro.Tests.Simulation.Wal;

/// <summary>
/// Lives of a log on a disk that forgets: random appends from several callers, faults, and a crash at a random operation. After each
/// recovery every record that was ever acknowledged is there exactly once, and no other record more than once.
/// </summary>
public sealed class CrashTests
{
    private const int Seeds = 400;

    [Fact]
    public void Nothing_acknowledged_is_lost_and_nothing_comes_twice()
    {
        int first = int.TryParse(Environment.GetEnvironmentVariable("PYRO_SIMULATION_SEED"), out int seed) ? seed : 0;
        int last = first == 0 ? Seeds : first + 1;
        int crashes = 0, faults = 0;
        for (int i = first; i < last; i++)
        {
            var world = new World(i);
            try
            {
                world.Live();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"PYRO_SIMULATION_SEED={i}: {e.Message}", e);
            }

            crashes += world.Crashes;
            faults += world.Faults;
        }

        if (first == 0)
        {
            // A simulation that never fails tests nothing.
            Assert.InRange(crashes, Seeds, int.MaxValue);
            Assert.InRange(faults, Seeds / 4, int.MaxValue);
        }
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly ForgettingDisk _disk;
        private readonly HashSet<string> _acknowledged = [];
        private readonly HashSet<string> _attempted = [];
        private readonly Ulid[] _heads;
        private int _records;

        public World(int seed)
        {
            _random = new Random(seed);
            _disk = new ForgettingDisk(_random.Next());
            _heads = [.. Enumerable.Range(0, 3).Select(_ => Ulid.NewUlid())];
        }

        public int Crashes { get; private set; }

        public int Faults { get; private set; }

        public void Live()
        {
            int lives = _random.Next(2, 6);
            for (int life = 0; life < lives; life++)
            {
                OneLife();
                _disk.Fault = null;
                _disk.Capacity = long.MaxValue;
                _disk.Crash(keepSome: _random.Next(2) == 0);
                Crashes++;
            }

            OneLife();
        }

        private void OneLife()
        {
            // A crash during the replay itself comes up too: the directory is made then.
            _disk.CrashAfter(_random.Next(3) == 0 ? _random.Next(6) : _random.Next(6, 120));
            var scheduler = new SeededScheduler(_random);
            var log = new WriteAheadLog(
                _disk, Options(), TimeProvider.System, scheduler, _random, NullLogger<WriteAheadLog>.Instance);
            var found = new List<string>();
            Task<ReplaySummary> replay = log.Replay((tenant, _, record) =>
            {
                found.Add(tenant + "/" + Encoding.UTF8.GetString(record.Span).TrimEnd());
                return true;
            }, CancellationToken.None);
            scheduler.Run();
            Assert.True(replay.IsCompleted);
            if (!replay.IsCompletedSuccessfully)
            {
                Assert.IsType<DiskCrashException>(replay.Exception!.InnerException);
                return;
            }

            Check(found);
            if (_random.Next(2) == 0)
            {
                InjectFaults();
            }

            Task[] callers = [.. Enumerable.Range(0, _random.Next(1, 6)).Select(_ => scheduler.Start(() => Append(log)))];
            scheduler.Run(() => _random.Next(4000) == 0);
            Assert.All(callers, c => Assert.False(c.IsFaulted, c.Exception?.ToString()));
        }

        private LogOptions Options() => new("/data/@log")
        {
            SegmentBytesMax = _random.Next(64, 8000),
            BatchBytesMax = _random.Next(1, 3000),
            QueueBytesMax = _random.Next(1, 20_000),

            // The clock is a real one: a disk that is left alone for a while would not be tried again in a life.
            RetryInterval = TimeSpan.Zero,
        };

        private void Check(List<string> found)
        {
            var distinct = found.ToHashSet();
            Assert.Equal(distinct.Count, found.Count);
            Assert.Empty(_acknowledged.Except(distinct));
            Assert.Empty(distinct.Except(_attempted));

            // What was found is durable from now on in this world: a record must not vanish later.
            _acknowledged.UnionWith(distinct);
        }

        private void InjectFaults()
        {
            int odds = _random.Next(2, 12);
            _disk.Fault = (operation, path) =>
            {
                if (operation is DiskOperation.Read or DiskOperation.Rename || _random.Next(odds) != 0)
                {
                    return null;
                }

                Faults++;
                return _random.Next(3) == 0 ? DiskErrors.Full(path) : ForgettingDisk.Broken(path);
            };
            if (_random.Next(3) == 0)
            {
                _disk.Capacity = _random.Next(20_000);
            }
        }

        private async Task Append(WriteAheadLog log)
        {
            for (int i = _random.Next(1, 30); i > 0; i--)
            {
                string tenant = "t" + _random.Next(3);
                using LogFrames frames = log.Frames(tenant, _heads[_random.Next(_heads.Length)]);
                var records = new List<string>();
                for (int n = _random.Next(1, 4); n > 0; n--)
                {
                    string record = $"{_records++}:" + new string((char)('a' + _random.Next(26)), _random.Next(_random.Next(20) == 0 ? 3000 : 40));
                    frames.Add(Encoding.UTF8.GetBytes(record));
                    records.Add(tenant + "/" + record);
                }

                _attempted.UnionWith(records);
                LogOutcome outcome = await log.Append(frames);
                if (outcome == LogOutcome.Synced)
                {
                    _acknowledged.UnionWith(records);
                }

                await Task.Yield();
            }
        }
    }
}
