using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Pyro.ServiceDefaults.Front;

/// <summary>A request body of unknown length whose bytes are admitted as they come in.</summary>
/// <param name="inner">The server's reader of it.</param>
/// <param name="grow">Takes bytes; the refusal when they do not fit.</param>
internal sealed class CountedBody(PipeReader inner, Func<long, Status?> grow) : PipeReader, IRequestBodyPipeFeature
{
    private ReadOnlySequence<byte> _last;

    // Bytes that were read and admitted, but not consumed: the next read gives them again.
    private long _kept;

    PipeReader IRequestBodyPipeFeature.Reader => this;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken);
        Admit(result.Buffer);
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        Admit(result.Buffer);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _kept = _last.Slice(consumed).Length;
        _last = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private void Admit(ReadOnlySequence<byte> buffer)
    {
        var fresh = buffer.Length - _kept;
        if (fresh > 0 && grow(fresh) is { } refusal)
        {
            // A reader left in the middle of a read fails the server when it drains the rest.
            _kept = 0;
            inner.AdvanceTo(buffer.End);
            throw new RpcException(refusal);
        }
        _kept = buffer.Length;
        _last = buffer;
    }
}
