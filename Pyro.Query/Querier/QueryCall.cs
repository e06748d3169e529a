using System.Globalization;
using Pyro.Api.Peers;
using Pyro.Blocks.Meta;

namespace Pyro.Query.Querier;

/// <summary>
/// One question of a client: whose profiles, and what of them its answer lacks. What is damaged is answered without and marked; what is only away
/// is an error, unless the client said that it takes an answer without. Filled by all parts of a query, on any thread.
/// </summary>
/// <param name="tenant">Whose profiles.</param>
/// <param name="mayLack">Whether the client takes an answer without what cannot be reached now.</param>
public sealed class QueryCall(string tenant, bool mayLack = false)
{
    // A header has to stay short.
    private const int NamesMax = 8;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, SortedDictionary<Ulid, int>> _blocks = new(StringComparer.Ordinal);
    private bool _unlisted;

    /// <summary>Whose profiles.</summary>
    public string Tenant => tenant;

    /// <summary>Whether the client takes an answer without what cannot be reached now.</summary>
    public bool MayLack => mayLack;

    /// <summary>What the answer lacks, for people; null: it is whole.</summary>
    public string? Mark
    {
        get
        {
            lock (_gate)
            {
                IEnumerable<string> parts = _blocks.Select(static kind => $"{kind.Key}: {Names(kind.Value)}");
                if (_unlisted)
                {
                    parts = parts.Append("the bucket cannot be listed");
                }

                var mark = string.Join("; ", parts);
                return mark.Length > 0 ? mark : null;
            }
        }
    }

    /// <summary>The answer is made without a block.</summary>
    public void Lack(LackingBlock block)
    {
        var kind = block.Version > 0 ? "blocks whose version is not supported"
            : block.Reason == LackReason.Damaged ? "damaged blocks" : "blocks that nobody serves";
        lock (_gate)
        {
            if (!_blocks.TryGetValue(kind, out var blocks))
            {
                _blocks.Add(kind, blocks = []);
            }

            blocks[block.Ulid] = block.Version;
        }
    }

    /// <summary>The answer is made without knowing which blocks are in the bucket.</summary>
    public void LackListing()
    {
        lock (_gate)
        {
            _unlisted = true;
        }
    }

    private static string Names(SortedDictionary<Ulid, int> blocks) => string.Join(", ", blocks.Take(NamesMax).Select(static b => Name(b.Key, b.Value)))
        + (blocks.Count > NamesMax ? string.Create(CultureInfo.InvariantCulture, $" and {blocks.Count - NamesMax} more") : "");

    private static string Name(Ulid block, int version) => version > 0 ? string.Create(CultureInfo.InvariantCulture, $"{block} (version {version})") : $"{block}";
}

/// <summary>Why rows of a block are in no answer.</summary>
public enum LackReason
{
    /// <summary>It cannot be read; perhaps not even its meta.json can, or that is of a later version.</summary>
    Damaged,

    /// <summary>It is whole, but of an old version.</summary>
    Unsupported,

    /// <summary>It is in the bucket, and nobody who was asked has it.</summary>
    Unserved,
}

/// <summary>A block whose rows no other holding has.</summary>
/// <param name="Ulid">Which.</param>
/// <param name="Reason">Why it is not read.</param>
/// <param name="Fault">What is wrong, for people.</param>
public sealed record LackingBlock(Ulid Ulid, LackReason Reason, string Fault)
{
    /// <summary>Its version, when that is not supported; else 0.</summary>
    public int Version { get; init; }

    /// <summary>A block that a holder has and cannot read.</summary>
    public static LackingBlock Of(Holding holding) =>
        new(new Ulid(holding.Ulid.Span), holding.UnsupportedVersion is > 0 and < BlockMeta.WrittenVersion ? LackReason.Unsupported : LackReason.Damaged, holding.Fault)
        {
            Version = (int)holding.UnsupportedVersion,
        };

    /// <summary>A block of the bucket whose meta.json cannot be read: waiting or another client would not help, so the rest is answered.</summary>
    public static LackingBlock Of(Ulid block, IOException fault) =>
        new(block, LackReason.Damaged, fault.Message) { Version = fault is UnsupportedBlockException unsupported ? unsupported.Version : 0 };
}
