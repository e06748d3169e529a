using System.Collections.Frozen;
using Pyro.Configuration.Sources;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration;

/// <summary>
/// The settings in force, by YAML path (<c>pyroscopedb.max_block_duration</c>): flag, <c>PYRO__</c> variable, <c>-config.file</c>,
/// connection strings, <c>appsettings.json</c>, default; the first that gives a value wins. Every path of the table has a value of its kind.
/// An unknown path, or one of another kind, is a fault of the program: <see cref="KeyNotFoundException"/>, <see cref="InvalidCastException"/>.
/// </summary>
public sealed class Settings
{
    private readonly FrozenDictionary<string, object?> _defaults;
    private readonly IReadOnlyDictionary<string, object?> _given;

    internal Settings(FrozenDictionary<string, object?> defaults, IReadOnlyDictionary<string, object?> given)
    {
        _defaults = defaults;
        _given = given;
    }

    /// <summary>A text, "" when empty; a budget as it was written.</summary>
    public string Text(string path) => (string)Value(path)!;

    /// <summary>A switch.</summary>
    public bool Flag(string path) => (bool)Value(path)!;

    /// <summary>A whole number, or a size in bytes.</summary>
    public long Integer(string path) => (long)Value(path)!;

    /// <summary>A number.</summary>
    public double Number(string path) => (double)Value(path)!;

    /// <summary>A duration.</summary>
    public TimeSpan Duration(string path) => (TimeSpan)Value(path)!;

    /// <summary>A list of durations.</summary>
    public IReadOnlyList<TimeSpan> Durations(string path) => (TimeSpan[])Value(path)!;

    /// <summary>A list (comma separated, or a YAML sequence).</summary>
    public IReadOnlyList<string> List(string path) => (string[])Value(path)!;

    /// <summary>A YAML tree, null when it is empty.</summary>
    public YamlValue? Structure(string path) => (YamlValue?)Value(path);

    /// <summary>Whether anything other than the default gave the value.</summary>
    public bool IsSet(string path) => _given.ContainsKey(path);

    /// <summary>These settings with the values of a YAML mapping of one section (<c>limits</c>) put over them.</summary>
    /// <param name="section">Path of the section.</param>
    /// <param name="values">Keys of the section and their values.</param>
    /// <param name="origin">Name of the file, for faults.</param>
    /// <param name="faults">Takes a line for each key that is unknown and each value that is not of its kind.</param>
    public Settings With(string section, YamlValue values, string origin, List<string> faults)
    {
        Layer layer = new(faults);
        YamlSettings.Read(values, section, origin, layer);
        Dictionary<string, object?> given = new(_given);
        foreach ((string path, object? value) in layer.Values)
        {
            given[path] = value;
        }
        return new Settings(_defaults, given);
    }

    /// <summary>The value behind a path, of the type of its kind.</summary>
    internal object? Value(string path) => _given.TryGetValue(path, out object? value) ? value : _defaults[path];

    /// <summary>The value that a path has when nobody sets it.</summary>
    internal object? Default(string path) => _defaults[path];
}
