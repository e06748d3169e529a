namespace Pyro.Tests.Simulation;

/// <summary>Runs tasks one at a time on the caller's thread, in an order that follows from the seed: what a simulation injects as scheduler.</summary>
public sealed class SeededScheduler(Random random) : TaskScheduler
{
    private readonly List<Task> _ready = [];
    private int _thread = Environment.CurrentManagedThreadId;

    /// <summary>Starts work on this scheduler.</summary>
    public Task Start(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Runs what is ready until nothing is, or until the condition holds.</summary>
    public void Run(Func<bool>? until = null)
    {
        _thread = Environment.CurrentManagedThreadId;
        while (_ready.Count > 0 && until?.Invoke() != true)
        {
            int i = random.Next(_ready.Count);
            Task task = _ready[i];
            _ready.RemoveAt(i);
            TryExecuteTask(task);
        }
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        // Work that leaves the scheduler cannot be repeated by a seed.
        if (Environment.CurrentManagedThreadId != _thread)
            Environment.FailFast("work of a simulation went on elsewhere: " + Environment.StackTrace);
        _ready.Add(task);
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => _ready;
}
