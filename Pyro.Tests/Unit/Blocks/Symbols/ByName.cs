using System.IO.Hashing;
using System.Text;
using Pyro.Blocks.Symbols;

namespace Pyro.Tests.Unit.Blocks.Symbols;

/// <summary>Symbols written out by name, the slow way, so that tables with other numbers compare.</summary>
internal static class ByName
{
    /// <summary>All stacks in order of their ids, each as a hash of what it holds.</summary>
    public static IReadOnlyList<string> Stacks(SymbolTables tables, bool folded = true)
    {
        string[] locations = [.. Enumerable.Range(0, tables.Locations.Count).Select(l => Location(tables, l, folded))];
        var stacks = new string[tables.Stacks.Count];
        stacks[0] = "";
        for (var node = 1; node < stacks.Length; node++)
        {
            var text = locations[tables.Stacks.Location[node]] + stacks[tables.Stacks.Parent[node]];
            stacks[node] = Convert.ToHexString(XxHash128.Hash(Encoding.UTF8.GetBytes(text)));
        }

        return stacks;
    }

    /// <summary>Names from the root to a node, as flame graphs have them.</summary>
    public static IReadOnlyList<string> Frames(SymbolTables tables, int node)
    {
        var frames = new List<string>();
        for (; node > 0; node = tables.Stacks.Parent[node])
        {
            var location = tables.Stacks.Location[node];
            var (first, end) = (tables.Locations.LineStart[location], tables.Locations.LineStart[location + 1]);
            for (var line = first; line < end; line++)
            {
                frames.Add(Text(tables, tables.Functions.Name[tables.Locations.LineFunction[line]]));
            }

            var address = tables.Locations.Address[location];
            if (first == end && address != 0)
            {
                var file = tables.Mappings.Count == 0 ? "" : Text(tables, tables.Mappings.File[tables.Locations.Mapping[location]]);
                file = file.Split('/', '\\')[^1];
                frames.Add(file.Length == 0 ? $"0x{address:x}" : $"{file} 0x{address:x}");
            }
        }

        frames.Reverse();
        return frames;
    }

    private static string Location(SymbolTables t, int l, bool folded)
    {
        var m = t.Locations.Mapping[l];
        var text = new StringBuilder($"{t.Locations.Address[l]:x} {(folded && t.Locations.Folded[l] ? "folded" : "")} ");
        text.Append($"[{t.Mappings.Start[m]:x} {t.Mappings.Limit[m]:x} {t.Mappings.Offset[m]:x} {t.Mappings.Flags[m]} ")
            .Append($"{Text(t, t.Mappings.File[m])} {Text(t, t.Mappings.BuildId[m])}]");
        for (var i = t.Locations.LineStart[l]; i < t.Locations.LineStart[l + 1]; i++)
        {
            var f = t.Locations.LineFunction[i];
            text.Append($" <{Text(t, t.Functions.Name[f])}|{Text(t, t.Functions.SystemName[f])}|{Text(t, t.Functions.File[f])}")
                .Append($"|{t.Functions.StartLine[f]}:{t.Locations.LineNumber[i]}>");
        }

        return text.ToString();
    }

    private static string Text(SymbolTables tables, int id) => Encoding.UTF8.GetString(tables.Strings[id]);
}
