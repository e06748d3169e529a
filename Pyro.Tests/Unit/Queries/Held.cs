using System.Buffers;
using System.Text;
using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Api.Pprof;
using Pyro.Ingester.Head;
using Pyro.Ingester.Queries;
using Pyro.Memory;
using Pyro.Profiles.Records;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Queries;

/// <summary>A holder with its heads, asked as a peer asks.</summary>
internal sealed class Held
{
    public const string Tenant = "tenant";

    private readonly Ulid _open = Ulid.NewUlid();

    public Held(Func<string, long>? limit = null)
    {
        Ledger = new MemoryLedger(1L << 30);
        Store = new HeadStore(TimeProvider.System, new Random(1), limit ?? (_ => 0), "", Ledger);
        Holder = new HolderService(Store, "ingester-0", TaskScheduler.Default);
    }

    public MemoryLedger Ledger { get; }

    public HeadStore Store { get; }

    public HolderService Holder { get; }

    public void Append(ProfileRecord record, Ulid? head = null) =>
        Store.Append(Tenant, head ?? _open, record);

    public Task<LabelsResponse> Labels(LabelsRequest request) => Holder.Labels(request, new Call(Tenant));

    public async Task<List<DescribeResponse>> Describe(Selection? selection)
    {
        var parts = new Collected<DescribeResponse>();
        await Holder.Describe(new DescribeRequest { Selection = selection }, parts, new Call(Tenant));
        return parts.Items;
    }

    public async Task<List<SelectResponse>> Select(SelectRequest request)
    {
        var parts = new Collected<SelectResponse>();
        await Holder.Select(request, parts, new Call(Tenant));
        return parts.Items;
    }

    public async Task<List<SumResponse>> Sum(SumRequest request, CancellationToken cancellation = default)
    {
        var parts = new Collected<SumResponse>();
        await Holder.Sum(request, parts, new Call(Tenant, cancellation));
        Assert.All(parts.Items, part => Assert.InRange(part.CalculateSize(), 0, 1 << 20));
        return parts.Items;
    }

    /// <summary>Own values by path, root first, joined by <c>;</c>.</summary>
    public async Task<Dictionary<string, long>> Tree(Selection? selection, TreeForm? form = null, params PlanOfHolding[] plan)
    {
        var parts = await Sum(new SumRequest { Selection = selection, Tree = form ?? new TreeForm(), Plan = { plan } });
        return Paths(TreeCodec.Decode(new ReadOnlySequence<byte>(parts.SelectMany(p => p.Tree.ToByteArray()).ToArray())));
    }

    public async Task<Profile> Stacks(Selection? selection, StacksForm? form = null, params PlanOfHolding[] plan)
    {
        var parts = await Sum(new SumRequest { Selection = selection, Stacks = form ?? new StacksForm(), Plan = { plan } });
        return Profile.Parser.ParseFrom(parts.SelectMany(p => p.Stacks.ToByteArray()).ToArray());
    }

    public async Task<List<PointsOfGroup>> Points(Selection? selection, PointsForm form, params PlanOfHolding[] plan)
    {
        var parts = await Sum(new SumRequest { Selection = selection, Points = form, Plan = { plan } });
        return [.. parts.Select(p => p.Points)];
    }

    public static Dictionary<string, long> Paths(NameTree tree)
    {
        var paths = new string[tree.NodeCount];
        var values = new Dictionary<string, long>();
        for (var node = 1; node < tree.NodeCount; node++)
        {
            var name = Encoding.UTF8.GetString(tree.NameBytes(tree.Name[node]));
            paths[node] = tree.Parent[node] == 0 ? name : $"{paths[tree.Parent[node]]};{name}";
            if (tree.Self[node] != 0)
            {
                values[paths[node]] = tree.Self[node];
            }
        }

        return values;
    }
}
