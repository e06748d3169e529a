using System.Buffers;
using System.Runtime.InteropServices;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>The strings of a record that is made here; string 0 is empty.</summary>
internal sealed class RecordStrings
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly List<int> _start = [0, 0];

    /// <summary>Adds a string.</summary>
    /// <returns>Its index.</returns>
    public int Add(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        _text.Write(text);
        _start.Add(_text.WrittenCount);
        return _start.Count - 2;
    }

    /// <summary>Begins anew with those of a record.</summary>
    public void Reset(ProfileRecord record)
    {
        _text.ResetWrittenCount();
        CollectionsMarshal.SetCount(_start, 2);
        for (var i = 1; i < record.StringCount; i++)
        {
            Add(record.String(i));
        }
    }

    /// <summary>Makes them the strings of a record, until they begin anew.</summary>
    public void WriteTo(ProfileRecord record)
    {
        record.StringCount = _start.Count - 1;
        if (record.StringStart.Length < _start.Count)
        {
            record.StringStart = new int[_start.Capacity];
        }

        _start.CopyTo(record.StringStart);
        record.StringBytes = _text.WrittenMemory;
    }
}
