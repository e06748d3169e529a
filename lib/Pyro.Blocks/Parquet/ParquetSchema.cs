namespace Pyro.Blocks.Parquet;

/// <summary>Physical types, numbered as in the format.</summary>
public enum ParquetType
{
    /// <summary>One bit.</summary>
    Boolean = 0,

    /// <summary>32 bits.</summary>
    Int32 = 1,

    /// <summary>64 bits.</summary>
    Int64 = 2,

    /// <summary>96 bits, of old timestamps.</summary>
    Int96 = 3,

    /// <summary>IEEE 754 of 32 bits.</summary>
    Float = 4,

    /// <summary>IEEE 754 of 64 bits.</summary>
    Double = 5,

    /// <summary>Bytes of any length.</summary>
    ByteArray = 6,

    /// <summary>Bytes of one length.</summary>
    FixedLenByteArray = 7,
}

/// <summary>How often a field stands in what is around it, numbered as in the format.</summary>
public enum ParquetRepetition
{
    /// <summary>Once.</summary>
    Required = 0,

    /// <summary>Once or not at all.</summary>
    Optional = 1,

    /// <summary>Any number of times.</summary>
    Repeated = 2,
}

/// <summary>What the values of a field mean, as far as blocks need it.</summary>
public enum ParquetLogical
{
    /// <summary>Nothing beyond the physical type.</summary>
    None,

    /// <summary>Text in UTF-8.</summary>
    String,

    /// <summary>A UUID of 16 bytes.</summary>
    Uuid,

    /// <summary>A whole number without sign of 32 bits.</summary>
    UInt32,

    /// <summary>A whole number without sign of 64 bits.</summary>
    UInt64,

    /// <summary>A whole number of 64 bits.</summary>
    Int64,

    /// <summary>Nanoseconds since 1970 in UTC.</summary>
    TimestampNanos,

    /// <summary>A group around a repeated group named <c>list</c> around <c>element</c>.</summary>
    List,
}

/// <summary>A field of a schema: a group when it has children, else a column.</summary>
/// <param name="Name">Its name within the group.</param>
/// <param name="Repetition">How often it stands there.</param>
/// <param name="Type">Physical type of a column; of no use for groups.</param>
/// <param name="Logical">What its values mean.</param>
/// <param name="TypeLength">Bytes of a value of fixed length; 0 otherwise.</param>
/// <param name="Children">Fields of a group; none for a column.</param>
public sealed record ParquetField(
    string Name,
    ParquetRepetition Repetition,
    ParquetType Type,
    ParquetLogical Logical,
    int TypeLength,
    IReadOnlyList<ParquetField> Children)
{
    /// <summary>A column.</summary>
    public static ParquetField Leaf(
        string name, ParquetType type, ParquetLogical logical = ParquetLogical.None, ParquetRepetition repetition = ParquetRepetition.Required, int typeLength = 0) =>
        new(name, repetition, type, logical, typeLength, []);

    /// <summary>A group.</summary>
    public static ParquetField Group(string name, ParquetRepetition repetition, params ReadOnlySpan<ParquetField> children) =>
        new(name, repetition, default, ParquetLogical.None, 0, [.. children]);

    /// <summary>A list in three levels: the group, <c>list</c>, and the element, which is given.</summary>
    public static ParquetField List(string name, ParquetField element) =>
        Group(name, ParquetRepetition.Required, Group("list", ParquetRepetition.Repeated, element)) with { Logical = ParquetLogical.List };
}

/// <summary>A leaf of a schema: one column of a file.</summary>
/// <param name="Index">Its place among the leaves.</param>
/// <param name="Path">Names from below the root on, with dots between.</param>
/// <param name="Type">Physical type.</param>
/// <param name="TypeLength">Bytes of a value of fixed length; 0 otherwise.</param>
/// <param name="Logical">What the values mean.</param>
/// <param name="MaxRepetition">Lists around a value.</param>
/// <param name="MaxDefinition">Level at which a value is there.</param>
/// <param name="EntryDefinition">Level from which on the innermost list has an entry, which may be null; 0 without a list.</param>
public sealed record ParquetColumn(
    int Index, string Path, ParquetType Type, int TypeLength, ParquetLogical Logical, int MaxRepetition, int MaxDefinition, int EntryDefinition)
{
    /// <summary>Whether values are bytes rather than numbers.</summary>
    public bool IsBytes => Type is ParquetType.ByteArray or ParquetType.FixedLenByteArray or ParquetType.Int96;

    /// <summary>Bytes of each value when it has a fixed number of them; 0 for <see cref="ParquetType.ByteArray"/>.</summary>
    internal int Width => Type switch
    {
        ParquetType.Int32 or ParquetType.Float => 4,
        ParquetType.Int64 or ParquetType.Double => 8,
        ParquetType.Int96 => 12,
        ParquetType.FixedLenByteArray => TypeLength,
        _ => 0,
    };

    /// <summary>Whether numbers are compared without sign.</summary>
    internal bool IsUnsigned => Logical is ParquetLogical.UInt32 or ParquetLogical.UInt64;
}

/// <summary>The fields of a file as a tree, and its columns in order.</summary>
public sealed class ParquetSchema
{
    /// <summary>A schema from the fields below its root.</summary>
    public ParquetSchema(string name, params IReadOnlyList<ParquetField> fields)
    {
        (Name, Fields) = (name, fields);
        var columns = new List<ParquetColumn>();
        foreach (ParquetField field in fields)
        {
            Add(field, "", 0, 0, 0, columns);
        }

        Columns = columns;
    }

    /// <summary>The root's name.</summary>
    public string Name { get; }

    /// <summary>The fields below the root.</summary>
    public IReadOnlyList<ParquetField> Fields { get; }

    /// <summary>The leaves, in the order of the file.</summary>
    public IReadOnlyList<ParquetColumn> Columns { get; }

    /// <summary>The column of a path.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public ParquetColumn Column(string path) =>
        Columns.FirstOrDefault(c => c.Path == path) ?? throw new ArgumentException($"no column {path}", nameof(path));

    private static void Add(ParquetField field, string above, int repetition, int definition, int entry, List<ParquetColumn> columns)
    {
        string path = above.Length == 0 ? field.Name : above + "." + field.Name;
        definition += field.Repetition == ParquetRepetition.Required ? 0 : 1;
        if (field.Repetition == ParquetRepetition.Repeated)
        {
            repetition++;
            entry = definition;
        }

        if (field.Children.Count == 0)
        {
            columns.Add(new ParquetColumn(columns.Count, path, field.Type, field.TypeLength, field.Logical, repetition, definition, entry));
        }

        foreach (ParquetField child in field.Children)
        {
            Add(child, path, repetition, definition, entry, columns);
        }
    }
}
