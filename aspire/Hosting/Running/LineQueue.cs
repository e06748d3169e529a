namespace Aspire.Hosting.Running;

/// <summary>
/// Lines between the process that writes them and whoever keeps them. When the keeper is slower the oldest lines are dropped and a
/// mark says how many, so that neither the process waits nor memory grows.
/// </summary>
internal sealed class LineQueue(int maxLines = 10_000, int maxCharacters = 4 << 20)
{
    private readonly Lock _lock = new();
    private Queue<ProcessLine> _lines = new();
    private TaskCompletionSource _added = NewSignal();
    private long _characters;
    private long _dropped;
    private bool _complete;

    /// <summary>Never waits.</summary>
    public void Add(ProcessLine line)
    {
        lock (_lock)
        {
            _lines.Enqueue(line);
            _characters += line.Text.Length;
            while (_lines.Count > maxLines || (_characters > maxCharacters && _lines.Count > 1))
            {
                _characters -= _lines.Dequeue().Text.Length;
                _dropped++;
            }
            _added.TrySetResult();
        }
    }

    /// <summary>No more lines will come.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _complete = true;
            _added.TrySetResult();
        }
    }

    /// <summary>All lines that wait, at least one; null after the last.</summary>
    public async Task<IReadOnlyCollection<ProcessLine>?> Take(CancellationToken cancellation)
    {
        while (true)
        {
            Task added;
            lock (_lock)
            {
                if (_lines.Count > 0)
                    return TakeAll();
                if (_complete)
                    return null;
                _added = _added.Task.IsCompleted ? NewSignal() : _added;
                added = _added.Task;
            }
            await added.WaitAsync(cancellation);
        }
    }

    private Queue<ProcessLine> TakeAll()
    {
        var lines = _lines;
        _lines = new();
        _characters = 0;
        if (_dropped == 0)
            return lines;
        var all = new Queue<ProcessLine>(lines.Count + 1);
        all.Enqueue(new ProcessLine(lines.Peek().Time, $"[{_dropped:N0} lines left out: they came faster than they could be kept]", IsError: true));
        foreach (var line in lines)
            all.Enqueue(line);
        _dropped = 0;
        return all;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
