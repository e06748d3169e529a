namespace Pyro.Distributor.Pipeline;

/// <summary>One profile of a request, on its way through the steps.</summary>
/// <param name="index">Its place in the request.</param>
/// <param name="id">The id that the client gave it, "" when none.</param>
/// <param name="pool">Where its scratch is from.</param>
/// <param name="compressedBytes">Bytes of it as sent.</param>
internal sealed class PushEntry(int index, string id, ScratchPool pool, long compressedBytes) : IDisposable
{
    private ProfileScratch? _scratch = pool.Rent();

    /// <summary>Its place in the request.</summary>
    public int Index => index;

    /// <summary>The id that the client gave it, "" when none.</summary>
    public string Id => id;

    /// <summary>Holds the profile and its labels until it is encoded.</summary>
    public ProfileScratch Scratch => _scratch ?? throw new ObjectDisposedException(nameof(PushEntry));

    /// <summary>Bytes of it as sent.</summary>
    public long CompressedBytes => compressedBytes;

    /// <summary>Gives the scratch back, which is large: not later than its profile is encoded, so that no wait for ingesters holds on to it.</summary>
    public void Dispose()
    {
        if (_scratch is not { } scratch) return;
        _scratch = null;
        pool.Return(scratch);
    }
}
