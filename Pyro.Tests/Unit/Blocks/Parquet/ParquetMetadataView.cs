using System.Buffers.Binary;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>What a footer says of places, by a small thrift reader of the tests' own that knows no fields.</summary>
internal sealed class ParquetMetadataView
{
    private readonly byte[] _bytes;
    private int _at;

    private ParquetMetadataView(byte[] bytes, int at) => (_bytes, _at) = (bytes, at);

    /// <summary>A chunk's places in the order of groups and columns.</summary>
    public sealed record Chunk(long Start, long Length, (long Offset, long Length) OffsetIndex, (long Offset, long Length) ColumnIndex);

    public List<long> Ordinals { get; } = [];

    public List<Chunk> Chunks { get; } = [];

    public static ParquetMetadataView Of(byte[] file)
    {
        var view = new ParquetMetadataView(file, file.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8)));
        foreach (var group in ((List<object>)view.Struct()[4]).Cast<Dictionary<int, object>>())
        {
            view.Ordinals.Add((long)group[7]);
            foreach (var chunk in ((List<object>)group[1]).Cast<Dictionary<int, object>>())
            {
                var about = (Dictionary<int, object>)chunk[3];
                long start = about.TryGetValue(11, out object? dictionary) ? (long)dictionary : (long)about[9];
                view.Chunks.Add(new Chunk(start, (long)about[7], ((long)chunk[4], (long)chunk[5]), ((long)chunk[6], (long)chunk[7])));
            }
        }

        return view;
    }

    private Dictionary<int, object> Struct()
    {
        var fields = new Dictionary<int, object>();
        for (int field = 0; _bytes[_at] != 0;)
        {
            byte head = _bytes[_at++];
            field = head >> 4 != 0 ? field + (head >> 4) : (int)Zigzag();
            fields[field] = Value(head & 15, inList: false);
        }

        _at++;
        return fields;
    }

    private object Value(int type, bool inList) => type switch
    {
        1 or 2 => inList ? _bytes[_at++] == 1 : type == 1,
        3 => (long)(sbyte)_bytes[_at++],
        4 or 5 or 6 => Zigzag(),
        8 => Text(),
        9 => List(),
        12 => Struct(),
        _ => throw new NotSupportedException($"type {type}"),
    };

    private List<object> List()
    {
        byte head = _bytes[_at++];
        int count = head >> 4 == 15 ? (int)Varint() : head >> 4;
        var items = new List<object>();
        for (int i = 0; i < count; i++)
            items.Add(Value(head & 15, inList: true));
        return items;
    }

    private byte[] Text()
    {
        int length = (int)Varint();
        return _bytes[_at..(_at += length)];
    }

    private long Zigzag()
    {
        ulong raw = Varint();
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = _bytes[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
