using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Verifying;

/// <summary>
/// Reads all symbols of a block. Reading a table checks its checksums, that its references are in range, and that in trees parents come
/// before their children.
/// </summary>
internal static class SymbolsCheck
{
    /// <summary>Goes through the partitions, table by table.</summary>
    public static async ValueTask Run(SymbolsFile symbols, FaultList faults, CancellationToken cancellation)
    {
        foreach (var partition in symbols.Partitions)
        {
            await partition.Verify(faults, cancellation);
            if (partition.Counts is { Mappings: 0, Locations: > 0 })
            {
                faults.Add(partition.File, -1, $"partition {partition.Id:x16} has locations and no mapping, which Pyroscope cannot read");
            }
        }
    }
}
