namespace Pyro.Configuration.Table;

/// <summary>Options that come in blocks.</summary>
internal static class Block
{
    /// <summary>The options, left out of the short help.</summary>
    public static IEnumerable<Option> Advanced(params Option[] options) => options.Select(option => option with { Advanced = true });
}
