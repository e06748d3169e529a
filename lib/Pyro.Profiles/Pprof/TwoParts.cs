namespace Pyro.Profiles.Pprof;

/// <summary>Two pieces of memory as one stream to read, without a copy of either.</summary>
internal sealed class TwoParts(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) : Stream
{
    private ReadOnlyMemory<byte> _now = first, _then = second;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_now.IsEmpty)
        {
            (_now, _then) = (_then, default);
        }

        int count = Math.Min(buffer.Length, _now.Length);
        _now.Span[..count].CopyTo(buffer);
        _now = _now[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
