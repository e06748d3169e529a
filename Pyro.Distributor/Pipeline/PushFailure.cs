using Grpc.Core;
using Pyro.Connect.Protocol;

namespace Pyro.Distributor.Pipeline;

/// <summary>Why one profile of a request was not stored.</summary>
/// <param name="Index">Its place in the request.</param>
/// <param name="Id">The id that the client gave it.</param>
/// <param name="Code">What kind of refusal; <see cref="StatusCode.Unknown"/> when it is none, but a failure of ours.</param>
/// <param name="Message">For the client.</param>
/// <param name="RetryAfter">Seconds after which it may be tried again, when a budget of our own refused it; else 0.</param>
internal sealed record PushFailure(int Index, string Id, StatusCode Code, string Message, int RetryAfter = 0)
{
    /// <summary>The text with its place: <c>push series with index 0 and id x failed: invalid_argument: …</c>.</summary>
    public override string ToString()
    {
        var code = Code == StatusCode.Unknown ? "" : ConnectCode.Name(Code) + ": ";
        return $"push series with index {Index} and id {Id} failed: {code}{Message}";
    }

    /// <summary>All of them, a line each.</summary>
    public static string Join(IEnumerable<PushFailure> failures) => string.Join('\n', failures);

    /// <summary>Seconds after which the request may be tried again; 0: no budget of our own refused it.</summary>
    public static int BudgetRetryAfterOf(IReadOnlyList<PushFailure> failures) => failures.Max(static f => f.RetryAfter);

    /// <summary>
    /// The same, and also when the ingesters could not store it, which passes. Pyroscope answers that with 500 (422 to pprof on
    /// <c>/ingest</c>) and so do we; the header tells that it is worth another try.
    /// </summary>
    public static int RetryAfterOf(IReadOnlyList<PushFailure> failures) => Math.Max(
        BudgetRetryAfterOf(failures), failures.Any(static f => f.Code is StatusCode.Unknown or StatusCode.Unavailable or StatusCode.DeadlineExceeded) ? 1 : 0);

    /// <summary>What a call is answered with: the first refusal that has a code, alone; without any, all failures with their places.</summary>
    public static Status StatusOf(IReadOnlyList<PushFailure> failures)
    {
        var coded = failures.FirstOrDefault(f => f.Code != StatusCode.Unknown);
        return coded is null ? new Status(StatusCode.Unknown, Join(failures)) : new Status(coded.Code, coded.Message);
    }
}
