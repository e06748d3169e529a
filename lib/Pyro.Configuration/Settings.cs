namespace Pyro.Configuration;

/// <summary>
/// The settings in force, by YAML path (<c>pyroscopedb.max_block_duration</c>): flag, <c>PYRO__</c> variable, <c>-config.file</c>,
/// connection strings, <c>appsettings.json</c>, default; the first that gives a value wins. Every path of the table has a value of its kind.
/// </summary>
public sealed class Settings
{
    /// <summary>A text, "" when empty.</summary>
    public string Text(string path) => throw new NotImplementedException();

    /// <summary>A switch.</summary>
    public bool Flag(string path) => throw new NotImplementedException();

    /// <summary>A whole number.</summary>
    public long Integer(string path) => throw new NotImplementedException();

    /// <summary>A number.</summary>
    public double Number(string path) => throw new NotImplementedException();

    /// <summary>A duration.</summary>
    public TimeSpan Duration(string path) => throw new NotImplementedException();

    /// <summary>A list (comma separated, or a YAML sequence).</summary>
    public IReadOnlyList<string> List(string path) => throw new NotImplementedException();

    /// <summary>Whether anything other than the default gave the value.</summary>
    public bool IsSet(string path) => throw new NotImplementedException();
}
