namespace Aspire.StandIns.S3.Faults;

/// <summary>The faults that have been asked for and are left.</summary>
internal sealed class FaultList
{
    private readonly Lock _lock = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Those that are left.</summary>
    public IReadOnlyList<Fault> All
    {
        get
        {
            lock (_lock)
                return [.. _faults];
        }
    }

    /// <summary>Asks for one.</summary>
    public void Add(Fault fault)
    {
        lock (_lock)
            _faults.Add(fault);
    }

    /// <summary>Takes all back.</summary>
    public void Clear()
    {
        lock (_lock)
            _faults.Clear();
    }

    /// <summary>The first that befalls a request, or null.</summary>
    public Fault? Take(S3Operation operation, string bucket, string key)
    {
        lock (_lock)
        {
            var name = $"{bucket}/{key}";
            var at = _faults.FindIndex(one => (one.Operation ?? operation) == operation && name.StartsWith(one.Prefix, StringComparison.Ordinal));
            if (at < 0)
                return null;
            var fault = _faults[at];
            if (fault.Times is { } times)
            {
                if (times <= 1)
                    _faults.RemoveAt(at);
                else
                    _faults[at] = fault with { Times = times - 1 };
            }
            return fault;
        }
    }
}
