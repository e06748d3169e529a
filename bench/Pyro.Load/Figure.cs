using System.Globalization;
using System.Text.Json;

namespace Pyro.Load;

/// <summary>A number that is no latency.</summary>
/// <param name="What">What it is of.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
internal sealed record Figure(string What, double Value, string Unit)
{
    /// <summary>What the blocks of a bucket come to, as their meta.json files tell (block-format): bytes of a sample, in all and by file.</summary>
    public static IEnumerable<Figure> OfBlocks(string bucket)
    {
        var (blocks, samples, rows, total) = (0, 0L, 0L, 0L);
        var files = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(bucket, "meta.json", SearchOption.AllDirectories))
        {
            using var meta = JsonDocument.Parse(File.ReadAllBytes(path));
            var stats = meta.RootElement.GetProperty("stats");
            blocks++;
            samples += stats.GetProperty("numSamples").GetInt64();
            rows += stats.GetProperty("numProfiles").GetInt64();
            foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*", SearchOption.AllDirectories))
            {
                var (name, bytes) = (Path.GetFileName(file), new FileInfo(file).Length);
                files[name] = files.GetValueOrDefault(name) + bytes;
                total += bytes;
            }
        }
        yield return new Figure("blocks", blocks, "");
        yield return new Figure("rows in blocks", rows, "");
        yield return new Figure("samples in blocks", samples, "");
        yield return new Figure("bytes a sample", (double)total / samples, "B");
        foreach (var (name, bytes) in files)
            yield return new Figure($"bytes a sample, {name}", (double)bytes / samples, "B");
    }

    /// <summary>A metric of a server, summed over its labels; 0 when it has none of that name.</summary>
    public static async Task<double> OfMetric(Uri url, string name, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = url };
        var text = await client.GetStringAsync("/metrics", cancellation);
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
            .Sum(static line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));
    }
}
