using Pyro.Profiles;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Label sets as numbers: a row for each, a column for each label name by ascending name, in it the rank of the value among the values in byte
/// order, or <see cref="Absent"/>. Sorted by counting, column by column from the last, which compares no texts.
/// </summary>
/// <param name="columns">Label names.</param>
/// <param name="most">Rows that may come.</param>
public sealed class LabelRows(int columns, int most) : IDisposable
{
    /// <summary>The set has no such label.</summary>
    public const int Absent = -1;

    private readonly Rented<int> _cells = new(checked(columns * most));
    private readonly Rented<int> _order = new(most);
    private readonly Rented<int> _next = new(most);
    private readonly Rented<bool> _hasLater = new(most);
    private int _count;

    /// <summary>Bytes of memory that rows take.</summary>
    public static long Bytes(int columns, int most) => (long)most * ((sizeof(int) * (columns + 2L)) + sizeof(bool));

    /// <summary>Adds a row, of no labels yet.</summary>
    public Span<int> Add()
    {
        var row = _cells.Span.Slice(_count++ * columns, columns);
        row.Fill(Absent);
        return row;
    }

    /// <summary>A row.</summary>
    public Span<int> this[int row] => _cells.Span.Slice(row * columns, columns);

    /// <summary>The rows in ascending order of their label sets, of equal ones the first.</summary>
    public ReadOnlySpan<int> Sorted()
    {
        var order = _order.Span[.._count];
        var next = _next.Span[.._count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        _hasLater.Span.Clear();
        for (var column = columns - 1; column >= 0; column--)
        {
            Sort(column, order, next);
            next.CopyTo(order);
        }

        return order[..Distinct(order)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cells.Dispose();
        _order.Dispose();
        _next.Dispose();
        _hasLater.Dispose();
    }

    // Stable, so that the order of the columns behind it stays among rows that are equal here.
    private void Sort(int column, ReadOnlySpan<int> order, Span<int> into)
    {
        var cells = _cells.Span;
        var hasLater = _hasLater.Span;
        var greatest = Absent;
        for (var row = 0; row < order.Length; row++)
        {
            greatest = Math.Max(greatest, cells[(row * columns) + column]);
        }

        using var ends = new Rented<int>(greatest + 3, zeros: true);
        var places = ends.Span;
        for (var row = 0; row < order.Length; row++)
        {
            places[Digit(cells[(row * columns) + column], hasLater[row], greatest)]++;
        }

        var sum = 0;
        foreach (ref var place in places)
        {
            (place, sum) = (sum, sum + place);
        }

        foreach (var row in order)
        {
            var cell = cells[(row * columns) + column];
            into[places[Digit(cell, hasLater[row], greatest)]++] = row;
            hasLater[row] |= cell != Absent;
        }
    }

    // A set that ends comes before those that go on. One that lacks this label and goes on has a greater name in its place.
    private static int Digit(int cell, bool hasLater, int greatest) => cell != Absent ? cell + 1 : hasLater ? greatest + 2 : 0;

    private int Distinct(Span<int> order)
    {
        var count = 0;
        foreach (var row in order)
        {
            if (count == 0 || !this[row].SequenceEqual(this[order[count - 1]]))
            {
                order[count++] = row;
            }
        }

        return count;
    }
}
