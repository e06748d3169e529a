namespace Pyro.Distributor.Pipeline;

/// <summary>One decoded profile of a request, on its way through the steps.</summary>
/// <param name="index">Its place in the request.</param>
/// <param name="id">The id that the client gave it, "" when none.</param>
/// <param name="scratch">Holds the profile and its labels.</param>
/// <param name="compressedBytes">Bytes of it as sent.</param>
internal sealed class PushEntry(int index, string id, ProfileScratch scratch, long compressedBytes)
{
    /// <summary>Its place in the request.</summary>
    public int Index => index;

    /// <summary>The id that the client gave it, "" when none.</summary>
    public string Id => id;

    /// <summary>Holds the profile and its labels.</summary>
    public ProfileScratch Scratch => scratch;

    /// <summary>Bytes of it as sent.</summary>
    public long CompressedBytes => compressedBytes;
}
