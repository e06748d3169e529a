namespace Aspire.Dashboard.ConsoleLogs;

/// <summary>A line of an instance in a view.</summary>
/// <param name="Sequence">Its number in the view.</param>
/// <param name="Instance">Who wrote it.</param>
/// <param name="Line">The line.</param>
/// <param name="Plain">Its text without escape sequences.</param>
internal sealed record ConsoleLine(long Sequence, string Instance, DashboardLogLine Line, string Plain);

/// <summary>
/// What one open page holds of the logs that it shows: the newest lines, in a ring bounded by number and characters, and the numbers
/// of those that match the search. New lines wait until <see cref="Drain"/>, so that a paused page stands still and however fast the
/// lines come, each costs the same.
/// </summary>
internal sealed class ConsoleView(int maxLines = ConsoleView.MaxLines, long maxCharacters = ConsoleView.MaxCharacters)
{
    /// <summary>Lines kept.</summary>
    public const int MaxLines = 100_000;

    /// <summary>Characters kept: 16 MiB.</summary>
    public const long MaxCharacters = 8 << 20;

    /// <summary>Characters of a line; the rest is cut.</summary>
    public const int MaxLineLength = 8192;

    private readonly Lock _lock = new();
    private readonly ConsoleLine?[] _ring = new ConsoleLine?[maxLines];
    private readonly Queue<(string Instance, DashboardLogLine Line)> _waiting = new();
    private readonly List<long> _matches = [];
    private int _matchesGone;
    private long _first, _next, _characters, _dropped;

    /// <summary>What is searched for; empty: all lines are shown.</summary>
    public string Search { get; private set; } = "";

    /// <summary>The lines shown.</summary>
    public int Count => Search.Length == 0 ? Total : _matches.Count - _matchesGone;

    /// <summary>The lines held.</summary>
    public int Total => (int)(_next - _first);

    /// <summary>Lines that made room for newer ones.</summary>
    public long Dropped => _dropped;

    /// <summary>Takes lines from any thread; they are shown after the next <see cref="Drain"/>.</summary>
    public void Take(string instance, IReadOnlyList<DashboardLogLine> lines)
    {
        lock (_lock)
        {
            for (var i = 0; i < lines.Count; i++)
            {
                if (_waiting.Count == _ring.Length)
                {
                    _waiting.Dequeue();
                    _dropped++;
                }
                _waiting.Enqueue((instance, lines[i]));
            }
        }
    }

    /// <summary>Shows the lines that wait, in the order of their times; false: there are none.</summary>
    public bool Drain()
    {
        (string Instance, DashboardLogLine Line)[] fresh;
        lock (_lock)
        {
            if (_waiting.Count == 0)
                return false;
            fresh = [.. _waiting];
            _waiting.Clear();
        }
        // Several instances deliver in turn; within one, the lines keep their order since the sort is stable.
        foreach (var (instance, line) in fresh.OrderBy(item => item.Line.Time))
            Add(instance, line);
        return true;
    }

    /// <summary>Searches for another text, or for nothing.</summary>
    public void Find(string search)
    {
        Search = search;
        _matches.Clear();
        _matchesGone = 0;
        if (search.Length == 0)
            return;
        for (var i = _first; i < _next; i++)
        {
            if (Matches(_ring[i % _ring.Length]!))
                _matches.Add(i);
        }
    }

    /// <summary>Forgets all lines.</summary>
    public void Clear()
    {
        lock (_lock)
            _waiting.Clear();
        Array.Clear(_ring);
        _first = _next;
        _characters = 0;
        Find(Search);
    }

    /// <summary>Some of the lines shown, the oldest first.</summary>
    public List<ConsoleLine> Lines(int start, int count)
    {
        var lines = new List<ConsoleLine>();
        for (var i = Math.Max(0, start); i < Math.Min(Count, start + count); i++)
            lines.Add(_ring[(Search.Length == 0 ? _first + i : _matches[_matchesGone + i]) % _ring.Length]!);
        return lines;
    }

    private void Add(string instance, DashboardLogLine line)
    {
        if (line.Text.Length > MaxLineLength)
            line = line with { Text = line.Text[..MaxLineLength] + "…" };
        var added = new ConsoleLine(_next, instance, line, AnsiText.Strip(line.Text));
        if (Total == _ring.Length)
            DropFirst();
        _ring[_next % _ring.Length] = added;
        if (Search.Length > 0 && Matches(added))
            _matches.Add(_next);
        _next++;
        _characters += line.Text.Length;
        while (_characters > maxCharacters && Total > 1)
            DropFirst();
    }

    private bool Matches(ConsoleLine line) => line.Plain.Contains(Search, StringComparison.OrdinalIgnoreCase);

    private void DropFirst()
    {
        ref var slot = ref _ring[_first % _ring.Length];
        _characters -= slot!.Line.Text.Length;
        slot = null;
        _dropped++;
        if (_matches.Count > _matchesGone && _matches[_matchesGone] == _first)
            _matchesGone++;
        _first++;
        // The gone matches are cut off in large pieces.
        if (_matchesGone > 4096 && _matchesGone > _matches.Count / 2)
        {
            _matches.RemoveRange(0, _matchesGone);
            _matchesGone = 0;
        }
    }
}
