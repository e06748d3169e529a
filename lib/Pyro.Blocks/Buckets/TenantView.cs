namespace Pyro.Blocks.Buckets;

/// <summary>What was seen of one tenant's blocks in the bucket, and the look that is under way.</summary>
internal sealed class TenantView
{
    private BucketSnapshot? _last;
    private long _answered;

    // Blocks whose meta.json is to be read again; under the gate.
    private HashSet<Ulid> _doubted = [];

    public Lock Gate { get; } = new();

    public Task<BucketSnapshot>? Looking { get; set; }

    /// <summary>The look that follows it; under the gate.</summary>
    public Task<BucketSnapshot>? Next { get; set; }

    /// <summary>When the look began; under the gate.</summary>
    public long Began { get; set; }

    /// <summary>When it failed, if it did; set before it ends.</summary>
    public long Failed { get; set; }

    /// <summary>When the bucket answered the look last.</summary>
    public long Answered
    {
        get => Volatile.Read(ref _answered);
        set => Volatile.Write(ref _answered, value);
    }

    public BucketSnapshot? Last
    {
        get => Volatile.Read(ref _last);
        set => Volatile.Write(ref _last, value);
    }

    public void Doubt(IEnumerable<Ulid> blocks)
    {
        lock (Gate)
        {
            _doubted.UnionWith(blocks);
        }
    }

    public HashSet<Ulid> TakeDoubted()
    {
        lock (Gate)
        {
            var doubted = _doubted;
            _doubted = [];
            return doubted;
        }
    }

    /// <summary>Whether who asks next would have the bucket looked at anyway, and nothing is known that such a look needs.</summary>
    public bool IsOfNoUse(TimeProvider time)
    {
        lock (Gate)
        {
            return Looking is { IsCompleted: true } && Last is null or { IsEmpty: true } && time.GetElapsedTime(Began) >= BucketView.Fresh;
        }
    }
}
