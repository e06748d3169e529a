using System.Collections.Frozen;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration;

/// <summary>
/// The settings in force, by YAML path (<c>pyroscopedb.max_block_duration</c>): flag, <c>PYRO__</c> variable, <c>-config.file</c>,
/// connection strings, <c>appsettings.json</c>, default; the first that gives a value wins. Every path of the table has a value of its kind.
/// An unknown path, or one of another kind, is a fault of the program: <see cref="KeyNotFoundException"/>, <see cref="InvalidCastException"/>.
/// </summary>
public sealed class Settings
{
    readonly FrozenDictionary<string, object?> _values;
    readonly FrozenSet<string> _given;

    internal Settings(IReadOnlyDictionary<string, object?> values, IEnumerable<string> given)
    {
        _values = values.ToFrozenDictionary();
        _given = given.ToFrozenSet();
    }

    /// <summary>A text, "" when empty; a budget as it was written.</summary>
    public string Text(string path) => (string)_values[path]!;

    /// <summary>A switch.</summary>
    public bool Flag(string path) => (bool)_values[path]!;

    /// <summary>A whole number, or a size in bytes.</summary>
    public long Integer(string path) => (long)_values[path]!;

    /// <summary>A number.</summary>
    public double Number(string path) => (double)_values[path]!;

    /// <summary>A duration.</summary>
    public TimeSpan Duration(string path) => (TimeSpan)_values[path]!;

    /// <summary>A list of durations.</summary>
    public IReadOnlyList<TimeSpan> Durations(string path) => (TimeSpan[])_values[path]!;

    /// <summary>A list (comma separated, or a YAML sequence).</summary>
    public IReadOnlyList<string> List(string path) => (string[])_values[path]!;

    /// <summary>A YAML tree, null when it is empty.</summary>
    public YamlValue? Structure(string path) => (YamlValue?)_values[path];

    /// <summary>Whether anything other than the default gave the value.</summary>
    public bool IsSet(string path) => _given.Contains(path);

    /// <summary>The value behind a path, of the type of its kind.</summary>
    internal object? this[string path] => _values[path];
}
