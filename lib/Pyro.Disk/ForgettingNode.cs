namespace Pyro.Disk;

/// <summary>A file or directory of <see cref="ForgettingDisk"/>: as programs see it and as it is kept.</summary>
internal abstract class ForgettingNode
{
    /// <summary>Bytes of files, as programs see them.</summary>
    public abstract long Bytes { get; }
}

/// <summary>A directory: its entries now, and those that survive.</summary>
internal sealed class ForgettingDirectory : ForgettingNode
{
    private Dictionary<string, ForgettingNode> _kept = new(StringComparer.Ordinal);

    /// <summary>Entries as programs see them.</summary>
    public Dictionary<string, ForgettingNode> Entries { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Renames between this and another directory since the last sync: they survive in both or in none.</summary>
    public List<ForgettingMove> Moves { get; } = [];

    /// <inheritdoc/>
    public override long Bytes => Entries.Values.Sum(e => e.Bytes);

    /// <summary>Keeps the entries as they are.</summary>
    public void Sync()
    {
        _kept = new Dictionary<string, ForgettingNode>(Entries, StringComparer.Ordinal);
        foreach (ForgettingMove move in Moves)
        {
            (ForgettingDirectory other, string name) = ReferenceEquals(move.Source, this)
                ? (move.Target, move.TargetName)
                : (move.Source, move.SourceName);
            other.Moves.Remove(move);
            if (other.Entries.TryGetValue(name, out ForgettingNode? node))
            {
                other._kept[name] = node;
            }
            else
            {
                other._kept.Remove(name);
            }
        }

        Moves.Clear();
    }

    /// <summary>What is left after a crash.</summary>
    public ForgettingDirectory Recover(Random random)
    {
        var left = new ForgettingDirectory { Entries = new Dictionary<string, ForgettingNode>(_kept.Count, StringComparer.Ordinal) };
        foreach ((string name, ForgettingNode node) in _kept.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            left.Entries[name] = node is ForgettingDirectory directory ? directory.Recover(random) : ((ForgettingContent)node).Recover(random);
        }

        left._kept = new Dictionary<string, ForgettingNode>(left.Entries, StringComparer.Ordinal);
        return left;
    }
}

/// <summary>A rename from one directory into another.</summary>
internal sealed record ForgettingMove(ForgettingDirectory Source, string SourceName, ForgettingDirectory Target, string TargetName);

/// <summary>The bytes of a file: those now, how many of them survive, and those that a failed sync lost for good.</summary>
internal sealed class ForgettingContent : ForgettingNode
{
    private readonly List<(int Start, int End)> _lost = [];
    private byte[] _bytes = [];
    private int _length, _synced;

    /// <inheritdoc/>
    public override long Bytes => _length;

    /// <summary>Bytes as programs see them.</summary>
    public long Length => _length;

    /// <summary>When bytes were last appended or cut.</summary>
    public DateTimeOffset Modified { get; set; }

    /// <summary>Takes the first so many bytes of the buffers.</summary>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long bytes)
    {
        foreach (ReadOnlyMemory<byte> buffer in buffers)
        {
            int taken = (int)Math.Min(buffer.Length, bytes);
            if (_length + taken > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(_length + taken, 2 * _bytes.Length));
            }

            buffer.Span[..taken].CopyTo(_bytes.AsSpan(_length));
            _length += taken;
            bytes -= taken;
        }
    }

    /// <summary>Reads what is there.</summary>
    public int Read(Span<byte> buffer, long offset)
    {
        int count = (int)Math.Min(buffer.Length, Math.Max(0, _length - offset));
        _bytes.AsSpan((int)Math.Min(offset, _length), count).CopyTo(buffer);
        return count;
    }

    /// <summary>Everything survives that was not lost before.</summary>
    public void Sync() => _synced = _length;

    /// <summary>Cuts it, and syncs what is left.</summary>
    public void Truncate(long length)
    {
        if (length < _length)
        {
            _length = (int)length;
            Sync();
        }
    }

    /// <summary>The bytes not yet synced will never be: the system counts them as written.</summary>
    public void FailSync()
    {
        if (_length > _synced)
        {
            _lost.Add((_synced, _length));
        }
    }

    /// <summary>Changes one bit.</summary>
    public void Flip(long bit) => _bytes[bit / 8] ^= (byte)(1 << (int)(bit % 8));

    /// <summary>What is left after a crash: the synced bytes and any prefix of the others, perhaps torn at its end.</summary>
    public ForgettingContent Recover(Random random)
    {
        int kept = random.Next(3) == 0 ? _synced : random.Next(_synced, _length + 1);
        byte[] bytes = _bytes[..kept];
        foreach ((int start, int end) in _lost)
        {
            bytes.AsSpan(Math.Min(start, kept)..Math.Min(end, kept)).Clear();
        }

        if (kept > _synced && random.Next(4) == 0)
        {
            Span<byte> torn = bytes.AsSpan(Math.Max(_synced, kept - random.Next(512)));
            if (random.Next(2) == 0)
            {
                torn.Clear();
            }
            else
            {
                random.NextBytes(torn);
            }
        }

        return new ForgettingContent { _bytes = bytes, _length = kept, _synced = kept, Modified = Modified };
    }
}
