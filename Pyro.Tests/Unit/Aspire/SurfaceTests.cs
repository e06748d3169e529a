using System.Reflection;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Holds the public API of <c>aspire/</c> against <c>surface.txt</c>, the list of what Aspire shows.</summary>
public sealed class SurfaceTests
{
    private static readonly HashSet<string> Listed = File.ReadLines(Path.Combine(Repository.Root, "Pyro.Tests", "Unit", "Aspire", "surface.txt"))
        .Where(line => line.Length > 0 && line[0] != '#').ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Ours shows nothing that Aspire does not. Built with Aspire's own packages the test turns round: Aspire shows all that is listed, so the list is true.
    /// </summary>
    [Fact]
    public void What_the_stand_in_shows_is_Aspires()
    {
        var assemblies = Directory.GetFiles(AppContext.BaseDirectory, "Aspire.Hosting*.dll").Select(file => Assembly.Load(AssemblyName.GetAssemblyName(file))).ToArray();
        Assert.Contains(assemblies, assembly => assembly.GetName().Name == "Aspire.Hosting");
        var shown = assemblies.SelectMany(PublicSurface.Lines).ToHashSet(StringComparer.Ordinal);
        var isAspires = assemblies[0].GetCustomAttribute<AssemblyCompanyAttribute>()?.Company.Contains("Microsoft", StringComparison.Ordinal) == true;
        var (from, within) = isAspires ? (Listed, shown) : (shown, Listed);
        var faults = from.Where(line => !within.Contains(line)).Select(line => Explain(line, within)).ToArray();
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    [Fact]
    public void The_list_is_ordered_enough_to_review_and_names_no_line_twice()
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, "Pyro.Tests", "Unit", "Aspire", "surface.txt")).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        Assert.Equal(lines.Length, lines.Distinct(StringComparer.Ordinal).Count());
        Assert.All(lines, line => Assert.Contains("Aspire.Hosting", line));
    }

    [Fact]
    public void A_renamed_parameter_another_default_and_a_missing_mark_are_told()
    {
        var lines = PublicSurface.Lines(typeof(SurfaceTests).Assembly).Where(line => line.Contains(".SurfaceExampleStream", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
        [
            "Pyro.Tests.Unit.Aspire.SurfaceExampleStream : Stream",
            "Pyro.Tests.Unit.Aspire.SurfaceExampleStream.Count { get; init; } : int?",
            "Pyro.Tests.Unit.Aspire.SurfaceExampleStream.new(string? name = null, StringComparison way = StringComparison.Ordinal)",
            "abstract class Pyro.Tests.Unit.Aspire.SurfaceExampleStream [Experimental EXAMPLE001]",
            "protected abstract Pyro.Tests.Unit.Aspire.SurfaceExampleStream.Try<T>(in T value, out List<string?>? all, params object[] rest) : Task<T> where T : class, IDisposable, new() [Obsolete]",
        ], lines);
    }

    /// <summary>The line, and what the other side has under the same name.</summary>
    private static string Explain(string line, HashSet<string> others)
    {
        var name = NameOf(line);
        var near = others.Where(other => NameOf(other) == name).Select(other => "\n    there is: " + other);
        return "not Aspire's: " + line + string.Concat(near);
    }

    private static string NameOf(string line)
    {
        var start = line.IndexOf("Aspire.", StringComparison.Ordinal);
        var end = line.IndexOfAny(['(', ' ', '['], start);
        return end < 0 ? line[start..] : line[start..end];
    }
}

/// <summary>One of each thing that a line of the surface can say.</summary>
[System.Diagnostics.CodeAnalysis.Experimental("EXAMPLE001")]
public abstract class SurfaceExampleStream : Stream
{
#pragma warning disable IDE0060, CS1591 // Read by reflection only.
    protected SurfaceExampleStream(string? name = null, StringComparison way = StringComparison.Ordinal)
    {
    }

    public int? Count { get; init; }

    [Obsolete("an example")]
    protected abstract Task<T> Try<T>(in T value, out List<string?>? all, params object[] rest)
        where T : class, IDisposable, new();
#pragma warning restore IDE0060, CS1591
}
