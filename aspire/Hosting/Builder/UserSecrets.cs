using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting;

/// <summary>The secrets file of who runs the AppHost, outside of the repository: <c>dotnet user-secrets</c> edits it.</summary>
/// <param name="path">The file's path.</param>
internal sealed class UserSecrets(string path)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly Lock Writing = new();

    /// <summary>The secrets that an AppHost with a UserSecretsId has.</summary>
    public static UserSecrets? Of(Assembly? appHost) => appHost?.GetCustomAttribute<UserSecretsIdAttribute>() is { } attribute
        ? new UserSecrets(PathHelper.GetSecretsPathFromSecretsId(attribute.UserSecretsId)) : null;

    /// <summary>Makes the secrets part of the configuration.</summary>
    public void AddTo(IConfigurationBuilder configuration) => configuration.AddJsonFile(source =>
    {
        source.Path = path;
        source.Optional = true;
        source.ReloadOnChange = false;
        source.ResolveFileProvider();
    });

    /// <summary>The secret of a name; makes and keeps one when there is none.</summary>
    /// <exception cref="DistributedApplicationException">The file cannot be read or written.</exception>
    public string GetOrAdd(string name, Func<string> make)
    {
        lock (Writing)
        {
            try
            {
                var secrets = Read();
                if (secrets[name]?.GetValue<string>() is { Length: > 0 } known)
                    return known;
                var made = make();
                secrets[name] = made;
                Write(secrets);
                return made;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
            {
                throw new DistributedApplicationException($"Cannot keep '{name}' in the user secrets file {path}: {e.Message}", e);
            }
        }
    }

    private JsonObject Read() => File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path), documentOptions: Lenient)!.AsObject() : [];

    private void Write(JsonObject secrets)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(beside, options))
        using (var writer = new StreamWriter(file))
            writer.Write(secrets.ToJsonString(Indented));
        File.Move(beside, path, overwrite: true);
    }
}
