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
        var wanted = by.ToHashSet(StringComparer.Ordinal);
        var isKept = Array.ConvertAll(names.All, name => wanted.Count == 0 || wanted.Contains(name));
        using var rows = new LabelRows(memory);
        var symbols = await index.Symbols(cancellation);
        var values = symbols.NoSymbols();
        Fill(rows, series, names, isKept, values);
        using var texts = new TextColumn(values.Seal(), memory);
        await symbols.Read(values, value => texts.Add(into.Valid(value)), cancellation);
        foreach (ref var pair in rows.Pairs)
        {
            pair = LabelRows.Pair(LabelRows.Column(pair), values.Place((uint)LabelRows.Value(pair)));
        }

        Write(rows, Array.ConvertAll(names.All, Encoding.UTF8.GetBytes), texts, into, cancellation);
    }

    // Each value by its symbol.
    private static void Fill(LabelRows rows, SeriesEntries series, SymbolTexts names, bool[] isKept, SymbolSet values)
    {
        for (var i = 0; i < series.Count; i++)
        {
            foreach (var label in series.Labels(i))
            {
                var column = names.Place(label.Name);
                if (isKept[column])
                {
                    values.Add(label.Value);
                    rows.Add(column, (int)label.Value);
                }
            }

            rows.EndRow();
        }
    }

    private static void Write(LabelRows rows, byte[][] names, TextColumn texts, LabelPieces into, CancellationToken cancellation)
    {
        foreach (var set in rows.Sorted(cancellation))
        {
            foreach (var pair in rows[set])
            {
                into.Label(names[LabelRows.Column(pair)], texts[LabelRows.Value(pair)]);
            }

            into.EndSet();
        }
    }
}
