using System.IO.Pipelines;
using Pyro.Connect.Protocol;
using Pyro.Memory;

namespace Pyro.Distributor.Ingest;

/// <summary>A body is larger than the tenant may send.</summary>
internal sealed class BodyTooLargeException(long limit)
    : Exception($"request body too large: error reading request body: larger than {limit} bytes");

/// <summary>Reads the body of a plain request.</summary>
internal static class IngestBody
{
    /// <summary>What came of a body waits with the server; from so many bytes on it is copied at once, since the server's pool keeps what it ever grew to.</summary>
    private const int WaitingBytesMax = 256 << 10;

    /// <summary>The whole body in a leased buffer.</summary>
    /// <param name="reader">Where it comes from.</param>
    /// <param name="contentLength">What the request says of its length.</param>
    /// <param name="limit">Most bytes; 0: as many as an array holds.</param>
    /// <param name="budget">Where its copy is taken from.</param>
    /// <param name="cancellationToken">The client went away.</param>
    /// <exception cref="BodyTooLargeException">More than the limit; the rest is not read.</exception>
    /// <exception cref="Grpc.Core.RpcException">It does not fit into the budget.</exception>
    /// <exception cref="OperationCanceledException">The token or the server ended the read.</exception>
    public static async Task<Lease> Read(PipeReader reader, long? contentLength, long limit, BodyBudget? budget, CancellationToken cancellationToken)
    {
        if (limit <= 0 || limit > Array.MaxLength) limit = Array.MaxLength;
        if (contentLength > limit) throw new BodyTooLargeException(limit);
        using var large = new LeaseWriter();
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            // Every way out advances: a reader left in the middle of a read kills the connection for later calls.
            if (result.IsCanceled || large.Length + result.Buffer.Length > limit)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw result.IsCanceled ? new OperationCanceledException(cancellationToken) : new BodyTooLargeException(limit);
            }

            if (!result.IsCompleted && result.Buffer.Length < WaitingBytesMax)
            {
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            try
            {
                budget?.TakeCopy(result.Buffer.Length);
                if (result.IsCompleted && large.Length == 0) return Lease.Copy(result.Buffer);
                foreach (var part in result.Buffer) large.Write(part.Span);
                // What is announced is believed when a good part of it has come: growing by doubling costs twice the memory.
                if (contentLength is { } announced && announced > large.Length && large.Length >= announced / 8) large.GetSpan((int)(announced - large.Length));
            }
            finally
            {
                reader.AdvanceTo(result.Buffer.End);
            }

            if (result.IsCompleted) return large.Detach();
        }
    }
}
