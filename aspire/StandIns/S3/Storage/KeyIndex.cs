using System.Text;

namespace Aspire.StandIns.S3.Storage;

/// <summary>One page of a listing.</summary>
/// <param name="Objects">In order.</param>
/// <param name="Prefixes">What keys have in common up to the delimiter, in order.</param>
/// <param name="Next">After what the next page begins; null: there is none.</param>
internal sealed record KeyPage(IReadOnlyList<ObjectFacts> Objects, IReadOnlyList<string> Prefixes, string? Next);

/// <summary>The objects of a bucket in the order of their keys' bytes. Not safe for several threads.</summary>
internal sealed class KeyIndex
{
    private readonly List<(byte[] Key, ObjectFacts Facts)> _entries = [];

    /// <summary>How many.</summary>
    public int Count => _entries.Count;

    /// <summary>The object of a key, or null.</summary>
    public ObjectFacts? Find(string key) => Search(Encoding.UTF8.GetBytes(key)) is >= 0 and var at ? _entries[at].Facts : null;

    /// <summary>Adds or replaces.</summary>
    public void Set(ObjectFacts facts)
    {
        var key = Encoding.UTF8.GetBytes(facts.Key);
        var at = Search(key);
        if (at >= 0)
            _entries[at] = (key, facts);
        else
            _entries.Insert(~at, (key, facts));
    }

    /// <summary>Fills an empty one.</summary>
    public void Fill(IEnumerable<ObjectFacts> all)
    {
        _entries.AddRange(all.Select(facts => (Encoding.UTF8.GetBytes(facts.Key), facts)));
        _entries.Sort(static (one, other) => one.Key.AsSpan().SequenceCompareTo(other.Key));
    }

    /// <summary>Removes, when it is there.</summary>
    public void Remove(string key)
    {
        if (Search(Encoding.UTF8.GetBytes(key)) is >= 0 and var at)
            _entries.RemoveAt(at);
    }

    /// <summary>Lists.</summary>
    /// <param name="prefix">What keys begin with.</param>
    /// <param name="delimiter">Where they are cut; "": nowhere.</param>
    /// <param name="after">Only what comes after this key, or after all keys of this common prefix; "": all.</param>
    /// <param name="most">Objects and prefixes together, at most.</param>
    public KeyPage Page(string prefix, string delimiter, string after, int most)
    {
        var objects = new List<ObjectFacts>();
        var prefixes = new List<string>();
        var start = Encoding.UTF8.GetBytes(prefix);
        var cut = Encoding.UTF8.GetBytes(delimiter);
        var last = "";
        for (var at = First(start, cut, Encoding.UTF8.GetBytes(after)); most > 0 && at < _entries.Count && _entries[at].Key.AsSpan().StartsWith(start);)
        {
            if (objects.Count + prefixes.Count == most)
                return new(objects, prefixes, last);
            var (key, facts) = _entries[at];
            if (Group(key, start.Length, cut) is { } group)
            {
                prefixes.Add(last = Encoding.UTF8.GetString(group));
                at = Beyond(group);
            }
            else
            {
                objects.Add(facts);
                last = facts.Key;
                at++;
            }
        }
        return new(objects, prefixes, null);
    }

    private int First(byte[] prefix, byte[] delimiter, byte[] after)
    {
        var begin = Search(prefix) is < 0 and var at ? ~at : Search(prefix);
        if (after.Length == 0)
            return begin;
        var isGroup = after.AsSpan().StartsWith(prefix) && Group(after, prefix.Length, delimiter) is { } group && group.Length == after.Length;
        var next = isGroup ? Beyond(after) : Search(after) is >= 0 and var same ? same + 1 : ~Search(after);
        return Math.Max(begin, next);
    }

    /// <summary>The part of a key up to the first delimiter after the prefix, or null.</summary>
    private static byte[]? Group(byte[] key, int prefix, byte[] delimiter)
    {
        if (delimiter.Length == 0)
            return null;
        var at = key.AsSpan(prefix).IndexOf(delimiter);
        return at < 0 ? null : key[..(prefix + at + delimiter.Length)];
    }

    /// <summary>Where the first key is that comes after all that begin with a prefix.</summary>
    private int Beyond(byte[] prefix)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            var key = _entries[middle].Key.AsSpan();
            if (key.StartsWith(prefix) || key.SequenceCompareTo(prefix) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private int Search(byte[] key)
    {
        int low = 0, high = _entries.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _entries[middle].Key.AsSpan().SequenceCompareTo(key);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }
}
