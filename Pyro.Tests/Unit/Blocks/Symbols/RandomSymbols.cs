using System.Text;
using CsCheck;
using Pyro.Blocks.Symbols;

namespace Pyro.Tests.Unit.Blocks.Symbols;

/// <summary>Tables with references of all kinds, from a seed.</summary>
internal static class RandomSymbols
{
    public static Gen<SymbolTables> Tables { get; } =
        Gen.Select(Gen.Int[0, 2500], Gen.Int[0, 3000], Gen.Int[0, int.MaxValue]).Select((locations, stacks, seed) => Of(seed, locations, stacks));

    /// <summary>Some of everything: lines of 0 to 5, with and without address, folded, long and short strings, several mappings.</summary>
    public static SymbolTables Of(int seed, int locationCount, int stackCount)
    {
        var random = new Random(seed);
        var (stringCount, functionCount, mappingCount) = (1 + random.Next(1 + locationCount), random.Next(1 + locationCount), 1 + random.Next(4));
        var text = new List<byte>();
        var textStart = new List<int> { 0, 0 };
        for (var i = 1; i < stringCount; i++)
        {
            text.AddRange(Encoding.UTF8.GetBytes($"text {i} " + new string('é', random.Next(200) == 0 ? random.Next(400) : random.Next(9))));
            textStart.Add(text.Count);
        }

        var numbers = random.Next(2) == 0;
        int[] Ints(int count, int end) => [.. Enumerable.Range(0, count).Select(_ => random.Next(end))];
        ulong[] Longs(int count) => [.. Enumerable.Range(0, count).Select(_ => numbers ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : 0)];
        var lineStart = new List<int> { 0 };
        for (var i = 0; i < locationCount; i++)
        {
            lineStart.Add(lineStart[^1] + (functionCount == 0 ? 0 : random.Next(6)));
        }

        var stacks = locationCount == 0 ? 1 : 1 + stackCount;
        return new SymbolTables(
            new StringColumn([.. text], [.. textStart]),
            new FunctionColumns(Ints(functionCount, stringCount), Ints(functionCount, stringCount), Ints(functionCount, stringCount), Ints(functionCount, int.MaxValue)),
            new MappingColumns(
                Longs(mappingCount), Longs(mappingCount), Longs(mappingCount), Ints(mappingCount, stringCount), Ints(mappingCount, stringCount),
                [.. Enumerable.Range(0, mappingCount).Select(_ => (byte)random.Next(16))]),
            new LocationColumns(
                Longs(locationCount), Ints(locationCount, mappingCount), [.. Enumerable.Range(0, locationCount).Select(_ => random.Next(50) == 0)],
                [.. lineStart], Ints(lineStart[^1], Math.Max(1, functionCount)), [.. Enumerable.Range(0, lineStart[^1]).Select(_ => random.Next(int.MinValue, int.MaxValue))]),
            new StackColumns(
                [-1, .. Enumerable.Range(1, stacks - 1).Select(i => random.Next(2) == 0 ? i - 1 : random.Next(i))], [0, .. Ints(stacks - 1, Math.Max(1, locationCount))]));
    }

    /// <summary>The same symbols as the builder makes them of all stacks, and the id of each.</summary>
    public static (SymbolTables Tables, int[] Ids) Rebuilt(SymbolTables tables)
    {
        var builder = new PartitionBuilder();
        var source = builder.From(tables);
        int[] ids = [.. Enumerable.Range(0, tables.Stacks.Count).Select(source.Stack)];
        return (builder.Build(), ids);
    }
}
