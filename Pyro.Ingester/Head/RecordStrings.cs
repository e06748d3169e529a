using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>The strings of a record that is made here; string 0 is empty.</summary>
internal sealed class RecordStrings
{
    private readonly List<byte> _text = [];
    private readonly List<int> _start = [0, 0];

    /// <summary>Adds a string.</summary>
    /// <returns>Its index.</returns>
    public int Add(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        _text.AddRange(text);
        _start.Add(_text.Count);
        return _start.Count - 2;
    }

    /// <summary>Begins anew with those of a record.</summary>
    public void Reset(ProfileRecord record)
    {
        _text.Clear();
        _start.Clear();
        _start.AddRange([0, 0]);
        for (var i = 1; i < record.StringCount; i++)
        {
            Add(record.String(i));
        }
    }

    /// <summary>Makes them the strings of a record.</summary>
    public void WriteTo(ProfileRecord record)
    {
        record.StringCount = _start.Count - 1;
        record.StringStart = [.. _start];
        record.StringBytes = _text.ToArray();
    }
}
