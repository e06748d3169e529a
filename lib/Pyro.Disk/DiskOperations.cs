namespace Pyro.Disk;

/// <summary>The operations of a <see cref="ForgettingDisk"/>: how often each was begun, which of them fail, and at which the disk crashes.</summary>
internal sealed class DiskOperations
{
    private readonly Dictionary<DiskOperation, int> _counts = [];
    private long _left = long.MaxValue;

    /// <summary>How often each was begun.</summary>
    public IReadOnlyDictionary<DiskOperation, int> Counts => _counts;

    /// <summary>Asked before each with its path; an exception it gives is thrown instead.</summary>
    public Func<DiskOperation, string, IOException?>? Fault { get; set; }

    /// <summary>Whether one of them was the last before the crash.</summary>
    public bool HasCrashed { get; private set; }

    /// <summary>Lets so many more changing operations happen, and the one after them crash.</summary>
    public void CrashAfter(long operations) => _left = operations;

    /// <summary>Operations happen again, as many as wish.</summary>
    public void Restart() => (HasCrashed, _left) = (false, long.MaxValue);

    /// <summary>Begins one.</summary>
    /// <exception cref="IOException">It fails, or the disk has crashed.</exception>
    public void Begin(DiskOperation operation, string path, bool changes = true)
    {
        if (FaultOf(operation, path, changes) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>Begins one that can be done by half: why it fails, or null.</summary>
    public IOException? FaultOf(DiskOperation operation, string path, bool changes = true) =>
        Count(operation, changes) ? Fault?.Invoke(operation, path) : new DiskCrashException();

    private bool Count(DiskOperation operation, bool changes)
    {
        if (HasCrashed)
        {
            return false;
        }

        _counts[operation] = _counts.GetValueOrDefault(operation) + 1;
        HasCrashed = changes && _left-- <= 0;
        return !HasCrashed;
    }
}
