using System.Text.Json;
using Pyro.Disk;

namespace Pyro.Ring;

/// <summary>
/// Keeps a member's tokens over restarts, so that it takes its old places up again: JSON <c>{"tokens":[1,2,3]}</c>, replaced as a whole.
/// </summary>
public sealed class TokensFile(IDisk disk, string path)
{
    private const int BytesMax = 1 << 20;

    /// <summary>The tokens saved last, sorted; none when there is no file.</summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public async Task<uint[]> Load(CancellationToken cancellationToken)
    {
        if (!disk.Exists(path)) return [];
        var content = await disk.ReadAll(path, BytesMax, cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(content);
            var tokens = document.RootElement.GetProperty("tokens").EnumerateArray().Select(t => t.GetUInt32()).Distinct().ToArray();
            Array.Sort(tokens);
            return tokens;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{path}' is no tokens file: {e.Message}", e);
        }
    }

    /// <summary>Saves tokens; durable when the task has ended.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async Task Save(IReadOnlyList<uint> tokens, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartObject();
            json.WriteStartArray("tokens");
            foreach (var token in tokens) json.WriteNumberValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        await disk.Replace(path, content.GetBuffer().AsMemory(0, (int)content.Length), cancellationToken);
    }
}
