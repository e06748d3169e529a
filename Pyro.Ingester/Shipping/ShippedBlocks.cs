using System.Text;
using System.Text.Json;
using Pyro.Blocks.Meta;
using Pyro.Disk;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Which blocks of a tenant are in the bucket: <c>local/shipper.json</c>, as Pyroscope has it. Lost or damaged it is made again, since the
/// bucket is asked before a block is put there.
/// </summary>
public sealed class ShippedBlocks(IDisk disk, LocalFolders folders)
{
    private const string FileName = "shipper.json";
    private const int BytesMax = 16 << 20;

    /// <summary>Reads the names.</summary>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public async ValueTask<HashSet<Ulid>> Read(string tenant, CancellationToken cancellation)
    {
        var path = PathOf(tenant);
        var shipped = new HashSet<Ulid>();
        if (!disk.Exists(path) || LengthOf(path) > BytesMax)
        {
            return shipped;
        }

        try
        {
            using var json = JsonDocument.Parse(await disk.ReadAll(path, BytesMax, cancellation));
            if (json.RootElement.TryGetProperty("uploaded", out var uploaded) && uploaded.ValueKind == JsonValueKind.Array)
            {
                foreach (var name in uploaded.EnumerateArray())
                {
                    if (name.ValueKind == JsonValueKind.String && BlockPaths.TryParse(name.GetString(), out var block))
                    {
                        shipped.Add(block);
                    }
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            shipped.Clear();
        }

        return shipped;
    }

    /// <summary>Writes the names, all or none of them.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public ValueTask Write(string tenant, IEnumerable<Ulid> shipped, CancellationToken cancellation)
    {
        var text = new StringBuilder("{\n\t\"version\": 1,\n\t\"uploaded\": [");
        var separator = "\n\t\t";
        foreach (var block in shipped.Order())
        {
            text.Append(separator).Append('"').Append(block).Append('"');
            separator = ",\n\t\t";
        }

        text.Append(separator.Length > 3 ? "\n\t]\n}" : "]\n}");
        return disk.Replace(PathOf(tenant), Encoding.UTF8.GetBytes(text.ToString()), cancellation);
    }

    private long LengthOf(string path)
    {
        using var file = disk.OpenRead(path);
        return file.Length;
    }

    private string PathOf(string tenant) => Path.Join(folders.Local(tenant), FileName);
}
