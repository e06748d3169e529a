using Pyro.ObjectStore;
using Pyro.ObjectStore.S3;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>In the AppHost's stand-in for MinIO, which checks signatures and heeds conditions, with parts of 5 MiB.</summary>
public class StandInStoreTests(RunningS3 s3) : ObjectStoreContract, IClassFixture<RunningS3>
{
    /// <summary>How bodies are sent.</summary>
    private protected virtual (bool Chunked, bool Checksums) Mode => (false, false);

    private protected override ValueTask<IObjectStore> Open() => ValueTask.FromResult<IObjectStore>(new S3Store(
        s3.Store("b" + Guid.NewGuid().ToString("n")) with { ChunkedEncoding = Mode.Chunked, Checksums = Mode.Checksums }, TimeProvider.System));
}

/// <summary>The same in signed chunks.</summary>
public sealed class StandInChunkedStoreTests(RunningS3 s3) : StandInStoreTests(s3)
{
    private protected override (bool, bool) Mode => (true, false);
}

/// <summary>The same with checksums in the head.</summary>
public sealed class StandInChecksumStoreTests(RunningS3 s3) : StandInStoreTests(s3)
{
    private protected override (bool, bool) Mode => (false, true);
}

/// <summary>The same in signed chunks with checksums in the trailer.</summary>
public sealed class StandInTrailerStoreTests(RunningS3 s3) : StandInStoreTests(s3)
{
    private protected override (bool, bool) Mode => (true, true);
}
