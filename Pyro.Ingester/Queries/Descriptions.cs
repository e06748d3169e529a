using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Queries;

/// <summary>Tells what is held of a selection: series with row counts and checksums, and the keys of rows.</summary>
public static class Descriptions
{
    // 28 and 24 bytes each, so that a message stays below 1 MiB.
    private const int SeriesOfMessage = 32 * 1024;
    private const int KeysOfMessage = 32 * 1024;

    /// <summary>The holdings, then their series.</summary>
    public static IEnumerable<DescribeResponse> Describe(
        IReadOnlyList<TenantHead> heads, string writer, DescribeRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        var only = request.Only.Select(WireIds.UlidOf).ToHashSet();
        var views = heads.Where(h => only.Count == 0 || only.Contains(h.Ulid)).Select(static h => h.View()).ToArray();
        foreach (var view in views)
        {
            yield return new DescribeResponse { Holding = HoldingOf(view, writer) };
        }

        foreach (var view in request.HoldingsOnly ? [] : views)
        {
            foreach (var series in selection.Series(view).OrderBy(static s => s.Fingerprint).Chunk(SeriesOfMessage))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return new DescribeResponse { Series = BatchOf(view, selection, series) };
            }
        }
    }

    /// <summary>The keys of the rows of the series wanted.</summary>
    public static IEnumerable<SelectResponse> Select(IReadOnlyList<TenantHead> heads, SelectRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        foreach (var wanted in request.Wanted)
        {
            var view = Holdings.Find(heads, WireIds.UlidOf(wanted.Ulid)).View();
            var selected = selection.Series(view).ToDictionary(static s => s.Fingerprint);
            foreach (var fingerprint in wanted.Fingerprints.Distinct())
            {
                cancellation.ThrowIfCancellationRequested();
                if (selected.TryGetValue(fingerprint, out var series))
                {
                    foreach (var piece in KeysOf(view, selection, series).Chunk(KeysOfMessage))
                    {
                        yield return PieceOf(wanted.Ulid, fingerprint, piece);
                    }
                }
            }
        }
    }

    private static Holding HoldingOf(in HeadView view, string writer)
    {
        var ulid = WireIds.Bytes(view.Head.Ulid);
        var holding = new Holding { Ulid = ulid, Writer = writer, Level = 1, Open = true, Sources = { ulid } };
        if (view.Rows.Count > 0)
        {
            holding.Range = new Api.Peers.Range { Start = view.MinMillis, End = view.MaxMillis };
        }

        return holding;
    }

    private static SeriesBatch BatchOf(in HeadView view, CompiledSelection selection, HeadSeries[] chunk)
    {
        var batch = new SeriesBatch { Ulid = WireIds.Bytes(view.Head.Ulid) };
        foreach (var series in chunk)
        {
            var (rows, checksum) = Figures(view, selection, series);
            if (rows > 0)
            {
                batch.Fingerprints.Add(series.Fingerprint);
                batch.Rows.Add(rows);
                batch.Checksums.Add(checksum);
                batch.Cumulative.Add(series.Cumulative);
            }
        }

        return batch;
    }

    private static (ulong Rows, ulong Checksum) Figures(in HeadView view, CompiledSelection selection, HeadSeries series)
    {
        var figures = view.Head.Figures(series);
        if (figures.MinMillis >= selection.StartMillis && figures.MaxMillis <= selection.EndMillis)
        {
            return (figures.Rows, figures.Checksum);
        }

        var (rows, checksum) = (0UL, 0UL);
        foreach (var (time, id) in KeysOf(view, selection, series))
        {
            rows++;
            checksum += Rows.KeyHash(time, id);
        }

        return (rows, checksum);
    }

    private static List<(long Time, ProfileId Id)> KeysOf(in HeadView view, CompiledSelection selection, HeadSeries series)
    {
        var rows = view.Rows;
        var keys = new List<(long Time, ProfileId Id)>();
        foreach (var row in series.Rows)
        {
            if (row < rows.Count && selection.Covers(rows.Times[row]))
            {
                keys.Add((rows.Times[row], rows.Details[row].Id));
            }
        }

        keys.Sort();
        return keys;
    }

    private static SelectResponse PieceOf(ByteString ulid, ulong fingerprint, (long Time, ProfileId Id)[] keys)
    {
        var ids = new byte[16 * keys.Length];
        var piece = new SelectResponse { Ulid = ulid, Fingerprint = fingerprint };
        for (var i = 0; i < keys.Length; i++)
        {
            piece.Times.Add(keys[i].Time);
            keys[i].Id.Write(ids.AsSpan(16 * i));
        }

        piece.Ids = UnsafeByteOperations.UnsafeWrap(ids);
        return piece;
    }
}
