using System.Text;
using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Answers;

/// <summary>Which stacks of a partition of a block begin, from the root, with given function names.</summary>
internal static class CallPath
{
    private const int Broken = -1;

    /// <summary>For each stack whether it lies under the path, which is not empty.</summary>
    public static bool[] Under(SymbolTables tables, IReadOnlyList<string> path)
    {
        var names = path.Select(Encoding.UTF8.GetBytes).ToArray();
        var (parents, locations) = (tables.Stacks.Parent, tables.Stacks.Location);

        // How many names of the path the frames of each stack are, as long as they are nothing else.
        var matched = new int[parents.Length];
        var under = new bool[parents.Length];
        for (var stack = 1; stack < matched.Length; stack++)
        {
            matched[stack] = Follow(tables, locations[stack], names, matched[parents[stack]]);
            under[stack] = matched[stack] == names.Length;
        }

        return under;
    }

    private static int Follow(SymbolTables tables, int location, byte[][] names, int matched)
    {
        if (matched == Broken || matched == names.Length)
        {
            return matched;
        }

        var (first, end) = (tables.Locations.LineStart[location], tables.Locations.LineStart[location + 1]);
        if (first == end)
        {
            return tables.Locations.Address[location] == 0 ? matched
                : tables.AddressName(location).AsSpan().SequenceEqual(names[matched]) ? matched + 1 : Broken;
        }

        for (var line = end - 1; line >= first && matched < names.Length; line--)
        {
            if (!tables.Strings[tables.Functions.Name[tables.Locations.LineFunction[line]]].SequenceEqual(names[matched]))
            {
                return Broken;
            }

            matched++;
        }

        return matched;
    }
}
