using System.Globalization;

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
    private readonly SortedDictionary<string, SortedSet<Ulid>> _blocks = new(StringComparer.Ordinal);
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
        var kind = block.Reason switch
        {
            LackReason.Damaged => "damaged blocks",
            LackReason.Unsupported => "blocks of an old version",
            _ => "blocks that nobody serves",
        };
        lock (_gate)
        {
            if (!_blocks.TryGetValue(kind, out var blocks))
            {
                _blocks.Add(kind, blocks = []);
            }

            blocks.Add(block.Ulid);
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

    private static string Names(SortedSet<Ulid> blocks) => string.Join(", ", blocks.Take(NamesMax))
        + (blocks.Count > NamesMax ? string.Create(CultureInfo.InvariantCulture, $" and {blocks.Count - NamesMax} more") : "");
}

/// <summary>Why rows of a block are in no answer.</summary>
public enum LackReason
{
    /// <summary>It cannot be read.</summary>
    Damaged,

    /// <summary>It is whole, but of a version that is not read.</summary>
    Unsupported,

    /// <summary>It is in the bucket, and nobody who was asked has it.</summary>
    Unserved,
}

/// <summary>A block whose rows no other holding has.</summary>
/// <param name="Ulid">Which.</param>
/// <param name="Reason">Why it is not read.</param>
/// <param name="Fault">What is wrong, for people.</param>
public sealed record LackingBlock(Ulid Ulid, LackReason Reason, string Fault);
