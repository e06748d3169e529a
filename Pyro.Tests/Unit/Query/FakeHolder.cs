using System.Buffers.Binary;
using System.IO.Hashing;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Query.Querier;

namespace Pyro.Tests.Unit.Query;

/// <summary>A row of the fake holders: the value of one profile of one series.</summary>
public sealed record Row(ulong Series, long Millis, UInt128 Id, long Value)
{
    public RowKey Key => new(Millis * 1_000_000, Id);
}

/// <summary>A holding of the fake holders.</summary>
public sealed class FakeHolding(byte name, bool open = true)
{
    public ByteString Ulid { get; } = ByteString.CopyFrom([.. Enumerable.Repeat(name, 16)]);

    public bool Open => open;

    public bool Cumulative { get; init; }

    /// <summary>Whether its rows are known by their times alone.</summary>
    public bool ByTime { get; init; }

    /// <summary>Why its rows cannot be read, or empty.</summary>
    public string Fault { get; init; } = "";

    public List<Row> Rows { get; } = [];
}

/// <summary>A holder with rows in memory that can be told to fail.</summary>
public sealed class FakeHolder : Holder.HolderBase
{
    public List<FakeHolding> Holdings { get; } = [];

    /// <summary>Who wrote its holdings.</summary>
    public string Writer { get; init; } = "";

    /// <summary>What every call fails with.</summary>
    public StatusCode? Failure { get; set; }

    /// <summary>What Sum alone fails with.</summary>
    public StatusCode? SumFailure { get; set; }

    /// <summary>Whether a sum without a plan is refused.</summary>
    public bool NeedsPlan { get; set; }

    /// <summary>Runs before a sum, once.</summary>
    public Action? BeforeSum { get; set; }

    /// <summary>Runs before labels are answered.</summary>
    public Action? BeforeLabels { get; set; }

    /// <summary>Runs before series are described, once.</summary>
    public Action? BeforeSeries { get; set; }

    /// <summary>While set, no call is answered.</summary>
    public Task? Frozen { get; set; }

    public List<SumRequest> Sums { get; } = [];

    public List<SelectRequest> Selects { get; } = [];

    public List<string> Tenants { get; } = [];

    public int Describes { get; private set; }

    public LabelsResponse LabelsAnswer { get; set; } = new();

    public List<LabelsRequest> LabelsAsked { get; } = [];

    public override async Task<LabelsResponse> Labels(LabelsRequest request, ServerCallContext context)
    {
        await Enter(context);
        BeforeLabels?.Invoke();
        LabelsAsked.Add(request);
        var answer = LabelsAnswer.Clone();
        answer.Gone.Add(request.Expected.Where(ulid => !Holdings.Exists(h => h.Ulid == ulid)));
        return answer;
    }

    public override async Task Describe(DescribeRequest request, IServerStreamWriter<DescribeResponse> responseStream, ServerCallContext context)
    {
        await Enter(context);
        Describes++;
        if (!request.HoldingsOnly)
        {
            var before = BeforeSeries;
            BeforeSeries = null;
            before?.Invoke();
        }

        foreach (var holding in Holdings)
        {
            var rows = Selected(holding, request.Selection).ToList();
            if (rows.Count == 0) continue;
            await responseStream.WriteAsync(new DescribeResponse
            {
                Holding = new Holding
                {
                    Ulid = holding.Ulid,
                    Writer = Writer,
                    Open = holding.Open,
                    Fault = holding.Fault,
                    Range = new Api.Peers.Range { Start = rows.Min(r => r.Millis), End = rows.Max(r => r.Millis) },
                },
            });
        }

        foreach (var holding in request.HoldingsOnly ? [] : Holdings.FindAll(h => h.Fault.Length == 0))
        {
            // Two batches, as a large holding has.
            foreach (var group in Selected(holding, request.Selection).GroupBy(r => r.Series).OrderBy(g => g.Key).Chunk(2))
            {
                var batch = new SeriesBatch { Ulid = holding.Ulid };
                foreach (var series in group)
                {
                    batch.Fingerprints.Add(series.Key);
                    batch.Rows.Add((ulong)series.Count());
                    batch.Checksums.Add(series.Aggregate(0UL, (sum, row) => sum + Hash(row)));
                    batch.Cumulative.Add(holding.Cumulative);
                }

                await responseStream.WriteAsync(new DescribeResponse { Series = batch });
            }
        }
    }

