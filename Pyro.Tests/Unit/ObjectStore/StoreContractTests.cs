using Pyro.Disk;
using Pyro.ObjectStore;
using Pyro.ObjectStore.Filesystem;
using Pyro.ObjectStore.S3;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>In a folder of the machine.</summary>
public sealed class PhysicalStoreTests : ObjectStoreContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-store-").FullName;

    private protected override ValueTask<IObjectStore> Open() =>
        ValueTask.FromResult<IObjectStore>(new FilesystemStore(new PhysicalDisk(), Path.Combine(_folder, "bucket"), TimeProvider.System, new Random(1)));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>On the disk that forgets, while it does not.</summary>
public sealed class ForgettingStoreTests : ObjectStoreContract
{
    private protected override ValueTask<IObjectStore> Open() => ValueTask.FromResult<IObjectStore>(
        new FilesystemStore(new ForgettingDisk(1, TimeProvider.System), "/bucket", TimeProvider.System, new Random(1)));
}

/// <summary>In memory.</summary>
public sealed class MemoryStoreTests : ObjectStoreContract
{
    private protected override ValueTask<IObjectStore> Open() => ValueTask.FromResult<IObjectStore>(new MemoryStore(TimeProvider.System));
}

/// <summary>In memory, through all that stands before a bucket.</summary>
public sealed class StackedStoreTests : ObjectStoreContract
{
    private protected override async ValueTask<IObjectStore> Open()
    {
        var memory = new MemoryStore(TimeProvider.System);
        await memory.Put("other", ObjectBody.Of(new byte[1]), PutMode.Replace, None);
        await memory.Put("my/buckets", ObjectBody.Of(new byte[1]), PutMode.Replace, None);
        var faulty = new FaultyStore(new PrefixedStore(memory, "my/bucket/"), 5, TimeProvider.System);
        return new ReliableStore(faulty, "test", new RetryOptions(), TimeProvider.System, new Random(1));
    }
}

/// <summary>In a store that fails in a tenth of all calls, in every way that may be tried again.</summary>
public sealed class FailingStoreTests : ObjectStoreContract
{
    private protected override ValueTask<IObjectStore> Open()
    {
        var faulty = new FaultyStore(new MemoryStore(TimeProvider.System), 7, TimeProvider.System)
        {
            Faults = new StoreFaults { Throttled = 0.03, Failed = 0.03, DoneButFailed = 0.03, CutOff = 0.05 },
        };
        var patience = new RetryOptions { Attempts = 12, FirstWait = TimeSpan.FromTicks(1), LongestWait = TimeSpan.FromTicks(10) };
        return ValueTask.FromResult<IObjectStore>(new ReliableStore(faulty, "test", patience, TimeProvider.System, new Random(1)));
    }
}

/// <summary>In fauxqs, an S3 server that others wrote, with parts of 5 MiB.</summary>
public class FauxqsStoreTests(Fauxqs fauxqs) : ObjectStoreContract, IClassFixture<Fauxqs>
{
    /// <summary>How it is spoken to.</summary>
    private protected virtual S3Options Options => new();

    private protected override ValueTask<IObjectStore> Open() => ValueTask.FromResult<IObjectStore>(new S3Store(
        Options with
        {
            Endpoint = fauxqs.Url.Authority,
            Insecure = true,
            Bucket = "b" + Guid.NewGuid().ToString("n"),
            CreateBucket = true,
            AccessKey = "key",
            SecretKey = "secret",
            PartBytes = S3Options.SmallestPart,
        },
        TimeProvider.System));
}

/// <summary>The same with chunks and checksums, as the SDK does by itself.</summary>
public sealed class FauxqsChunkedStoreTests(Fauxqs fauxqs) : FauxqsStoreTests(fauxqs)
{
    private protected override S3Options Options => new() { ChunkedEncoding = true, Checksums = true, ContinueTimeout = TimeSpan.Zero };
}
