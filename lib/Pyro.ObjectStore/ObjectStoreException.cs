namespace Pyro.ObjectStore;

/// <summary>Why a store refused.</summary>
public enum StoreFault
{
    /// <summary>It could not be reached, failed inside or was too slow. Trying again may help.</summary>
    Unavailable,

    /// <summary>It asks for fewer requests. Trying again later helps.</summary>
    Throttled,

    /// <summary>The object is not there.</summary>
    NotFound,

    /// <summary>An object is there that should not have been.</summary>
    Exists,

    /// <summary>The credentials are wrong, or do not allow it, or the clocks differ too much.</summary>
    Denied,

    /// <summary>The bucket, region or endpoint is wrong: no attempt will help until the settings are changed.</summary>
    Misconfigured,

    /// <summary>What came is not what was asked for: cut off or damaged. Trying again may help.</summary>
    Damaged,

    /// <summary>No space is left.</summary>
    Full,

    /// <summary>No object can have this key.</summary>
    InvalidKey,
}

/// <summary>A store refused a call or could not be reached.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">For people: what was asked of which store, the cause, and the setting to look at where one is to blame.</param>
/// <param name="inner">Where it comes from.</param>
public class ObjectStoreException(StoreFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public StoreFault Fault => fault;

    /// <summary>Path of the setting to look at (<c>storage.s3.region</c>); null when no setting is to blame.</summary>
    public string? Setting { get; init; }

    /// <summary>Whether the same call may succeed when it is made again.</summary>
    public bool IsTransient => fault is StoreFault.Unavailable or StoreFault.Throttled or StoreFault.Damaged;
}

/// <summary>The object is not there.</summary>
public sealed class ObjectNotFoundException(string key, Exception? inner = null)
    : ObjectStoreException(StoreFault.NotFound, $"there is no object '{key}'", inner)
{
    /// <summary>The key asked for.</summary>
    public string Key => key;
}

/// <summary>An object is there already.</summary>
public sealed class ObjectExistsException(string key, Exception? inner = null)
    : ObjectStoreException(StoreFault.Exists, $"there is an object '{key}' already", inner)
{
    /// <summary>The key asked for.</summary>
    public string Key => key;
}
