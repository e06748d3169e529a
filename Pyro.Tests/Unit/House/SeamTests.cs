using System.Text.RegularExpressions;

namespace Pyro.Tests.Unit.House;

/// <summary>
/// The seams: in the code that simulations run nothing reads the clock, randomness, sockets, names or files directly, and nothing
/// leaves the injected scheduler. Read from the sources, so that a slip is named by file and line.
/// </summary>
public sealed partial class SeamTests
{
    /// <summary>Folders under the rules; of Pyro.Connect only the invokers.</summary>
    private static readonly string[] Simulated =
    [
        "lib/Pyro.Ring", "lib/Pyro.Tenancy", "lib/Pyro.Blocks", "lib/Pyro.ObjectStore", "lib/Pyro.Connect/Invokers",
        "Pyro.Ingester", "Pyro.Distributor", "Pyro.Query", "Pyro.StoreGateway", "Pyro.Compactor",
    ];

    /// <summary>Far ends of seams, which may open sockets: simulations put something else in their place.</summary>
    private static readonly string[] FarEnds = ["lib/Pyro.ObjectStore/S3/S3Connections.cs"];

    private static readonly (string Rule, Regex Pattern)[] Banned =
    [
        ("reads the clock: use TimeProvider", new(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bStopwatch\.(StartNew|GetTimestamp)\b|\bEnvironment\.TickCount")),
        ("draws randomness: inject it", new(@"\bRandom\.Shared\b|\bnew Random\(\)|\bGuid\.NewGuid\(|\bUlid\.NewUlid\(\)|\bRandomNumberGenerator\b")),
        ("opens sockets: call through Dial", new(@"\bnew (Socket|TcpClient|UdpClient|TcpListener|HttpClient)\b|\bGrpcChannel\.ForAddress\b")),
        ("resolves names: inject it", new(@"\bDns\.")),
        ("touches files: use lib/Pyro.Disk", new(@"(?<![\w.])(File|Directory)\.(Open|Create|Read|Write|Delete|Move|Copy|Exists|Append|Enumerate|Get)|\bnew (FileStream|FileInfo|DirectoryInfo|StreamWriter\(""|StreamReader\("")")),
        ("leaves the scheduler", new(@"\.ConfigureAwait\((?!.*ContinueOnCapturedContext)|\bTask\.Run\(|\bThreadPool\.|\bnew Thread\(|\bParallel\.")),
        ("waits without the injected clock", new(@"\bTask\.Delay\((?![^;]*([tT]ime|clock))|\bnew (System\.Threading\.)?Timer\(|\bnew PeriodicTimer\((?![^;]*([tT]ime|clock))|\bThread\.Sleep\(")),
        ("blocks", new(@"\.GetAwaiter\(\)\.GetResult\(\)|\.Wait\(\)|\bTask\.WaitA(ll|ny)\(")),
    ];

    [Fact]
    public void Simulated_code_goes_through_the_seams()
    {
        var faults = new List<string>();
        foreach (var file in Simulated.SelectMany(Sources))
        {
            var name = Path.GetRelativePath(Repository.Root, file);
            var lines = File.ReadAllLines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                var line = Comment().Replace(lines[i], "");
                foreach (var (rule, pattern) in Banned)
                {
                    if (pattern.IsMatch(line) && !(rule.StartsWith("opens sockets", StringComparison.Ordinal) && FarEnds.Contains(name)))
                        faults.Add($"{name}:{i + 1} {rule}: {line.Trim()}");
                }
            }
        }
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("var t = DateTime.UtcNow;")]
    [InlineData("await Task.Delay(100, ct);")]
    [InlineData("var x = File.ReadAllText(path);")]
    [InlineData("await call.ConfigureAwait(false);")]
    [InlineData("var id = Guid.NewGuid();")]
    public void The_rules_catch_what_they_name(string line) => Assert.Contains(Banned, b => b.Pattern.IsMatch(line));

    [Theory]
    [InlineData("await Task.Delay(wait, time, ct);")]
    [InlineData("using var timer = new PeriodicTimer(period, timeProvider);")]
    [InlineData("disk.Directory.Create(path)")]
    public void The_rules_let_the_seams_pass(string line) => Assert.DoesNotContain(Banned, b => b.Pattern.IsMatch(line));

    private static IEnumerable<string> Sources(string folder)
    {
        var path = Path.Combine(Repository.Root, folder);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            : [];
    }

    [GeneratedRegex(@"//.*$")]
    private static partial Regex Comment();
}
