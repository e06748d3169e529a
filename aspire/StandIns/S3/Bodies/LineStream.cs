using System.Text;

namespace Aspire.StandIns.S3.Bodies;

/// <summary>Reads lines and runs of bytes from a stream, with a small buffer of its own.</summary>
internal sealed class LineStream(Stream inner)
{
    private const int LongestLine = 4096;
    private readonly byte[] _buffer = new byte[16 << 10];
    private int _begin;
    private int _end;

    /// <summary>Reads what there is, at most as much as fits; 0 at the end.</summary>
    public async ValueTask<int> Read(Memory<byte> into, CancellationToken cancellation)
    {
        if (_begin == _end)
            return await inner.ReadAsync(into, cancellation);
        var length = Math.Min(into.Length, _end - _begin);
        _buffer.AsMemory(_begin, length).CopyTo(into);
        _begin += length;
        return length;
    }

    /// <summary>Reads a line, which ends with CR LF or the stream's end, without them; null: it had ended before.</summary>
    /// <exception cref="S3Exception">It is longer than lines between chunks are.</exception>
    public async ValueTask<string?> ReadLine(CancellationToken cancellation)
    {
        var line = new StringBuilder();
        while (_begin < _end || await Refill(cancellation))
        {
            var rest = _buffer.AsSpan(_begin, _end - _begin);
            var end = rest.IndexOf((byte)'\n');
            line.Append(Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]));
            _begin = end < 0 ? _end : _begin + end + 1;
            if (line.Length > LongestLine)
                throw S3Exception.BadRequest("InvalidChunkSizeError", "A line between chunks is too long.");
            if (end >= 0)
                return line.ToString().TrimEnd('\r');
        }
        return line.Length == 0 ? null : line.ToString();
    }

    private async ValueTask<bool> Refill(CancellationToken cancellation)
    {
        _begin = 0;
        _end = await inner.ReadAsync(_buffer, cancellation);
        return _end > 0;
    }
}
