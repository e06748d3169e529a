namespace Aspire.Dashboard.Telemetry;

/// <summary>A span and how deep it lies.</summary>
/// <param name="Span">The span.</param>
/// <param name="Depth">0 for a span without a parent here.</param>
internal readonly record struct SpanRow(SpanEntry Span, int Depth);

/// <summary>Puts the spans of a trace below their parents.</summary>
internal static class SpanTree
{
    /// <summary>The spans in the order of a tree; those whose parent is not here, or that go in circles, stand at the top.</summary>
    /// <param name="spans">The spans of one trace by start.</param>
    public static List<SpanRow> Rows(List<SpanEntry> spans)
    {
        var children = spans.ToLookup(span => span.ParentId);
        var known = new HashSet<ulong>();
        foreach (var span in spans)
            known.Add(span.SpanId);
        var rows = new List<SpanRow>(spans.Count);
        var placed = new HashSet<SpanEntry>(ReferenceEqualityComparer.Instance);
        foreach (var span in spans)
        {
            if (span.ParentId == 0 || !known.Contains(span.ParentId))
                Place(span);
        }
        foreach (var span in spans)
            Place(span);
        return rows;

        void Place(SpanEntry top)
        {
            var left = new Stack<SpanRow>();
            left.Push(new SpanRow(top, 0));
            while (left.TryPop(out var row))
            {
                if (!placed.Add(row.Span))
                    continue;
                rows.Add(row);
                foreach (var child in children[row.Span.SpanId].Reverse())
                    left.Push(new SpanRow(child, row.Depth + 1));
            }
        }
    }
}
