using System.Runtime.InteropServices;

namespace Pyro.ServiceDefaults;

/// <summary>
/// For long work that no answer waits for: one thing at a time, on a thread of its own. Where threads have a priority of their own (Linux: nice), the
/// system lets it run behind those that answer: it gets a third of what each of them gets of a busy core, and all of an idle one.
/// </summary>
public sealed partial class BackgroundScheduler : TaskScheduler, IDisposable
{
    private const int Niceness = 5;

    private readonly Queue<Task> _tasks = [];
    private bool _isDisposed;

    /// <summary>Starts its thread now and for good: when the system has none left later on, work in the middle would never go on.</summary>
    public BackgroundScheduler() => new Thread(Run) { IsBackground = true, Name = "background" }.UnsafeStart();

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Ends its thread when what was given to it is done; nothing may be given to it any more.</summary>
    public void Dispose()
    {
        lock (_tasks)
        {
            _isDisposed = true;
            Monitor.Pulse(_tasks);
        }
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        lock (_tasks)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _tasks.Enqueue(task);
            Monitor.Pulse(_tasks);
        }
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_tasks)
        {
            return [.. _tasks];
        }
    }

    private void Run()
    {
        if (OperatingSystem.IsLinux())
        {
            // On Linux that of the calling thread. Refused, the work is done all the same.
            _ = Nice(Niceness);
        }

        while (Next() is { } task)
        {
            TryExecuteTask(task);
        }
    }

    // Waits for it; null: there will be none.
    private Task? Next()
    {
        lock (_tasks)
        {
            while (_tasks.Count == 0 && !_isDisposed)
            {
                Monitor.Wait(_tasks);
            }

            _ = _tasks.TryDequeue(out var task);
            return task;
        }
    }

    [LibraryImport("libc", EntryPoint = "nice")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Nice(int more);
}
