using System.Xml.Linq;

namespace Pyro.Tests.Unit.House;

/// <summary>The walls of the house: which project may see which. A new wall is moved here first, and on purpose.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly string[] ServiceBase =
        ["ServiceDefaults", "Api", "Connect", "Ring", "Profiles", "Tenancy", "Configuration", "Memory"];

    private static readonly string[] Libraries =
        ["Configuration", "Connect", "Disk", "Memory", "Profiles", "Ring", "Tenancy", "Api", "ObjectStore", "Blocks"];

    private static readonly string[] Services = ["Distributor", "Ingester", "Query", "StoreGateway", "Compactor", "Gateway"];

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Configuration"] = [],
        ["Connect"] = [],
        ["Disk"] = [],
        ["Memory"] = [],
        ["Profiles"] = ["Memory"],
        ["Ring"] = ["Disk", "Api"],
        ["Tenancy"] = ["Configuration", "Profiles"],
        ["ObjectStore"] = ["Configuration", "Disk", "Memory"],
        ["Blocks"] = ["Api", "Profiles", "ObjectStore", "Disk", "Memory", "Tenancy"],
        ["Api"] = ["Memory"],
        ["ServiceDefaults"] = ["Ring", "Connect", "Api", "Configuration", "Tenancy", "Memory"],
        ["Distributor"] = ServiceBase,
        ["Gateway"] = ServiceBase,
        ["Ingester"] = [.. ServiceBase, "Blocks", "ObjectStore", "Disk"],
        ["StoreGateway"] = [.. ServiceBase, "Blocks", "ObjectStore", "Disk"],
        ["Compactor"] = [.. ServiceBase, "Blocks", "ObjectStore", "Disk"],
        ["Query"] = [.. ServiceBase, "Blocks", "ObjectStore", "Disk", "Clients"],
        ["Aspire.Dashboard"] = [],
        ["Aspire.StandIns"] = [],
        ["Aspire.Hosting"] = ["Aspire.Dashboard", "Aspire.StandIns"],
        ["Aspire.Hosting.Testing"] = ["Aspire.Hosting"],
        ["AppHost"] = ["Aspire.Hosting"],
        ["Cli"] = [.. Services, .. Libraries, "ServiceDefaults"],
    };

    /// <summary>Packages that only the named projects may use.</summary>
    private static readonly (string Package, string[] Projects)[] OnlyIn =
    [
        ("OpenTelemetry", ["ServiceDefaults"]),
        ("AWSSDK.", ["ObjectStore"]),
        ("Azure.", ["ObjectStore"]),
    ];

    private static readonly string[] WithoutAspNetCore = ["Ring", "Tenancy", "Blocks", "Profiles", "Disk", "Memory", "Configuration", "Api"];

    [Fact]
    public void Projects_see_only_what_the_table_allows()
    {
        var faults = new List<string>();
        foreach (var (name, project) in Projects())
        {
            if (!Allowed.TryGetValue(name, out var allowed))
            {
                if (name is not ("Tests" or "SmallAppHost" or "Benchmarks" or "Load"))
                    faults.Add($"{name}: is not in the table");
                continue;
            }
            // The AppHost only has its programs built, and knows their paths.
            var seen = project.Descendants("ProjectReference").Where(e => name != "AppHost" || e.Attribute("ReferenceOutputAssembly")?.Value != "false");
            foreach (var reference in seen.Select(e => e.Attribute("Include")!.Value).Select(r => Short(Path.GetFileNameWithoutExtension(r.Replace('\\', '/')))))
            {
                if (!allowed.Contains(reference))
                    faults.Add($"{name} references {reference}");
            }
        }
        Assert.Empty(faults);
    }

    [Fact]
    public void Packages_stay_in_the_project_that_owns_them()
    {
        var faults = from project in Projects()
                     where project.Name is not ("Tests" or "SmallAppHost" or "Benchmarks" or "Load")
                     from package in Included(project.Xml, "PackageReference")
                     from rule in OnlyIn
                     where package.StartsWith(rule.Package, StringComparison.Ordinal) && !rule.Projects.Contains(project.Name)
                     select $"{project.Name} uses {package}";
        Assert.Empty(faults);
    }

    [Fact]
    public void Libraries_below_the_web_do_not_see_ASP_NET_Core()
    {
        var faults = from project in Projects()
                     where WithoutAspNetCore.Contains(project.Name)
                     where project.Xml.Root!.Attribute("Sdk")!.Value.EndsWith(".Web", StringComparison.Ordinal)
                        || Included(project.Xml, "FrameworkReference").Contains("Microsoft.AspNetCore.App")
                     select project.Name;
        Assert.Empty(faults);
    }

    [Fact]
    public void Transitive_project_references_are_off_and_versions_central()
    {
        var props = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.Equal("true", props.Descendants("DisableTransitiveProjectReferences").Single().Value);
        var versioned = from project in Projects()
                        from package in project.Xml.Descendants("PackageReference")
                        where package.Attribute("Version") is not null
                        select $"{project.Name}: {package.Attribute("Include")!.Value}";
        Assert.Empty(versioned);
    }

    private static IEnumerable<(string Name, XDocument Xml)> Projects() =>
        Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/node_modules/", StringComparison.Ordinal))
            .Select(path => (Short(Path.GetFileNameWithoutExtension(path)), XDocument.Load(path)));

    private static IEnumerable<string> Included(XDocument project, string item) =>
        project.Descendants(item).Select(e => e.Attribute("Include")?.Value).OfType<string>();

    private static string Short(string project) => project.StartsWith("Pyro.", StringComparison.Ordinal) ? project[5..] : project;
}
