using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Pyro.Connect.Protocol;

/// <summary>A look at the body that came in so far, before the endpoint gets it.</summary>
/// <param name="buffer">What is there, from the first byte that was not consumed.</param>
/// <param name="fresh">How many bytes at its end were not there at the last look.</param>
/// <param name="moved">The beginning of the buffer is another one than at the last look.</param>
/// <returns>Why the call ends here; null: it goes on.</returns>
public delegate Status? BodyWatch(in ReadOnlySequence<byte> buffer, long fresh, bool moved);

/// <summary>A request body whose bytes are looked at as they come in, and which ends with a refusal when they may not.</summary>
/// <param name="inner">The server's reader of it.</param>
/// <param name="watch">Looks at it.</param>
public sealed class WatchedBody(PipeReader inner, BodyWatch watch) : PipeReader, IRequestBodyPipeFeature
{
    private ReadOnlySequence<byte> _last;
    private bool _moved = true;

    // Bytes that were looked at, but not consumed: the next read gives them again.
    private long _kept;

    PipeReader IRequestBodyPipeFeature.Reader => this;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken);
        Look(result.Buffer);
        return result;
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        Look(result.Buffer);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var kept = _last.Slice(consumed).Length;
        _moved |= kept < _last.Length;
        _kept = kept;
        _last = default;
        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private void Look(in ReadOnlySequence<byte> buffer)
    {
        if (watch(buffer, buffer.Length - _kept, _moved) is { } refusal)
        {
            // A reader left in the middle of a read fails the server when it drains the rest.
            _kept = 0;
            inner.AdvanceTo(buffer.End);
            throw new RpcException(refusal);
        }
        _moved = false;
        _kept = buffer.Length;
        _last = buffer;
    }
}
