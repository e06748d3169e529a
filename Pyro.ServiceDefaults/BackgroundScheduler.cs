using System.Runtime.InteropServices;

namespace Pyro.ServiceDefaults;

/// <summary>
/// For long work that nobody waits for: one thing at a time, on a thread of its own while there is something to do. Where threads have a priority
/// of their own (Linux: nice), the system lets it run behind those that answer: on a busy core it gets a quarter, on an idle one all.
/// </summary>
public sealed partial class BackgroundScheduler : TaskScheduler
{
    private const int Niceness = 5;

    private readonly Queue<Task> _tasks = [];
    private bool _isRunning;

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        lock (_tasks)
        {
            _tasks.Enqueue(task);
            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "background" }.UnsafeStart();
            }
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

    private Task? Next()
    {
        lock (_tasks)
        {
            _isRunning = _tasks.TryDequeue(out var task);
            return task;
        }
    }

    [LibraryImport("libc", EntryPoint = "nice")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Nice(int more);
}
