using Pyro.Disk;
using Pyro.ObjectStore.Filesystem;
using Pyro.ObjectStore.S3;

namespace Pyro.ObjectStore;

/// <summary>Opens buckets as the settings say.</summary>
public static class ObjectStores
{
    /// <summary>
    /// The bucket with its prefix, time limits, retries, metrics and traces. Nothing is asked of it yet: what is wrong shows with the first call,
    /// best that of a <see cref="StoreProbe"/>.
    /// </summary>
    /// <param name="options">Options without faults.</param>
    /// <param name="disk">Disk of the filesystem backend.</param>
    /// <param name="time">Clock of limits and waits.</param>
    /// <param name="random">Source of names and waits; used by nobody else at the same time.</param>
    public static ReliableStore Open(ObjectStoreOptions options, IDisk disk, TimeProvider time, Random random)
    {
        string name = options.Backend == "s3" ? options.S3.Bucket : options.Directory;
        return new ReliableStore(OpenBare(options, disk, time, random), name, PatienceOf(options), time, random);
    }

    /// <summary>Tries the bucket: as patient as <see cref="Open"/>, but without retries, so that the answer comes soon.</summary>
    /// <param name="options">Options without faults.</param>
    /// <param name="disk">Disk of the filesystem backend.</param>
    /// <param name="time">Clock.</param>
    /// <param name="random">Source of names, and of the spread of waits; used by nobody else at the same time.</param>
    public static StoreProbe Probe(ObjectStoreOptions options, IDisk disk, TimeProvider time, Random random) => new(
        OpenBare(options, disk, time, random), time, random, options.Backend == "s3" ? "storage.s3.endpoint" : null, PatienceOf(options));

    private static RetryOptions PatienceOf(ObjectStoreOptions options) => options.Backend == "s3"
        ? new() { AnswerTimeout = options.S3.AnswerTimeout, TimeoutSetting = "storage.s3.http.response_header_timeout" }
        : new();

    /// <summary>The bucket with its prefix alone: one attempt per call.</summary>
    private static IObjectStore OpenBare(ObjectStoreOptions options, IDisk disk, TimeProvider time, Random random)
    {
        IObjectStore store = options.Backend == "s3"
            ? new S3Store(options.S3, time)
            : new FilesystemStore(disk, options.Directory, time, random);
        return options.Prefix.Length > 0 ? new PrefixedStore(store, options.Prefix) : store;
    }
}
