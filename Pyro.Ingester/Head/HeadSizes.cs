namespace Pyro.Ingester.Head;

/// <summary>Bytes that a head holds, by what they are.</summary>
/// <param name="Profiles">Rows with their samples, series and postings.</param>
/// <param name="Stacks">Stack trees.</param>
/// <param name="Locations">Locations with their lines.</param>
/// <param name="Functions">Functions.</param>
/// <param name="Mappings">Mappings.</param>
/// <param name="Strings">Strings.</param>
public readonly record struct HeadSizes(long Profiles, long Stacks, long Locations, long Functions, long Mappings, long Strings)
{
    /// <summary>The bytes of both.</summary>
    public static HeadSizes operator +(HeadSizes a, HeadSizes b) => new(
        a.Profiles + b.Profiles, a.Stacks + b.Stacks, a.Locations + b.Locations, a.Functions + b.Functions, a.Mappings + b.Mappings, a.Strings + b.Strings);
}
