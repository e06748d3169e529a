using System.Text;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Writing;

/// <summary>What has to stand in each column of the Parquet tables of a <see cref="SeededBlock"/>: for each row its entries.</summary>
internal sealed class WantedColumns : SortedDictionary<string, List<object?[]>>
{
    private const int TraceSize = 16;

    private WantedColumns()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>Those of profiles.parquet; takes all rows of the block.</summary>
    public static async Task<WantedColumns> Profiles(SeededBlock block)
    {
        var columns = new WantedColumns();
        while (await block.NextSeries(default))
        {
            while (await block.NextRow(default))
            {
                columns.Add(block);
            }
        }

        return columns;
    }

    /// <summary>Those of a table of format 2: strings, functions, mappings or locations.</summary>
    public static WantedColumns Symbols(SeededBlock block, string table)
    {
        var columns = new WantedColumns();
        foreach (var (_, tables) in block.Partitions)
        {
            switch (table)
            {
                case "strings": columns.Add(tables.Strings); break;
                case "functions": columns.Add(tables.Functions); break;
                case "mappings": columns.Add(tables.Mappings); break;
                default: columns.Add(tables.Locations); break;
            }
        }

        return columns;
    }

    private void Add(SeededBlock block)
    {
        const string Sample = "Samples.list.element.", Label = Sample + "Labels.list.element.", Note = "Annotations.list.element.";
        var row = block.Row;
        Row("ID", row.Id.ToString());
        Row("SeriesIndex", (uint)block.SeriesIndex);
        Row("StacktracePartition", row.Partition);
        Row("TotalValue", (ulong)row.Values.ToArray().Sum());
        Row(Sample + "StacktraceID", [.. row.Stacks.ToArray().Select(static s => (object)(ulong)s)]);
        Row(Sample + "Value", [.. row.Values.ToArray().Select(static v => (object)v)]);
        foreach (var column in (string[])["Key", "Str", "Num", "NumUnit"])
        {
            Row(Label + column, []);
        }

        // With any span each sample has one; a trace is there or not for each sample.
        object?[] none = new object?[row.Stacks.Length];
        Row(Sample + "SpanID", row.Spans.ContainsAnyExcept(0) ? [.. row.Spans.ToArray().Select(static s => (object)(ulong)s)] : none);
        Row(Sample + "TraceID", row.Traces.IsEmpty ? none : [.. row.Traces.ToArray().Chunk(TraceSize).Select(static t => t.AsSpan().ContainsAnyExcept((byte)0) ? t : null)]);
        Row("DropFrames", OrNull(0));
        Row("KeepFrames", OrNull(0));
        Row("TimeNanos", row.TimeNanos);
        Row("DurationNanos", OrNull(row.DurationNanos));
        Row("Period", OrNull(row.Period));
        Row("Comments.list.element", []);
        Row("DefaultSampleType", OrNull(0));
        Row(Note + "Key", [.. row.Annotations.ToArray().Select(static n => Encoding.UTF8.GetString(n.Key.Span))]);
        Row(Note + "Value", [.. row.Annotations.ToArray().Select(static n => Encoding.UTF8.GetString(n.Value.Span))]);
    }

    private void Add(StringColumn strings)
    {
        for (var i = 0; i < strings.Count; i++)
        {
            Row("ID", 0UL);
            Row("String", Encoding.UTF8.GetString(strings[i]));
        }
    }

    private void Add(FunctionColumns functions)
    {
        for (var i = 0; i < functions.Count; i++)
        {
            Row("Id", 0UL);
            Row("Name", (long)functions.Name[i]);
            Row("SystemName", (long)functions.SystemName[i]);
            Row("Filename", (long)functions.File[i]);
            Row("StartLine", (long)functions.StartLine[i]);
        }
    }

    private void Add(MappingColumns mappings)
    {
        for (var i = 0; i < mappings.Count; i++)
        {
            Row("Id", 0UL);
            Row("MemoryStart", mappings.Start[i]);
            Row("MemoryLimit", mappings.Limit[i]);
            Row("FileOffset", mappings.Offset[i]);
            Row("Filename", (long)mappings.File[i]);
            Row("BuildId", (long)mappings.BuildId[i]);
            Row("HasFunctions", (mappings.Flags[i] & 1) != 0);
            Row("HasFilenames", (mappings.Flags[i] & 2) != 0);
            Row("HasLineNumbers", (mappings.Flags[i] & 4) != 0);
            Row("HasInlineFrames", (mappings.Flags[i] & 8) != 0);
        }
    }

    private void Add(LocationColumns locations)
    {
        for (var i = 0; i < locations.Count; i++)
        {
            var lines = locations.LineStart[i]..locations.LineStart[i + 1];
            Row("Id", 0UL);
            Row("MappingId", (ulong)locations.Mapping[i]);
            Row("Address", locations.Address[i]);
            Row("Line.FunctionId", [.. locations.LineFunction[lines].Select(static f => (object)(ulong)f)]);
            Row("Line.Line", [.. locations.LineNumber[lines].Select(static n => (object)(long)n)]);
            Row("IsFolded", locations.Folded[i]);
        }
    }

    private void Row(string column, params object?[] entries)
    {
        if (!TryGetValue(column, out var rows))
        {
            Add(column, rows = []);
        }

        rows.Add(entries);
    }

    private static long? OrNull(long value) => value == 0 ? null : value;
}
