using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// Decodes a pprof message (google/pprof profile.proto) into the columns of a <see cref="PprofProfile"/>. Repeated numbers may come
/// packed or not, fields in any order, unknown fields are passed over; a known field of the wrong wire type is an error.
/// </summary>
internal static class PprofDecoder
{
    private const uint Varint = 0, Delimited = 2;

    /// <summary>Decodes the first <see cref="PprofProfile.RawLength"/> bytes of the text.</summary>
    /// <exception cref="PprofFormatException">The bytes are no such message.</exception>
    public static void Decode(PprofProfile p)
    {
        p.LocationLineStart[0] = p.SampleStackStart[0] = p.SampleValueStart[0] = p.SampleLabelStart[0] = 0;
        int frames = 0, values = 0, labels = 0;
        var reader = new WireReader(p.Text.AsSpan(0, p.RawLength));
        while (!reader.AtEnd)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Delimited:
                    Type(p, reader.Bytes());
                    break;
                case (2 << 3) | Delimited:
                    Sample(p, reader.Bytes(), ref frames, ref values, ref labels);
                    break;
                case (3 << 3) | Delimited:
                    Mapping(p, reader.Bytes());
                    break;
                case (4 << 3) | Delimited:
                    Location(p, reader.Bytes());
                    break;
                case (5 << 3) | Delimited:
                    Function(p, reader.Bytes());
                    break;
                case (6 << 3) | Delimited:
                    ReadOnlySpan<byte> text = reader.Bytes();
                    AddText(p, reader.Position - text.Length, text.Length);
                    break;
                case (7 << 3) | Varint:
                    p.DropFrames = Index(reader.Varint());
                    break;
                case (8 << 3) | Varint:
                    p.KeepFrames = Index(reader.Varint());
                    break;
                case (9 << 3) | Varint:
                    p.TimeNanos = (long)reader.Varint();
                    break;
                case (10 << 3) | Varint:
                    p.DurationNanos = (long)reader.Varint();
                    break;
                case (11 << 3) | Delimited:
                    ValueType(reader.Bytes(), ref p.PeriodType, ref p.PeriodUnit);
                    break;
                case (12 << 3) | Varint:
                    p.Period = (long)reader.Varint();
                    break;
                case (13 << 3) | Varint:
                    AddComment(p, reader.Varint());
                    break;
                case (13 << 3) | Delimited:
                    for (var packed = new WireReader(reader.Bytes()); !packed.AtEnd;)
                    {
                        AddComment(p, packed.Varint());
                    }

                    break;
                case (14 << 3) | Varint:
                    p.DefaultSampleType = Index(reader.Varint());
                    break;
                default:
                    SkipUnknown(ref reader, tag, 14);
                    break;
            }
        }

        p.ResolveIds();
    }

    /// <summary>A string index; what no table can hold becomes -1.</summary>
    private static int Index(ulong value) => value <= int.MaxValue ? (int)value : -1;

    private static void SkipUnknown(ref WireReader reader, uint tag, uint known)
    {
        if (tag >> 3 <= known)
        {
            throw new PprofFormatException($"field {tag >> 3} has wire type {tag & 7}");
        }

        reader.Skip(tag);
    }

    private static void AddText(PprofProfile p, int offset, int length)
    {
        int i = p.StringCount;
        PprofProfile.Reserve(ref p.StringOffset, i + 1);
        PprofProfile.Reserve(ref p.StringLength, i + 1);
        p.StringOffset[i] = offset;
        p.StringLength[i] = length;
        p.StringCount = i + 1;
    }

    private static void AddComment(PprofProfile p, ulong value)
    {
        PprofProfile.Reserve(ref p.Comment, p.CommentCount + 1);
        p.Comment[p.CommentCount++] = Index(value);
    }

    private static void Type(PprofProfile p, ReadOnlySpan<byte> message)
    {
        int i = p.TypeCount;
        PprofProfile.Reserve(ref p.TypeName, i + 1);
        PprofProfile.Reserve(ref p.TypeUnit, i + 1);
        p.TypeName[i] = p.TypeUnit[i] = 0;
        ValueType(message, ref p.TypeName[i], ref p.TypeUnit[i]);
        p.TypeCount = i + 1;
    }

    private static void ValueType(ReadOnlySpan<byte> message, ref int type, ref int unit)
    {
        for (var reader = new WireReader(message); !reader.AtEnd;)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Varint:
                    type = Index(reader.Varint());
                    break;
                case (2 << 3) | Varint:
                    unit = Index(reader.Varint());
                    break;
                default:
                    SkipUnknown(ref reader, tag, 2);
                    break;
            }
        }
    }

    private static void Sample(PprofProfile p, ReadOnlySpan<byte> message, ref int frames, ref int values, ref int labels)
    {
        for (var reader = new WireReader(message); !reader.AtEnd;)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Delimited:
                    ReadOnlySpan<byte> packed = reader.Bytes();
                    PprofProfile.Reserve(ref p.StackLocationId, frames + packed.Length);
                    frames += Unpack(packed, p.StackLocationId.AsSpan(frames));
                    break;
                case (1 << 3) | Varint:
                    PprofProfile.Reserve(ref p.StackLocationId, frames + 1);
                    p.StackLocationId[frames++] = reader.Varint();
                    break;
                case (2 << 3) | Delimited:
                    packed = reader.Bytes();
                    PprofProfile.Reserve(ref p.Value, values + packed.Length);
                    values += Unpack(packed, MemoryMarshal.Cast<long, ulong>(p.Value.AsSpan(values)));
                    break;
                case (2 << 3) | Varint:
                    PprofProfile.Reserve(ref p.Value, values + 1);
                    p.Value[values++] = (long)reader.Varint();
                    break;
                case (3 << 3) | Delimited:
                    Label(p, reader.Bytes(), ref labels);
                    break;
                default:
                    SkipUnknown(ref reader, tag, 3);
                    break;
            }
        }

        int next = ++p.SampleCount;
        PprofProfile.Reserve(ref p.SampleStackStart, next + 1);
        PprofProfile.Reserve(ref p.SampleValueStart, next + 1);
        PprofProfile.Reserve(ref p.SampleLabelStart, next + 1);
        p.SampleStackStart[next] = frames;
        p.SampleValueStart[next] = values;
        p.SampleLabelStart[next] = labels;
    }

    /// <summary>Varints one after another; the target has room for one a byte.</summary>
    private static int Unpack(ReadOnlySpan<byte> packed, Span<ulong> into)
    {
        const ulong Continues = 0x8080808080808080, TwoEach = 0x0080008000800080;
        int at = 0, count = 0;
        into = into[..packed.Length];
        while (packed.Length - at >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(packed[at..]);
            Span<ulong> target = into.Slice(count, 8);
            if ((word & Continues) == 0)
            {
                for (int i = 0; i < 8; i++)
                {
                    target[i] = (word >> (8 * i)) & 0x7F;
                }

                at += 8;
                count += 8;
            }
            else if ((word & Continues) == TwoEach)
            {
                word = (word & 0x007F007F007F007F) | ((word & 0x7F007F007F007F00) >> 1);
                target[0] = word & 0x3FFF;
                target[1] = (word >> 16) & 0x3FFF;
                target[2] = (word >> 32) & 0x3FFF;
                target[3] = word >> 48;
                at += 8;
                count += 4;
            }
            else
            {
                var one = new WireReader(packed[at..]);
                into[count++] = one.Varint();
                at += one.Position;
            }
        }

        for (var rest = new WireReader(packed[at..]); !rest.AtEnd;)
        {
            into[count++] = rest.Varint();
        }

        return count;
    }

    private static void Label(PprofProfile p, ReadOnlySpan<byte> message, ref int labels)
    {
        int key = 0, value = 0;
        for (var reader = new WireReader(message); !reader.AtEnd;)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Varint:
                    key = Index(reader.Varint());
                    break;
                case (2 << 3) | Varint:
                    value = Index(reader.Varint());
                    break;
                case (3 << 3) | Varint:
                case (4 << 3) | Varint:
                    reader.Varint();
                    break;
                default:
                    SkipUnknown(ref reader, tag, 4);
                    break;
            }
        }

        PprofProfile.Reserve(ref p.LabelKey, labels + 1);
        PprofProfile.Reserve(ref p.LabelValue, labels + 1);
        p.LabelKey[labels] = key;
        p.LabelValue[labels++] = value;
    }

    private static void Mapping(PprofProfile p, ReadOnlySpan<byte> message)
    {
        ulong id = 0, start = 0, limit = 0, offset = 0;
        int file = 0, buildId = 0, flags = 0;
        for (var reader = new WireReader(message); !reader.AtEnd;)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Varint:
                    id = reader.Varint();
                    break;
                case (2 << 3) | Varint:
                    start = reader.Varint();
                    break;
                case (3 << 3) | Varint:
                    limit = reader.Varint();
                    break;
                case (4 << 3) | Varint:
                    offset = reader.Varint();
                    break;
                case (5 << 3) | Varint:
                    file = Index(reader.Varint());
                    break;
                case (6 << 3) | Varint:
                    buildId = Index(reader.Varint());
                    break;
                case (7 << 3) | Varint:
                case (8 << 3) | Varint:
                case (9 << 3) | Varint:
                case (10 << 3) | Varint:
                    int bit = 1 << ((int)(tag >> 3) - 7);
                    flags = reader.Varint() == 0 ? flags & ~bit : flags | bit;
                    break;
                default:
                    SkipUnknown(ref reader, tag, 10);
                    break;
            }
        }

        p.AddMapping(id, start, limit, offset, file, buildId, (byte)flags);
    }

    private static void Location(PprofProfile p, ReadOnlySpan<byte> message)
    {
        ulong id = 0, mapping = 0, address = 0;
        bool folded = false;
        for (var reader = new WireReader(message); !reader.AtEnd;)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Varint:
                    id = reader.Varint();
                    break;
                case (2 << 3) | Varint:
                    mapping = reader.Varint();
                    break;
                case (3 << 3) | Varint:
                    address = reader.Varint();
                    break;
                case (4 << 3) | Delimited:
                    Line(p, reader.Bytes());
                    break;
                case (5 << 3) | Varint:
                    folded = reader.Varint() != 0;
                    break;
                default:
                    SkipUnknown(ref reader, tag, 5);
                    break;
            }
        }

        p.AddLocation(id, mapping, address, folded);
    }

    private static void Line(PprofProfile p, ReadOnlySpan<byte> message)
    {
        ulong function = 0, line = 0;
        for (var reader = new WireReader(message); !reader.AtEnd;)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Varint:
                    function = reader.Varint();
                    break;
                case (2 << 3) | Varint:
                    line = reader.Varint();
                    break;
                default:
                    SkipUnknown(ref reader, tag, 2);
                    break;
            }
        }

        p.AddLine(function, (long)line);
    }

    private static void Function(PprofProfile p, ReadOnlySpan<byte> message)
    {
        ulong id = 0, startLine = 0;
        int name = 0, system = 0, file = 0;
        for (var reader = new WireReader(message); !reader.AtEnd;)
        {
            uint tag = reader.Tag();
            switch (tag)
            {
                case (1 << 3) | Varint:
                    id = reader.Varint();
                    break;
                case (2 << 3) | Varint:
                    name = Index(reader.Varint());
                    break;
                case (3 << 3) | Varint:
                    system = Index(reader.Varint());
                    break;
                case (4 << 3) | Varint:
                    file = Index(reader.Varint());
                    break;
                case (5 << 3) | Varint:
                    startLine = reader.Varint();
                    break;
                default:
                    SkipUnknown(ref reader, tag, 5);
                    break;
            }
        }

        p.AddFunction(id, name, system, file, (long)startLine);
    }
}
