using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Pyro.Query.Querier;

/// <summary>The parts of a streamed answer, one after another.</summary>
internal static class AnswerParts
{
    /// <summary>Each part as it comes; unlike gRPC's own way to read them all it goes on where it was called, so that a simulation can run it.</summary>
    public static async IAsyncEnumerable<T> Each<T>(this IAsyncStreamReader<T> answer, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (await answer.MoveNext(cancel)) yield return answer.Current;
    }
}
