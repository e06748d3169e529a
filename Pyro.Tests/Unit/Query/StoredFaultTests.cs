using Grpc.Core;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.ObjectStore.Filesystem;

namespace Pyro.Tests.Unit.Query;

/// <summary>Whatever is done to a bucket, an answer over it is right, or marked with what it lacks, or an error that says why.</summary>
public sealed class StoredFaultTests
{
    private static readonly string[] Files = ["index.tsdb", "profiles.parquet", "symbols.symdb"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Damage
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var file in Files)
            {
                foreach (var kind in (string[])["cut off", "flipped", "huge"])
                {
                    data.Add(file, kind);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Damage))]
    public async Task Damage_anywhere_in_a_block_costs_that_block_at_most_and_is_told(string file, string kind)
    {
        var bucket = new MemoryStore(TimeProvider.System);
        var (damaged, whole) = (Ulid.NewUlid(), Ulid.NewUlid());
        await StoredCluster.Put(bucket, damaged, [.. StoredCluster.Rows("a", 60, 1, 2, 4), .. StoredCluster.Rows("b", 60, 8, 16)]);
        await StoredCluster.Put(bucket, whole, StoredCluster.Rows("c", 20, 32, 64));
        var sound = await StoredCluster.File(bucket, damaged, file);
        var random = new Random(file.Length + kind.Length);
        var found = 0;
        for (var i = 0; i < 40; i++)
        {
            var bytes = sound.ToArray();
            var at = i == 0 ? 0 : i == 1 ? bytes.Length - 1 : random.Next(bytes.Length);
            if (kind == "cut off") bytes = bytes[..at];
            else if (kind == "flipped") bytes[at] ^= (byte)(1 << random.Next(8));
            else bytes.AsSpan(at, Math.Min(8, bytes.Length - at)).Fill(0xFF);
            await StoredCluster.Put(bucket, damaged, file, bytes);
            using var cluster = new StoredCluster(bucket);
            await Expect(cluster, damaged, $"{file} {kind} at {at}");
            Assert.All(cluster.Told, t => Assert.Equal((damaged, file), (t.Block, t.Fault.File[(t.Fault.File.LastIndexOf('/') + 1)..])));
            Assert.Equal(0, cluster.Ledger.UsedFor(MemoryKind.Accumulators));
            found += cluster.Told.Count;
            Assert.True(kind != "cut off" || cluster.Told.Count == 1, $"{file} was cut off at {at} of {sound.Length}, and nothing was told");
        }

        // What no answer needs may lie damaged.
        Assert.InRange(found, kind == "cut off" ? 40 : 10, 40);

        async Task Expect(StoredCluster cluster, Ulid block, string what)
        {
            string? mark = $"damaged blocks: {block}";
            foreach (var ask in (Func<Task<StoredAnswer>>[])[() => cluster.Points(), () => cluster.Graph(), () => cluster.Pprof()])
            {
                var answer = await ask();
                Assert.True(answer == new StoredAnswer(127, null) || answer == new StoredAnswer(96, mark), $"{what}: {answer}");
            }

            var (services, lacking) = await cluster.Services();
            Assert.True(lacking is null ? services.SequenceEqual(["a", "b", "c"]) : lacking == mark && services.SequenceEqual(["c"]), $"{what}: {string.Join(",", services)}");
        }
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("gone")]
    public async Task A_folder_that_cannot_be_looked_into_marks_the_answer(string broken)
    {
        var above = Directory.CreateTempSubdirectory("pyro-folder-").FullName;
        try
        {
            var root = Path.Join(above, "bucket");
            Directory.CreateDirectory(root);
            using var cluster = new StoredCluster(before: _ => new FilesystemStore(new PhysicalDisk(), root, TimeProvider.System, new Random(1)));
            Assert.Equal(new StoredAnswer(0, null), await cluster.Points());
            var tenant = Path.Join(root, FakeCluster.Tenant);
            if (broken == "gone") Directory.Move(root, root + "-away");
            else System.IO.File.CreateSymbolicLink(tenant, tenant);
            // An answer by what was seen last is right for so long.
            cluster.Time.Advance(TimeSpan.FromMinutes(20));
            Assert.Equal(new StoredAnswer(0, "the bucket cannot be listed"), await cluster.Points());
            Assert.Equal("the bucket cannot be listed", (await cluster.Services()).Mark);
        }
        finally
        {
            Directory.Delete(above, recursive: true);
        }
    }

    [Fact]
    public async Task Damage_of_what_no_checksum_covers_costs_the_block_at_most()
    {
        // Several pages and row groups, so that page index and footer lead to rows.
        var bucket = new MemoryStore(TimeProvider.System);
        var block = Ulid.NewUlid();
        static IEnumerable<StoredRow> Many(string service, int count) =>
            Enumerable.Range(0, count).Select(i => new StoredRow(service, StoredCluster.Now - 3_600_000 + i, (ulong)i + 1, 1));
        await StoredCluster.Put(bucket, block, [.. Many("a", 9_000), .. Many("b", 20_000), .. Many("c", 1_000)], null, groupRows: 20_000);
        var sound = await StoredCluster.File(bucket, block, "profiles.parquet");
        var random = new Random(3);
        for (var i = 0; i < 150; i++)
        {
            var bytes = sound.ToArray();
            // Page index and footer are the last of it.
            var at = bytes.Length - 1 - random.Next(8_000);
            bytes[at] ^= (byte)(1 << random.Next(8));
            await StoredCluster.Put(bucket, block, "profiles.parquet", bytes);
            using var cluster = new StoredCluster(bucket);
            var mark = $"damaged blocks: {block}";
            foreach (var (answer, whole) in ((StoredAnswer, long)[])[(await cluster.Points(), 30_000), (await cluster.Graph(selector: "{service_name=\"b\"}"), 20_000)])
            {
                Assert.True(answer == new StoredAnswer(whole, null) || answer == new StoredAnswer(0, mark), $"{at}: {answer}");
            }
        }
    }

    [Fact]
    public async Task A_missing_file_is_damage_and_a_removed_block_is_none()
    {
        foreach (var file in Files)
        {
            using var cluster = new StoredCluster();
            var (block, other) = (Ulid.NewUlid(), Ulid.NewUlid());
            await cluster.Put(block, StoredCluster.Rows("a", 60, 1, 2));
            await cluster.Put(other, StoredCluster.Rows("c", 20, 4));
            using var fresh = new StoredCluster(cluster.Bucket);
            await fresh.Bucket.Delete(BlockPaths.File(FakeCluster.Tenant, block, file), Cancel);
            Assert.Equal(new StoredAnswer(4, $"damaged blocks: {block}"), await fresh.Pprof());
        }
    }

    [Fact]
    public async Task A_block_that_is_removed_while_it_is_known_is_looked_for_and_given_up_at_once()
    {
        // meta.json goes first, as whoever deletes blocks does it; the rest may stay for a while.
        foreach (var rest in (bool[])[true, false])
        {
            using var cluster = new StoredCluster();
            var (block, other) = (Ulid.NewUlid(), Ulid.NewUlid());
            await cluster.Put(block, StoredCluster.Rows("a", 60, 1, 2));
            await cluster.Put(other, StoredCluster.Rows("c", 20, 4));
            Assert.Equal(["a", "c"], (await cluster.Services()).Services);
            await cluster.Bucket.Delete(BlockPaths.File(FakeCluster.Tenant, block, BlockPaths.Meta), Cancel);
            foreach (var file in rest ? Files[1..] : Files)
            {
                await cluster.Bucket.Delete(BlockPaths.File(FakeCluster.Tenant, block, file), Cancel);
            }

            Assert.Equal(new StoredAnswer(4, null), await cluster.Graph());
            Assert.Equal(new StoredAnswer(4, null), await cluster.Points());
            Assert.Empty(cluster.Told);
        }
    }

    [Fact]
    public async Task A_store_that_fails_now_and_then_gives_right_answers_or_errors()
    {
        var bucket = new MemoryStore(TimeProvider.System);
        List<(Ulid Block, long Value)> blocks = [];
        for (var i = 0; i < 6; i++)
        {
            var block = Ulid.NewUlid();
            blocks.Add((block, 3L << (2 * i)));
            await StoredCluster.Put(bucket, block, StoredCluster.Rows($"s{i}", 10 * (i + 1), 1L << (2 * i), 2L << (2 * i)));
        }

        StoreFaults[] kinds =
        [
            new() { Throttled = 0.2, Failed = 0.1 },
            new() { CutOff = 0.3 },
            new() { Truncated = 0.3 },
            new() { Slow = 0.5, SlowFor = TimeSpan.FromMilliseconds(2), Failed = 0.05 },
            // A digit of meta.json that becomes another is no damage that anybody could see.
            new() { Corrupted = 0.1, Intact = BlockPaths.Meta },
            new() { Throttled = 0.05, Failed = 0.05, CutOff = 0.05, Truncated = 0.05, Corrupted = 0.02, Intact = BlockPaths.Meta },
        ];
        var (right, marked, failed) = (0, 0, 0);
        for (var seed = 0; seed < 60; seed++)
        {
            var kind = kinds[seed % kinds.Length];
            var patience = new RetryOptions { Attempts = 1 + (seed / kinds.Length % 4), FirstWait = TimeSpan.FromTicks(1), LongestWait = TimeSpan.FromTicks(1) };
            using var cluster = new StoredCluster(bucket, inner => new ReliableStore(
                new FaultyStore(inner, seed, TimeProvider.System) { Faults = kind }, "test", patience, TimeProvider.System, new Random(seed)));
            foreach (var ask in (Func<Task<StoredAnswer>>[])[() => cluster.Points(), () => cluster.Graph(), () => cluster.Pprof()])
            {
                try
                {
                    var answer = await ask();
                    var expected = blocks.Where(b => answer.Mark?.Contains(b.Block.ToString(), StringComparison.Ordinal) != true).Sum(static b => b.Value);
                    if (answer.Mark == "the bucket cannot be listed")
                    {
                        // There is no ingester that has anything.
                        expected = 0;
                    }

                    Assert.True(expected == answer.Total, $"seed {seed}, {kind}: {answer} instead of {expected}");
                    _ = answer.Mark is null ? right++ : marked++;
                }
                catch (RpcException e)
                {
                    Assert.True(
                        e.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted, $"seed {seed}, {kind}: {e.StatusCode}, {e.Status.Detail}");
                    failed++;
                }
            }
        }

        // Each happened, or this tells nothing.
        Assert.True(right > 60 && marked > 0 && failed > 0, $"{right} right, {marked} marked, {failed} failed");
    }

    [Fact]
    public async Task A_block_that_is_listed_late_is_answered_from_the_ingester_until_it_is()
    {
        using var cluster = new StoredCluster();
        var block = new Ulid([.. Enumerable.Repeat((byte)7, 16)]);
        var rows = StoredCluster.Rows("a", 20, 1, 2);
        var local = new FakeHolding(7, open: false);
        local.Rows.AddRange(rows.Select(static r => r.Held));
        cluster.Ingesters[0].Holdings.Add(local);
        var shipped = new MemoryStore(cluster.Time);
        await StoredCluster.Put(shipped, block, rows);
        cluster.Faulty.Faults = new StoreFaults { ListingDelay = TimeSpan.FromMinutes(25) };
        foreach (var key in shipped.Keys)
        {
            await cluster.Faulty.Put(key, ObjectBody.Of(await shipped.ReadAll(key, 1 << 20, Cancel)), PutMode.Replace, Cancel);
        }

        for (var minute = 0; minute < 40; minute++)
        {
            Assert.Equal(new StoredAnswer(3, null), await cluster.Points());
            cluster.Time.Advance(TimeSpan.FromMinutes(1));
            if (minute == 30) cluster.Ingesters[0].Holdings.Clear();
        }

        Assert.NotEmpty(cluster.Served.Known(FakeCluster.Tenant));
    }

    [Fact]
    public async Task A_damaged_copy_of_meta_json_on_the_local_disk_is_read_from_the_bucket_and_replaced()
    {
        const string Folder = "/sync";
        var bucket = new MemoryStore(TimeProvider.System);
        var block = Ulid.NewUlid();
        await StoredCluster.Put(bucket, block, StoredCluster.Rows("a", 60, 1, 2));
        var disk = new ForgettingDisk(1);
        var path = $"{Folder}/@meta/{FakeCluster.Tenant}/{block}/meta.json";
        await Answer();
        var sound = await disk.ReadAll(path, 1 << 20, Cancel);

        // A copy that is whole is not read from the bucket again.
        using (var cluster = new StoredCluster(bucket, cache: new MetaCache(disk, Folder, 1 << 20)))
        {
            await cluster.Served.Lease(FakeCluster.Tenant, [], Cancel);
            Assert.Equal(0, cluster.Faulty.Counts.GetValueOrDefault(StoreOperation.Get));
        }

        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var bytes = sound.ToArray();
            var at = random.Next(bytes.Length);
            if (i % 4 == 0) bytes = bytes[..at];
            else bytes[at] ^= (byte)(1 << random.Next(8));
            await disk.Replace(path, bytes, Cancel);
            await Answer();
            Assert.Equal(sound, await disk.ReadAll(path, 1 << 20, Cancel));
        }

        async Task Answer()
        {
            using var cluster = new StoredCluster(bucket, cache: new MetaCache(disk, Folder, 1 << 20));
            Assert.Equal(new StoredAnswer(3, null), await cluster.Points());
        }
    }

    [Fact]
    public async Task Copies_of_meta_json_never_take_what_an_ingester_keeps_in_the_same_folder()
    {
        var bucket = new MemoryStore(TimeProvider.System);
        await StoredCluster.Put(bucket, Ulid.NewUlid(), StoredCluster.Rows("a", 60, 1, 2));
        var disk = new ForgettingDisk(1);
        var local = $"/data/{FakeCluster.Tenant}/local/{Ulid.NewUlid()}";
        string[] files = [$"{local}/meta.json", $"/data/{FakeCluster.Tenant}/head/{Ulid.NewUlid()}/meta.json", $"/data/local/local/{Ulid.NewUlid()}/meta.json"];
        foreach (var file in files)
        {
            disk.CreateDirectory(Path.GetDirectoryName(file)!);
            await disk.Replace(file, "{}"u8.ToArray(), Cancel);
        }

        using var cluster = new StoredCluster(bucket, cache: new MetaCache(disk, "/data", 1 << 20));
        Assert.Equal(new StoredAnswer(3, null), await cluster.Points());
        Assert.All(files, file => Assert.True(disk.Exists(file), file));
        Assert.NotEmpty(disk.List($"/data/@meta/{FakeCluster.Tenant}"));
    }

    [Fact]
    public async Task Blocks_that_several_processes_made_of_the_same_rows_count_every_row_once()
    {
        BlockMeta By(BlockMeta meta, string host) => meta with { Labels = new Dictionary<string, string> { [BlockMeta.HostLabel] = host } };
        var rows = StoredCluster.Rows("a", 60, 1, 2, 4, 8);
        var others = StoredCluster.Rows("b", 60, 16, 32);
        foreach (var (first, second) in ((string, string)[])[("one", "two"), ("one", "one")])
        {
            var bucket = new MemoryStore(TimeProvider.System);
            await StoredCluster.Put(bucket, Ulid.NewUlid(), [.. rows[..3], .. others], meta => By(meta, first));
            await StoredCluster.Put(bucket, Ulid.NewUlid(), [.. rows[1..], .. others[..1]], meta => By(meta, second));
            using var cluster = new StoredCluster(bucket);
            Assert.Equal(new StoredAnswer(63, null), await cluster.Points());
            Assert.Equal(new StoredAnswer(63, null), await cluster.Graph());
            Assert.Equal(new StoredAnswer(63, null), await cluster.Pprof());

            // One of them once more by an ingester that has not removed it yet, and rows that are nowhere else.
            var head = new FakeHolding(3);
            head.Rows.AddRange([rows[0].Held, rows[3].Held, StoredCluster.Rows("a", 5, 64)[0].Held]);
            cluster.Ingesters[0].Holdings.Add(head);
            Assert.Equal(new StoredAnswer(127, null), await cluster.Points());
        }
    }

    [Fact]
    public async Task Damage_found_while_what_shares_time_is_compared_is_done_without_and_marked()
    {
        var bucket = new MemoryStore(TimeProvider.System);
        var (one, two) = (Ulid.NewUlid(), Ulid.NewUlid());
        await StoredCluster.Put(bucket, one, StoredCluster.Rows("a", 60, 1, 2));
        await StoredCluster.Put(bucket, two, StoredCluster.Rows("b", 60, 4, 8));
        foreach (var file in Files)
        {
            var sound = await StoredCluster.File(bucket, two, file);
            await StoredCluster.Put(bucket, two, file, [.. sound.Select(static b => (byte)~b)]);
            foreach (var ask in (Func<StoredCluster, Task<StoredAnswer>>[])[c => c.Graph(), c => c.Pprof()])
            {
                using var cluster = new StoredCluster(bucket);
                Assert.Equal(new StoredAnswer(3, $"damaged blocks: {two}"), await ask(cluster));
                Assert.Single(cluster.Told);
            }

            await StoredCluster.Put(bucket, two, file, sound);
        }
    }
}
