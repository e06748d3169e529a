namespace Pyro.Memory;

/// <summary>
/// Pooled bytes shared by several calls: each retains before it starts and releases at its own end; the buffer returns to the pool
/// when the last one is done, not when a quorum has answered.
/// </summary>
public sealed class Lease
{
    /// <summary>The bytes; not to be touched after the own release.</summary>
    public ReadOnlyMemory<byte> Memory => throw new NotImplementedException();

    /// <summary>Takes a share.</summary>
    public void Retain() => throw new NotImplementedException();

    /// <summary>Gives a share back.</summary>
    public void Release() => throw new NotImplementedException();
}
