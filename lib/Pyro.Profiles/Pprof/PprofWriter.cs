using System.Buffers;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// Writes the columns of a <see cref="PprofProfile"/> as a pprof message (google/pprof profile.proto), with the ids that its id
/// columns hold. To make a profile: <c>Clear</c>, <c>AddString</c> (the empty one first), <c>AddType</c>, <c>AddFunction</c>,
/// <c>AddLine</c> and <c>AddLocation</c>, <c>AddSample</c>; then write. Reusable, allocates nothing but what its buffers need to grow.
/// </summary>
public sealed class PprofWriter
{
    private byte[] _message = [];
    private int _length;

    /// <summary>Writes a profile.</summary>
    public void Write(PprofProfile p, IBufferWriter<byte> output)
    {
        for (int t = 0; t < p.TypeCount; t++)
        {
            ValueType(p.TypeName[t], p.TypeUnit[t]);
            Flush(output, 1);
        }

        for (int s = 0; s < p.SampleCount; s++)
        {
            Sample(p, s);
            Flush(output, 2);
        }

        Mappings(p, output);
        for (int l = 0; l < p.LocationCount; l++)
        {
            Location(p, l);
            Flush(output, 4);
        }

        for (int f = 0; f < p.FunctionCount; f++)
        {
            Number(1, p.FunctionId[f]);
            Number(2, (ulong)p.FunctionName[f]);
            Number(3, (ulong)p.FunctionSystemName[f]);
            Number(4, (ulong)p.FunctionFile[f]);
            Number(5, (ulong)p.FunctionStartLine[f]);
            Flush(output, 5);
        }

        for (int i = 0; i < p.StringCount; i++)
        {
            Append(p.String(i));
            Flush(output, 6);
        }

        Header(p);
        output.Write(_message.AsSpan(0, _length));
        _length = 0;
    }

    private void Header(PprofProfile p)
    {
        Number(7, (ulong)p.DropFrames);
        Number(8, (ulong)p.KeepFrames);
        Number(9, (ulong)p.TimeNanos);
        Number(10, (ulong)p.DurationNanos);
        if (p.PeriodType != 0 || p.PeriodUnit != 0)
        {
            int start = Open();
            ValueType(p.PeriodType, p.PeriodUnit);
            Close(start, 11);
        }

        Number(12, (ulong)p.Period);
        for (int i = 0; i < p.CommentCount; i++)
        {
            Varint((13 << 3) | 0);
            Varint((ulong)p.Comment[i]);
        }

        Number(14, (ulong)p.DefaultSampleType);
    }

    private void ValueType(int type, int unit)
    {
        Number(1, (ulong)type);
        Number(2, (ulong)unit);
    }

    private void Sample(PprofProfile p, int s)
    {
        int start = Open();
        foreach (ulong id in p.StackLocationId.AsSpan(p.SampleStackStart[s]..p.SampleStackStart[s + 1]))
        {
            Varint(id);
        }

        Close(start, 1);
        start = Open();
        foreach (long value in p.Values(s))
        {
            Varint((ulong)value);
        }

        Close(start, 2);
        for (int i = p.SampleLabelStart[s]; i < p.SampleLabelStart[s + 1]; i++)
        {
            start = Open();
            Number(1, (ulong)p.LabelKey[i]);
            Number(2, (ulong)p.LabelValue[i]);
            Close(start, 3);
        }
    }

    private void Mappings(PprofProfile p, IBufferWriter<byte> output)
    {
        for (int m = 0; m < p.MappingCount; m++)
        {
            Number(1, p.MappingId[m]);
            Number(2, p.MappingStart[m]);
            Number(3, p.MappingLimit[m]);
            Number(4, p.MappingOffset[m]);
            Number(5, (ulong)p.MappingFile[m]);
            Number(6, (ulong)p.MappingBuildId[m]);
            for (int bit = 0; bit < 4; bit++)
            {
                Number(7 + (uint)bit, ((uint)p.MappingFlags[m] >> bit) & 1);
            }

            Flush(output, 3);
        }
    }

    private void Location(PprofProfile p, int l)
    {
        Number(1, p.LocationId[l]);
        Number(2, p.LocationMappingId[l]);
        Number(3, p.LocationAddress[l]);
        for (int i = p.LocationLineStart[l]; i < p.LocationLineStart[l + 1]; i++)
        {
            int start = Open();
            Number(1, p.LineFunctionId[i]);
            Number(2, (ulong)p.LineNumber[i]);
            Close(start, 4);
        }

        Number(5, p.LocationFolded[l] ? 1u : 0);
    }

    /// <summary>Writes what was collected as one field of the outer message.</summary>
    private void Flush(IBufferWriter<byte> output, uint field)
    {
        Span<byte> head = stackalloc byte[16];
        int length = Put(head, (field << 3) | 2);
        length += Put(head[length..], (ulong)_length);
        output.Write(head[..length]);
        output.Write(_message.AsSpan(0, _length));
        _length = 0;
    }

    /// <summary>Where a nested field begins; its tag and length are put before it by <see cref="Close"/>.</summary>
    private int Open() => _length;

    private void Close(int start, uint field)
    {
        int size = _length - start;
        Span<byte> head = stackalloc byte[16];
        int length = Put(head, (field << 3) | 2);
        length += Put(head[length..], (ulong)size);
        PprofProfile.Reserve(ref _message, _length + length);
        _message.AsSpan(start, size).CopyTo(_message.AsSpan(start + length));
        head[..length].CopyTo(_message.AsSpan(start));
        _length += length;
    }

    private void Number(uint field, ulong value)
    {
        if (value != 0)
        {
            Varint(field << 3);
            Varint(value);
        }
    }

    private void Varint(ulong value)
    {
        PprofProfile.Reserve(ref _message, _length + 10);
        _length += Put(_message.AsSpan(_length), value);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        PprofProfile.Reserve(ref _message, _length + bytes.Length);
        bytes.CopyTo(_message.AsSpan(_length));
        _length += bytes.Length;
    }

    private static int Put(Span<byte> target, ulong value)
    {
        int i = 0;
        for (; value >= 0x80; value >>= 7)
        {
            target[i++] = (byte)(value | 0x80);
        }

        target[i] = (byte)value;
        return i + 1;
    }
}
