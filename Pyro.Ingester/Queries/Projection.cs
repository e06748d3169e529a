using Pyro.Api.Types;
using Pyro.Ingester.Head;
using Pyro.Profiles;
using Pyro.Profiles.Labels;

namespace Pyro.Ingester.Queries;

/// <summary>
/// The distinct label sets that the series of a head have when only some labels are kept: a group each, in order of first
/// appearance. A group is a value id for each name, -1 where it has none.
/// </summary>
public sealed class Projection
{
    private readonly IndexView _index;
    private readonly string[] _names;
    private readonly int[] _columnOfName;
    private readonly int[] _row;
    private readonly List<int> _values = [];
    private readonly Dictionary<int, LabelPair>[] _pairs;
    private int[] _slots = new int[64];

    /// <summary>No groups yet.</summary>
    /// <param name="index">The head's series.</param>
    /// <param name="by">The labels to keep.</param>
    public Projection(in IndexView index, IEnumerable<string> by)
    {
        _index = index;
        _names = [.. by.Distinct().Where(n => Known(n)).Order(Utf8Order.Comparer)];
        _columnOfName = new int[index.Names.Length];
        _columnOfName.AsSpan().Fill(-1);
        for (var column = 0; column < _names.Length; column++)
        {
            _columnOfName[index.NameId(_names[column])] = column;
        }

        _row = new int[_names.Length];
        _pairs = [.. _names.Select(static _ => new Dictionary<int, LabelPair>())];
    }

    /// <summary>How many groups.</summary>
    public int Count { get; private set; }

    /// <summary>The group of a series, made when new.</summary>
    public int GroupOf(HeadSeries series)
    {
        _row.AsSpan().Fill(-1);
        var ids = series.LabelIds;
        for (var i = 0; i < ids.Length; i += 2)
        {
            if (ids[i] < _columnOfName.Length && _columnOfName[ids[i]] is >= 0 and var column)
            {
                _row[column] = ids[i + 1];
            }
        }

        var mask = _slots.Length - 1;
        var at = (int)Hash(_row) & mask;
        for (; _slots[at] != 0; at = (at + 1) & mask)
        {
            if (Row(_slots[at] - 1).SequenceEqual(_row))
            {
                return _slots[at] - 1;
            }
        }

        _slots[at] = ++Count;
        _values.AddRange(_row);
        if (Count * 2 > _slots.Length)
        {
            GrowSlots();
        }

        return Count - 1;
    }

    /// <summary>The labels of a group, by name.</summary>
    public Labels LabelsOf(int group)
    {
        var labels = new Labels();
        var row = Row(group);
        for (var column = 0; column < row.Length; column++)
        {
            if (row[column] >= 0)
            {
                labels.Labels_.Add(PairOf(column, row[column]));
            }
        }

        return labels;
    }

    // A message that is sent is never changed, so the sets share their pairs.
    private LabelPair PairOf(int column, int value)
    {
        if (!_pairs[column].TryGetValue(value, out var pair))
        {
            var name = _index.Names[_index.NameId(_names[column])];
            pair = new LabelPair { Name = name.Name, Value = name.ValueOf(value) };
            _pairs[column].Add(value, pair);
        }

        return pair;
    }

    private bool Known(string name) => _index.NameId(name) >= 0;

    private ReadOnlySpan<int> Row(int group) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_values).Slice(group * _names.Length, _names.Length);

    private static ulong Hash(ReadOnlySpan<int> row) =>
        SeededHash.Of(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row), 0);

    private void GrowSlots()
    {
        var slots = new int[_slots.Length * 2];
        var mask = slots.Length - 1;
        for (var group = 0; group < Count; group++)
        {
            var at = (int)Hash(Row(group)) & mask;
            while (slots[at] != 0)
            {
                at = (at + 1) & mask;
            }

            slots[at] = group + 1;
        }

        _slots = slots;
    }
}
