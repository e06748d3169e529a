using System.Text;
using CsCheck;
using Pyro.Blocks.Symbols;

namespace Pyro.Tests.Unit.Blocks.Symbols;

public class PartitionBuilderTests
{
    private static readonly SymbolTables Empty = RandomSymbols.Of(1, 0, 0);

    [Fact]
    public void Stacks_keep_their_names_and_the_tree_its_order() => RandomSymbols.Tables.Sample(tables =>
    {
        var (made, ids) = RandomSymbols.Rebuilt(tables);
        // Whether something was folded in is no part of what a location is.
        var (before, after) = (ByName.Stacks(tables, folded: false), ByName.Stacks(made, folded: false));
        Assert.Equal(before, ids.Select(id => after[id]));

        Assert.True(made.Strings[0].IsEmpty);
        Assert.All(Enumerable.Range(1, made.Stacks.Count - 1), n => Assert.InRange(made.Stacks.Parent[n], 0, n - 1));
        Assert.Equal(made.Stacks.Count, ByName.Stacks(made).Distinct(StringComparer.Ordinal).Count());
    }, iter: 30);

    [Fact]
    public void Only_what_is_asked_for_comes_along_numbered_by_first_use()
    {
        var tables = Linear("a", "b", "c");
        var builder = new PartitionBuilder();
        var source = builder.From(tables);
        Assert.Equal(2, source.Stack(2));
        Assert.Equal(1, source.Stack(1));
        Assert.Equal(0, source.Stack(0));
        Assert.Equal(2, builder.From(Linear("a", "b", "x")).Stack(2));
        var made = builder.Build();
        Assert.Equal(["", "a", "b"], Strings(made));
        Assert.Equal(3, made.Stacks.Count);
        Assert.Equal(1, made.Mappings.Count);
    }

    [Fact]
    public void A_partition_without_any_stack_has_an_empty_string_a_mapping_and_a_root()
    {
        var made = new PartitionBuilder().Build();
        Assert.Equal([""], Strings(made));
        Assert.Equal(1, made.Mappings.Count);
        Assert.Equal([-1], made.Stacks.Parent);
    }

    [Fact]
    public void Long_strings_are_cut_at_a_whole_character()
    {
        var long3 = new string('€', 21_845) + "€tail";
        var made = RandomSymbols.Rebuilt(Linear("a" + long3)).Tables;
        var kept = made.Strings[1];
        Assert.Equal(65_533 + 1, kept.Length + (kept.Length == 65_534 ? 0 : 1));
        Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(kept));
        Assert.Equal(65_535, RandomSymbols.Rebuilt(Linear(new string('x', 65_535))).Tables.Strings[1].Length);
        Assert.Equal(65_535, RandomSymbols.Rebuilt(Linear(long3)).Tables.Strings[1].Length);
    }

    [Fact]
    public void A_location_of_too_many_lines_becomes_several_nodes()
    {
        var names = Linear([.. Enumerable.Range(0, 600).Select(i => $"f{i}")]);
        var tables = names with
        {
            Locations = new LocationColumns([9], [0], [false], [0, 600], [.. Enumerable.Range(0, 600)], new int[600]),
            Stacks = new StackColumns([-1, 0], [0, 0]),
        };
        var (made, ids) = RandomSymbols.Rebuilt(tables);
        Assert.Equal([0, 3], ids);
        Assert.Equal(ByName.Frames(tables, 1), ByName.Frames(made, 3));
        Assert.All(Enumerable.Range(0, made.Locations.Count), l => Assert.InRange(made.Locations.LineStart[l + 1] - made.Locations.LineStart[l], 1, 255));
    }

    [Fact]
    public void Tables_without_a_mapping_get_one()
    {
        var tables = Linear("a", "b") with { Mappings = new MappingColumns([], [], [], [], [], []) };
        var made = RandomSymbols.Rebuilt(tables).Tables;
        Assert.Equal(1, made.Mappings.Count);
        Assert.All(made.Locations.Mapping, m => Assert.Equal(0, m));
    }

    // One function after another, each calling the next; each is a stack.
    private static SymbolTables Linear(params string[] names)
    {
        var text = names.Select(Encoding.UTF8.GetBytes).ToArray();
        int[] ends = [0, 0, .. text.Select((_, i) => text.Take(i + 1).Sum(t => t.Length))];
        int[] numbers = [.. Enumerable.Range(0, names.Length)];
        return Empty with
        {
            Strings = new StringColumn([.. text.SelectMany(t => t)], ends),
            Functions = new FunctionColumns([.. numbers.Select(n => n + 1)], new int[names.Length], new int[names.Length], new int[names.Length]),
            Mappings = new MappingColumns([0], [0], [0], [0], [0], [0]),
            Locations = new LocationColumns(new ulong[names.Length], new int[names.Length], new bool[names.Length], [.. numbers, names.Length], numbers, numbers),
            Stacks = new StackColumns([-1, .. numbers], [0, .. numbers]),
        };
    }

    private static string[] Strings(SymbolTables tables) =>
        [.. Enumerable.Range(0, tables.Strings.Count).Select(i => Encoding.UTF8.GetString(tables.Strings[i]))];
}
