using System.Text;
using Google.Protobuf.Collections;
using Pyro.Blocks.Index;
using Pyro.Memory;

namespace Pyro.Blocks.Answers;

/// <summary>
/// The different label sets of series of a block. Symbols are numbered in the order of their texts, so that sets are compared by numbers, and
/// text is read of what is answered alone.
/// </summary>
internal static class BlockLabelSets
{
    /// <summary>Writes them in ascending order.</summary>
    /// <param name="index">The block's index.</param>
    /// <param name="series">The series.</param>
    /// <param name="by">The labels to keep; none: all.</param>
    /// <param name="memory">Counts what it takes.</param>
    /// <param name="into">Where they are written.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async ValueTask Write(
        TsdbIndex index, SeriesEntries series, RepeatedField<string> by, Reservation memory, LabelPieces into, CancellationToken cancellation)
    {
        var names = await index.Names(series, cancellation);
        var kept = Array.FindAll(names.All, name => by.Count == 0 || by.Contains(name));
        var columns = Array.ConvertAll(names.All, name => Array.IndexOf(kept, name));
        memory.Take(LabelRows.Bytes(kept.Length, series.Count));
        using var rows = new LabelRows(kept.Length, series.Count);
        var symbols = await index.Symbols(cancellation);
        var values = symbols.NoSymbols();
        Fill(rows, series, names, columns, values);
        using var texts = new TextColumn(values.Seal(), memory);
        await symbols.Read(values, value => texts.Add(LabelPieces.Valid(value)), cancellation);
        for (var i = 0; i < series.Count; i++)
        {
            foreach (ref var value in rows[i])
            {
                value = value == LabelRows.Absent ? value : values.Place((uint)value);
            }
        }

        Write(rows, Array.ConvertAll(kept, Encoding.UTF8.GetBytes), texts, into);
    }

    // Each value by its symbol.
    private static void Fill(LabelRows rows, SeriesEntries series, SymbolTexts names, int[] columns, SymbolSet values)
    {
        for (var i = 0; i < series.Count; i++)
        {
            var row = rows.Add();
            foreach (var label in series.Labels(i))
            {
                var column = columns[names.Place(label.Name)];
                if (column >= 0)
                {
                    values.Add(label.Value);
                    row[column] = (int)label.Value;
                }
            }
        }
    }

    private static void Write(LabelRows rows, byte[][] names, TextColumn texts, LabelPieces into)
    {
        foreach (var set in rows.Sorted())
        {
            var row = rows[set];
            for (var column = 0; column < row.Length; column++)
            {
                if (row[column] != LabelRows.Absent)
                {
                    into.Label(names[column], texts[row[column]]);
                }
            }

            into.EndSet();
        }
    }
}
