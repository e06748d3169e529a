using System.Runtime.InteropServices;
using ParquetSharp;
using Pyro.Blocks.Parquet;
using PhysicalReader = ParquetSharp.ColumnReader;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Columns as ParquetSharp reads them, by levels and physical values.</summary>
internal static class ParquetSharpColumns
{
    /// <summary>Reads a column.</summary>
    public static Column Read(ParquetFileReader reader, ParquetColumn column)
    {
        var rows = new List<string?[]>();
        var entries = new List<string?>();
        bool open = false;
        for (int group = 0; group < reader.FileMetaData.NumRowGroups; group++)
        {
            using var rowGroup = reader.RowGroup(group);
            using var columnReader = rowGroup.Column(column.Index);
            foreach ((short definition, short repetition, string? value) in Levels(columnReader, column))
            {
                if (repetition == 0)
                {
                    if (open)
                        rows.Add([.. entries]);
                    entries.Clear();
                    open = true;
                }

                if (column.MaxRepetition == 0 || definition >= column.EntryDefinition)
                    entries.Add(definition == column.MaxDefinition ? value : null);
            }
        }

        if (open)
            rows.Add([.. entries]);
        return new Column(rows);
    }

    private static IEnumerable<(short Definition, short Repetition, string? Value)> Levels(PhysicalReader reader, ParquetColumn column) => reader switch
    {
        ColumnReader<bool> r => Levels(r, column, v => v ? "1" : "0"),
        ColumnReader<int> r => Levels(r, column, v => v.ToString()),
        ColumnReader<long> r => Levels(r, column, v => v.ToString()),
        ColumnReader<float> r => Levels(r, column, v => BitConverter.SingleToInt32Bits(v).ToString()),
        ColumnReader<double> r => Levels(r, column, v => BitConverter.DoubleToInt64Bits(v).ToString()),
        ColumnReader<ByteArray> r => Levels(r, column, v => Hex(v.Pointer, v.Length)),
        ColumnReader<FixedLenByteArray> r => Levels(r, column, v => Hex(v.Pointer, column.TypeLength)),
        _ => throw new NotSupportedException(reader.GetType().Name),
    };

    private static IEnumerable<(short Definition, short Repetition, string? Value)> Levels<T>(ColumnReader<T> reader, ParquetColumn column, Func<T, string> text)
        where T : unmanaged
    {
        short[] definition = new short[1024], repetition = new short[1024];
        var values = new T[1024];
        while (reader.HasNext)
        {
            long levels = reader.ReadBatch(
                definition.Length,
                column.MaxDefinition > 0 ? definition : [],
                column.MaxRepetition > 0 ? repetition : [],
                values,
                out long read);
            string[] texts = new string[read];
            for (int i = 0; i < read; i++)
                texts[i] = text(values[i]);
            for (int i = 0, value = 0; i < levels; i++)
            {
                bool there = column.MaxDefinition == 0 || definition[i] == column.MaxDefinition;
                yield return (column.MaxDefinition == 0 ? (short)0 : definition[i], column.MaxRepetition == 0 ? (short)0 : repetition[i], there ? texts[value++] : null);
            }
        }
    }

    private static string Hex(IntPtr pointer, int length)
    {
        byte[] bytes = new byte[length];
        if (length > 0)
            Marshal.Copy(pointer, bytes, 0, length);
        return Convert.ToHexString(bytes);
    }
}
