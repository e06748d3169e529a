namespace Pyro.Ring;

/// <summary>All tokens of a ring in ascending order, each with the one member that owns it.</summary>
internal sealed class TokenTable
{
    private readonly RingMember[] _members;
    private readonly uint[] _tokens;
    private readonly int[] _owners;

    private TokenTable(RingMember[] members, uint[] tokens, int[] owners)
    {
        _members = members;
        _tokens = tokens;
        _owners = owners;
    }

    public static TokenTable Empty { get; } = new([], [], []);

    /// <summary>How many tokens there are.</summary>
    public int Count => _tokens.Length;

    /// <summary>Index of the member that owns the token at a place.</summary>
    public int Owner(int place) => _owners[place];

    /// <summary>The token at a place.</summary>
    public uint Token(int place) => _tokens[place];

    /// <summary>The place of the first token strictly greater than a key, around the end to the first.</summary>
    public int After(uint key)
    {
        var place = _tokens.AsSpan().BinarySearch(key);
        place = place < 0 ? ~place : place + 1;
        return place == _tokens.Length ? 0 : place;
    }

    /// <summary>Whether these members claim exactly what this table was made of.</summary>
    public bool IsOf(RingMember[] members)
    {
        if (members.Length != _members.Length) return false;
        for (var i = 0; i < members.Length; i++)
        {
            var (was, now) = (_members[i], members[i]);
            if (was.Id != now.Id || Loses(was) != Loses(now) || !RingMember.SameTokens(was.Tokens, now.Tokens)) return false;
        }

        return true;
    }

    /// <summary>
    /// The table of members sorted by id. A token that several claim goes to one that is not LEAVING, of those to the smaller id;
    /// every process settles it alike from the same claims.
    /// </summary>
    public static TokenTable Of(RingMember[] members)
    {
        var claims = new List<(uint Token, bool Loses, int Member)>();
        for (var i = 0; i < members.Length; i++)
        {
            foreach (var token in members[i].Tokens) claims.Add((token, Loses(members[i]), i));
        }

        claims.Sort();
        var tokens = new List<uint>(claims.Count);
        var owners = new List<int>(claims.Count);
        foreach (var claim in claims)
        {
            if (tokens.Count > 0 && tokens[^1] == claim.Token) continue;
            tokens.Add(claim.Token);
            owners.Add(claim.Member);
        }

        return new TokenTable(members, [.. tokens], [.. owners]);
    }

    private static bool Loses(RingMember member) => member.State == MemberState.Leaving;
}
