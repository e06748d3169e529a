using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>Sums rows by stack and writes the sums as one pprof profile (google.v1.Profile).</summary>
public static class PprofSum
{
    private const int CheckEvery = 1024;

    /// <summary>The profile of some rows, in pieces that belong one after another.</summary>
    public static List<SumResponse> Of(IReadOnlyList<HeldRows> held, StacksForm form, SumMemory memory, CancellationToken cancellation)
    {
        var profile = new PprofPieces();
        var pieces = new List<SumResponse>();
        foreach (var rows in held)
        {
            foreach (var (partition, sums) in StackSums.Of(rows, null, memory, cancellation).Partitions)
            {
                Write(partition, sums.Span, form.StackTraceSelector, profile, () => Take(profile, pieces, memory, cancellation));
            }
        }

        Take(profile, pieces, memory, cancellation);
        pieces.Add(profile.TakeLast());
        return pieces;
    }

    private static void Write(Partition partition, ReadOnlySpan<long> sums, StackTraceSelector? selector, PprofPieces profile, Action written)
    {
        // A Go PGO selector makes the server ignore the call site.
        var pgo = selector?.GoPgo;
        string[] path = pgo is null && selector is not null ? [.. selector.CallSite.Select(static l => l.Name)] : [];
        var under = path.Length > 0 ? CallSite.Under(partition.Functions.View(), path) : null;
        var symbols = partition.View();
        var frames = new List<int>();
        profile.Begin(new HeadSymbols(symbols));
        for (var stack = 1; stack < sums.Length; stack++)
        {
            if (sums[stack] != 0 && (under is null || under[stack]))
            {
                frames.Clear();
                for (var node = stack; node > 0; node = StackTree.Parent(symbols.Stacks[node]))
                {
                    frames.Add(StackTree.Location(symbols.Stacks[node]));
                }

                profile.Sample(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(frames), sums[stack]);
            }

            if (stack % CheckEvery == 0)
            {
                written();
            }
        }
    }

    private static void Take(PprofPieces profile, List<SumResponse> pieces, SumMemory memory, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        while (profile.TryTake(memory, out var piece))
        {
            pieces.Add(piece);
        }
    }
}
