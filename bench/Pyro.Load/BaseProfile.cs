namespace Pyro.Load;

/// <summary>The shape of a real profile: how many of what, as measured on profiles of that kind.</summary>
/// <param name="Kind">Names the language and the tool.</param>
/// <param name="Samples">Distinct stacks.</param>
/// <param name="Frames">Mean depth.</param>
/// <param name="Locations">Distinct locations.</param>
/// <param name="Functions">Distinct functions.</param>
/// <param name="NodesPerSample">New call-tree nodes a stack brings on average.</param>
internal sealed record ProfileShape(string Kind, int Samples, int Frames, int Locations, int Functions, double NodesPerSample)
{
    /// <summary>The CPU profiles that W-cpu draws from: Java (JFR), Go, Ruby, .NET.</summary>
    public static IReadOnlyList<ProfileShape> CpuLike { get; } =
    [
        new("java", 420, 23, 1_170, 900, 2.8),
        new("go", 647, 25, 1_922, 1_248, 3.0),
        new("ruby", 1_662, 61, 913, 885, 1.9),
        new("dotnet", 1_350, 75, 62, 62, 1.5),
    ];

    /// <summary>The heap profiles that W-heap draws from: Go programs of three sizes.</summary>
    public static IReadOnlyList<ProfileShape> HeapLike { get; } =
    [
        new("go heap", 4_661, 10, 1_886, 974, 6),
        new("go heap, large", 8_900, 16, 4_400, 2_300, 6),
        new("go heap, very large", 15_456, 22, 8_197, 4_082, 6),
    ];
}

/// <summary>A made-up profile of a given shape: stacks over locations, one line and function each, values by sample.</summary>
internal sealed class BaseProfile
{
    private static readonly string[] Words =
        ["Read", "Write", "Parse", "Encode", "Handle", "Serve", "Query", "Render", "Flush", "Merge", "Lookup", "Allocate", "Dispatch", "Compare", "Visit", "Resolve"];

    private BaseProfile(ProfileShape shape, int[][] stacks, long[] values, int[] functionOf, string[] functions)
    {
        Shape = shape;
        Stacks = stacks;
        Values = values;
        FunctionOf = functionOf;
        Functions = functions;
    }

    public ProfileShape Shape { get; }

    /// <summary>Locations of each stack, leaf first, 0-based.</summary>
    public int[][] Stacks { get; }

    /// <summary>Counts of each stack.</summary>
    public long[] Values { get; }

    /// <summary>Function of each location.</summary>
    public int[] FunctionOf { get; }

    public string[] Functions { get; }

    public static BaseProfile Generate(ProfileShape shape, ulong seed)
    {
        var random = SplitMix64.For(seed, "base " + shape.Kind);
        var functions = new string[shape.Functions];
        for (var i = 0; i < functions.Length; i++)
            functions[i] = FunctionName(shape.Kind, i, ref random);
        var functionOf = new int[shape.Locations];
        for (var i = 0; i < functionOf.Length; i++)
            functionOf[i] = i < functions.Length ? i : random.Below(functions.Length);

        var stacks = new int[shape.Samples][];
        var values = new long[shape.Samples];
        for (var s = 0; s < stacks.Length; s++)
        {
            stacks[s] = Stack(shape, s == 0 ? [] : stacks[random.Below(s)], ref random);
            values[s] = 1 + (long)(-Math.Log(1 - random.Unit()) * 6);
        }
        return new BaseProfile(shape, stacks, values, functionOf, functions);
    }

    /// <summary>A stack that leaves an earlier one some frames below its leaf, so that the call tree grows as real ones do.</summary>
    private static int[] Stack(ProfileShape shape, int[] earlier, ref SplitMix64 random)
    {
        var added = 1 + random.Below((int)(2 * shape.NodesPerSample));
        var depth = Math.Max(added + 1, shape.Frames + random.Below(9) - 4);
        var kept = Math.Min(earlier.Length, depth - added);
        var stack = new int[depth];
        for (var i = 0; i < depth; i++)
        {
            var fromRoot = depth - 1 - i;
            stack[i] = fromRoot < kept ? earlier[earlier.Length - 1 - fromRoot] : random.Below(shape.Locations);
        }
        return stack;
    }

    private static string FunctionName(string kind, int i, ref SplitMix64 random)
    {
        var verb = Words[random.Below(Words.Length)];
        var noun = Words[random.Below(Words.Length)];
        return kind switch
        {
            "java" => $"com/example/shop/service/{noun.ToLowerInvariant()}/{noun}Controller{i}.{verb.ToLowerInvariant()}",
            _ when kind.StartsWith("go", StringComparison.Ordinal) => $"github.com/example/shop/pkg/{noun.ToLowerInvariant()}.(*{noun}er{i}).{verb}",
            "ruby" => $"/usr/lib/ruby/gems/3.3.0/gems/{noun.ToLowerInvariant()}-{i % 40}/lib/{verb.ToLowerInvariant()}.rb block in {noun}#{i}",
            _ => $"Example.Shop.{noun}s.{noun}Service`{i}.{verb}Async",
        };
    }
}
