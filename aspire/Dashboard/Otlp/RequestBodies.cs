using System.Buffers;

namespace Aspire.Dashboard.Otlp;

/// <summary>
/// Reads request bodies within bounds: of one, and of all that are held at once. Where those are reached, the body goes that has been
/// arriving for longest, so senders that dribble starve nobody: an honest one arrives within milliseconds.
/// </summary>
internal sealed class RequestBodies
{
    /// <summary>The largest body, in bytes, and what is read of a larger one so that its sender hears the answer and not a reset.</summary>
    public const int MaxBytes = 4 << 20, MaxDiscarded = 64 << 20;

    /// <summary>Bytes, and bodies, that are held at once.</summary>
    public const int MaxHeldBytes = 16 << 20, MaxHeld = 256;

    private const int FirstBytes = 16 << 10;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private readonly ArrayPool<byte> _pool = ArrayPool<byte>.Create(MaxBytes, 2);
    private readonly Lock _lock = new();
    private readonly LinkedList<Body> _arriving = new();
    private long _bytes;
    private int _held;

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="OtlpException">It is too large or too slow, or there is no room for it.</exception>
    public async Task<Body> Read(Stream stream, long? declared, CancellationToken aborted)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        stop.CancelAfter(Longest);
        var body = new Body(this, stop);
        try
        {
            MakeRoom(body, FirstBytes);
            body.Bytes = _pool.Rent(FirstBytes);
            if (declared > MaxBytes)
                await Refuse(body, stream, declared.Value);
            for (int read; (read = await stream.ReadAsync(body.Bytes.AsMemory(body.Length), stop.Token)) > 0;)
            {
                body.Length += read;
                if (body.Length == MaxBytes)
                    await End(body, stream);
                else if (body.Length == body.Bytes.Length)
                    Grow(body);
            }
            lock (_lock)
                Arrived(body);
            return body;
        }
        catch (Exception e)
        {
            body.Dispose();
            if (e is OperationCanceledException && !aborted.IsCancellationRequested)
                throw new OtlpException("The request arrived too slowly.", OtlpFailure.TooSlow);
            throw;
        }
    }

    /// <summary>A body of the largest size has to end here.</summary>
    private async Task End(Body body, Stream stream)
    {
        var one = new byte[1];
        if (await stream.ReadAsync(one, body.Stop.Token) > 0)
            await Refuse(body, stream, MaxBytes + 1);
    }

    /// <summary>Reads on, for what a sender has on its way would else come back to it as a reset of the connection.</summary>
    private async Task Refuse(Body body, Stream stream, long declared)
    {
        Shrink(body);
        var left = MaxDiscarded;
        for (int read; declared <= MaxDiscarded && left > 0 && (read = await stream.ReadAsync(body.Bytes, body.Stop.Token)) > 0;)
            left -= read;
        throw new OtlpException($"The request has more than {MaxBytes} bytes.", OtlpFailure.TooLarge);
    }

    private void Grow(Body body)
    {
        var size = Math.Min(MaxBytes, 4 * body.Bytes.Length);
        MakeRoom(body, size - body.Bytes.Length);
        var larger = _pool.Rent(size);
        body.Bytes.CopyTo(larger, 0);
        _pool.Return(body.Bytes);
        body.Bytes = larger;
    }

    private void Shrink(Body body)
    {
        lock (_lock)
        {
            var rest = Math.Min(body.Counted, FirstBytes);
            _bytes -= body.Counted - rest;
            body.Counted = rest;
        }
        _pool.Return(body.Bytes);
        body.Bytes = _pool.Rent(FirstBytes);
        body.Length = 0;
    }

    /// <summary>Counts bytes for a body; those that arrive for longest are given up for it.</summary>
    private void MakeRoom(Body body, int bytes)
    {
        lock (_lock)
        {
            body.Stop.Token.ThrowIfCancellationRequested();
            if (body.Place is null)
            {
                body.Place = _arriving.AddLast(body);
                _held++;
            }
            while ((_bytes + bytes > MaxHeldBytes || _held > MaxHeld) && _arriving.First!.Value != body)
            {
                var oldest = _arriving.First!.Value;
                Forget(oldest);
                _ = oldest.Stop.CancelAsync();
            }
            if (_bytes + bytes > MaxHeldBytes || _held > MaxHeld)
                throw new OtlpException("The receiver is busy.", OtlpFailure.Busy);
            _bytes += bytes;
            body.Counted += bytes;
        }
    }

    /// <summary>A body that has arrived whole is given up for nobody.</summary>
    private void Arrived(Body body)
    {
        if (body.Place?.List is not null)
            _arriving.Remove(body.Place);
    }

    private void Forget(Body body)
    {
        if (body.Place is null)
            return;
        Arrived(body);
        body.Place = null;
        _held--;
        _bytes -= body.Counted;
        body.Counted = 0;
    }

    /// <summary>A body in a pooled buffer.</summary>
    public sealed class Body(RequestBodies owner, CancellationTokenSource stop) : IDisposable
    {
        public byte[] Bytes { get; set; } = [];

        public int Length { get; set; }

        public CancellationTokenSource Stop { get; } = stop;

        /// <summary>The bytes counted for it among those held.</summary>
        public int Counted { get; set; }

        /// <summary>Its place among those that arrive; null: it is not counted.</summary>
        public LinkedListNode<Body>? Place { get; set; }

        public ReadOnlyMemory<byte> Content => Bytes.AsMemory(0, Length);

        public void Dispose()
        {
            lock (owner._lock)
                owner.Forget(this);
            if (Bytes.Length > 0)
                owner._pool.Return(Bytes);
            Bytes = [];
        }
    }
}
