using System.Buffers.Binary;
using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>PLAIN of single values.</summary>
internal static class PlainWriter
{
    /// <summary>A number of the column's width.</summary>
    public static void Number(ParquetColumn column, long value, LeaseWriter output)
    {
        int width = column.Width == 4 ? 4 : 8;
        Span<byte> span = output.GetSpan(8);
        BinaryPrimitives.WriteInt64LittleEndian(span, value);
        output.Advance(width);
    }

    /// <summary>The length before bytes of any length.</summary>
    public static void Length(int length, LeaseWriter output)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), length);
        output.Advance(4);
    }
}
