using Pyro.Disk;

namespace Pyro.Ingester.Wal;

/// <summary>What a step through a segment found.</summary>
internal enum SegmentPart
{
    /// <summary>A sound frame.</summary>
    Frame,

    /// <summary>Bytes that are no frame, with a frame's header after them.</summary>
    Damage,

    /// <summary>Bytes up to the end of the file that are no frame; none when the segment ends well.</summary>
    Tail,
}

/// <summary>
/// Reads a segment from front to back through one buffer, as large as the longest frame met. Damage is stepped over: by the length of the
/// frame when its header is sound, otherwise by looking for the next sound header.
/// </summary>
internal sealed class SegmentReader(IDiskFile file, uint salt)
{
    private const int ChunkBytes = 1 << 20;

    private byte[] _buffer = new byte[ChunkBytes];
    private long _offset;
    private int _start, _end;

    /// <summary>Bytes of the part found last.</summary>
    public long PartBytes { get; private set; }

    /// <summary>The frame found last, valid until the next step.</summary>
    public ReadOnlyMemory<byte> Frame { get; private set; }

    /// <summary>Offset in the file of what comes next.</summary>
    public long Position => _offset + _start;

    /// <summary>Steps over the segment's header; over nothing when it is none, so that its bytes count as damage.</summary>
    /// <returns>What it tells of the segment before; null: it is none.</returns>
    public async ValueTask<SyncedLength?> SkipHeader(SegmentName name, CancellationToken cancellationToken)
    {
        await Fill(LogFormat.SegmentHeaderBytes, cancellationToken);
        if (LogFormat.TryReadSegmentHeader(_buffer.AsSpan(_start, _end - _start), name, out SyncedLength previous))
        {
            _start += LogFormat.SegmentHeaderBytes;
            return previous;
        }

        return null;
    }

    /// <summary>The next part; after <see cref="SegmentPart.Tail"/> there is none.</summary>
    public async ValueTask<SegmentPart> Next(CancellationToken cancellationToken)
    {
        await Fill(LogFormat.FrameHeaderBytes, cancellationToken);
        if (!LogFormat.TryReadFrameHeader(_buffer.AsSpan(_start, _end - _start), salt, out int bodyBytes))
        {
            return await Scan(cancellationToken);
        }

        int size = LogFormat.FrameHeaderBytes + bodyBytes;
        if (!await Fill(size, cancellationToken))
        {
            // Cut short within this frame; nothing that follows could have been written before it.
            return Take(SegmentPart.Tail, file.Length - Position, _end - _start);
        }

        Frame = _buffer.AsMemory(_start, size);
        return Take(LogFormat.TryReadBody(Frame.Span, salt, out _, out _, out _) ? SegmentPart.Frame : SegmentPart.Damage, size, size);
    }

    /// <summary>Looks for the next sound header after the present position.</summary>
    private async ValueTask<SegmentPart> Scan(CancellationToken cancellationToken)
    {
        long begin = Position;
        _start = Math.Min(_start + 1, _end);
        while (true)
        {
            bool more = await Fill(LogFormat.FrameHeaderBytes, cancellationToken);
            int at = _buffer.AsSpan(_start, _end - _start).IndexOf(LogFormat.Marker);
            if (at >= 0)
            {
                _start += at;
                more = await Fill(LogFormat.FrameHeaderBytes, cancellationToken);
                if (LogFormat.TryReadFrameHeader(_buffer.AsSpan(_start, _end - _start), salt, out _))
                {
                    PartBytes = Position - begin;
                    return SegmentPart.Damage;
                }

                _start++;
            }
            else
            {
                // A marker may begin in the last three bytes.
                _start = Math.Max(_start, _end - LogFormat.Marker.Length + 1);
            }

            if (!more)
            {
                _start = _end;
                PartBytes = Position - begin;
                return SegmentPart.Tail;
            }
        }
    }

    private SegmentPart Take(SegmentPart part, long bytes, int stepped)
    {
        PartBytes = bytes;
        _start += stepped;
        return part;
    }

    /// <summary>Has at least so many bytes at the present position in the buffer; false when the file ends before.</summary>
    private async ValueTask<bool> Fill(int bytes, CancellationToken cancellationToken)
    {
        if (_end - _start >= bytes)
        {
            return true;
        }

        if (bytes > _buffer.Length || _buffer.Length - _start < bytes || _start == _end)
        {
            Shift(bytes);
        }

        int read = await file.Read(_buffer.AsMemory(_end), _offset + _end, cancellationToken);
        _end += read;
        return _end - _start >= bytes;
    }

    /// <summary>Moves the unread bytes to the front of a buffer that has room for so many.</summary>
    private void Shift(int bytes)
    {
        byte[] target = bytes > _buffer.Length ? new byte[bytes + ChunkBytes] : _buffer;
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _offset += _start;
        _end -= _start;
        _start = 0;
        _buffer = target;
    }
}