    public override async Task Select(SelectRequest request, IServerStreamWriter<SelectResponse> responseStream, ServerCallContext context)
    {
        await Enter(context);
        Selects.Add(request);
        foreach (var wanted in request.Wanted)
        {
            var holding = Find(wanted.Ulid);
            foreach (var fingerprint in wanted.Fingerprints)
            {
                foreach (var part in Selected(holding, request.Selection).Where(r => r.Series == fingerprint).OrderBy(r => r.Key.Time).Chunk(3))
                {
                    var ids = new byte[16 * part.Length];
                    for (var i = 0; i < part.Length; i++) BinaryPrimitives.WriteUInt128BigEndian(ids.AsSpan(16 * i), part[i].Id);
                    var answer = new SelectResponse { Ulid = wanted.Ulid, Fingerprint = fingerprint, Ids = ByteString.CopyFrom(ids), ByTime = holding.ByTime };
                    answer.Times.AddRange(part.Select(r => r.Key.Time));
                    await responseStream.WriteAsync(answer);
                }
            }
        }
    }

    public override async Task Sum(SumRequest request, IServerStreamWriter<SumResponse> responseStream, ServerCallContext context)
    {
        await Enter(context);
        Sums.Add(request);
        if (SumFailure is { } failure) throw new RpcException(new Status(failure, "the sum failed"));
        if (NeedsPlan && request.Plan.Count == 0) throw new RpcException(new Status(StatusCode.FailedPrecondition, "plan needed"));
        var before = BeforeSum;
        BeforeSum = null;
        before?.Invoke();
        foreach (var series in Planned(request).GroupBy(r => r.Series).OrderBy(g => g.Key))
        {
            var points = new PointsOfGroup { Labels = Labels(series.Key, request.Points.GroupBy) };
            foreach (var point in series.GroupBy(r => Point(r.Millis, request.Points)).Where(p => p.Key <= request.Points.End).OrderBy(p => p.Key))
            {
                points.Times.Add(point.Key);
                points.Sums.Add(point.Sum(r => r.Value));
                points.Counts.Add((ulong)point.Count());
            }

            await responseStream.WriteAsync(new SumResponse { Points = points });
        }
    }

    /// <summary>Series n has the labels <c>even</c> and, if odd, <c>n</c>.</summary>
    public static Labels Labels(ulong series, IEnumerable<string> by)
    {
        var labels = new Labels();
        if (by.Contains("even")) labels.Labels_.Add(new LabelPair { Name = "even", Value = series % 2 == 0 ? "yes" : "no" });
        if (by.Contains("n") && series % 2 == 1) labels.Labels_.Add(new LabelPair { Name = "n", Value = $"{series}" });
        return labels;
    }

    private async Task Enter(ServerCallContext context)
    {
        if (Frozen is { } frozen) await frozen.WaitAsync(context.CancellationToken);
        Tenants.Add(context.RequestHeaders.GetValue("x-scope-orgid") ?? "");
        if (Failure is { } failure) throw new RpcException(new Status(failure, "the holder failed"));
    }

    private FakeHolding Find(ByteString ulid) =>
        Holdings.Find(h => h.Ulid == ulid) ?? throw new RpcException(new Status(StatusCode.NotFound, "not held"));

    private IEnumerable<Row> Planned(SumRequest request)
    {
        if (request.Plan.Count == 0) return Holdings.SelectMany(h => Selected(h, request.Selection));
        return request.Plan.SelectMany(part =>
        {
            var rows = Selected(Find(part.Ulid), request.Selection);
            return part.Whole ? rows : rows.Where(row => part.Series.Any(s => s.Fingerprint == row.Series && (s.Whole || Lists(s, row))));
        }).ToList();
    }

    private static bool Lists(PlanOfSeries series, Row row) => series.Times.Select((time, i) =>
        new RowKey(time, BinaryPrimitives.ReadUInt128BigEndian(series.Ids.Span.Slice(16 * i, 16)))).Contains(row.Key);

    private static IEnumerable<Row> Selected(FakeHolding holding, Selection selection) => holding.Rows.Where(r =>
        selection.Range is null || (r.Millis >= selection.Range.Start && r.Millis <= selection.Range.End));

    private static long Point(long millis, PointsForm form) =>
        millis <= form.Start ? form.Start : form.Start + ((millis - form.Start + form.Step - 1) / form.Step * form.Step);

    private static ulong Hash(Row row)
    {
        Span<byte> key = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(key, row.Key.Time);
        BinaryPrimitives.WriteUInt128BigEndian(key[8..], row.Id);
        return XxHash64.HashToUInt64(key);
    }
}
