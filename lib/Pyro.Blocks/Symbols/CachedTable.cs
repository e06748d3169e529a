namespace Pyro.Blocks.Symbols;

/// <summary>The place of a table in the cache.</summary>
internal abstract class CachedTable
{
    /// <summary>Bytes counted for it; 0: it is not there.</summary>
    public long Bytes { get; set; }

    /// <summary>Its place among the unused; null: it is in use or not there.</summary>
    public LinkedListNode<CachedTable>? Unused { get; set; }

    /// <summary>Lets go of the table.</summary>
    public abstract void Forget();
}

/// <summary>A table that is loaded when it is first used, and again when it was dropped since.</summary>
/// <typeparam name="T">The table.</typeparam>
/// <param name="cache">Where it is kept.</param>
/// <param name="load">Reads it.</param>
internal sealed class CachedTable<T>(SymbolCache cache, Func<TableMemory, CancellationToken, ValueTask<T>> load) : CachedTable
    where T : class
{
    private T? _table;
    private Loading? _loading;
    private int _users;
    private bool _closed;

    /// <summary>The table, kept until <see cref="Unpin"/> is called as often as this was.</summary>
    public async ValueTask<T> Pin(CancellationToken cancellation)
    {
        Loading loading;
        var isNew = false;
        lock (cache.Gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _users++;
            if (_table is { } table)
            {
                cache.Used(this);
                return table;
            }

            if (_loading is null)
            {
                _loading = new Loading();
                isNew = true;
            }

            loading = _loading;
        }

        if (isNew)
        {
            _ = Load(loading);
        }

        try
        {
            return await loading.Outcome.Task.WaitAsync(cancellation);
        }
        catch
        {
            Unpin();
            throw;
        }
    }

    /// <summary>The table is no longer used by one who pinned it.</summary>
    public void Unpin()
    {
        CancellationTokenSource? abandoned = null;
        lock (cache.Gate)
        {
            if (--_users > 0)
            {
                return;
            }

            if (_table is null)
            {
                // Whoever comes now loads anew: this load ends in a moment, without a table.
                abandoned = _loading?.Stop;
                _loading = null;
            }
            else if (_closed)
            {
                cache.Drop(this);
            }
            else
            {
                cache.LetGo(this);
            }
        }

        abandoned?.Cancel();
    }

    /// <summary>Keeps nothing any more; who uses the table still may.</summary>
    public void Close()
    {
        lock (cache.Gate)
        {
            _closed = true;
            if (_users == 0 && _table is not null)
            {
                cache.Drop(this);
            }
        }
    }

    /// <inheritdoc/>
    public override void Forget() => _table = null;

    private async Task Load(Loading loading)
    {
        try
        {
            using var memory = new TableMemory(cache);
            var table = await load(memory, loading.Stop.Token);
            lock (cache.Gate)
            {
                if (ReferenceEquals(_loading, loading))
                {
                    _loading = null;
                    _table = table;
                    Bytes = memory.Detach();
                    cache.Loaded(this);
                }
            }

            loading.Outcome.SetResult(table);
        }
        catch (Exception e)
        {
            lock (cache.Gate)
            {
                if (ReferenceEquals(_loading, loading))
                {
                    _loading = null;
                }
            }

            loading.Outcome.SetException(e);
            // When all who asked have left, nobody looks at it.
            _ = loading.Outcome.Task.Exception;
        }
    }

    private sealed class Loading
    {
        public TaskCompletionSource<T> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        // Without a timer it holds nothing that must be disposed of, and it may be cancelled late.
        public CancellationTokenSource Stop { get; } = new();
    }
}
