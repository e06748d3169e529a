using System.Text.Json;

namespace Aspire.Hosting;

/// <summary>A project's launch settings.</summary>
public sealed class LaunchSettings
{
    private static readonly JsonSerializerOptions Lenient = new(JsonSerializerDefaults.Web)
    {
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>The profiles by name, in the file's order.</summary>
    public Dictionary<string, LaunchProfile> Profiles { get; set; } = [];

    /// <summary>Reads a project's Properties/launchSettings.json; null when there is none.</summary>
    /// <exception cref="DistributedApplicationException">The file is not what it should be.</exception>
    internal static LaunchSettings? Of(string projectPath)
    {
        var path = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        return File.Exists(path) ? Parse(File.ReadAllText(path), path) : null;
    }

    /// <summary>Reads launch settings; what is null in them is left out.</summary>
    /// <exception cref="DistributedApplicationException">They are not what they should be.</exception>
    internal static LaunchSettings Parse(string json, string path)
    {
        try
        {
            var settings = JsonSerializer.Deserialize<LaunchSettings>(json, Lenient) ?? new LaunchSettings();
            settings.Profiles = (settings.Profiles ?? []).Where(p => p.Value is not null).ToDictionary();
            foreach (var profile in settings.Profiles.Values)
                profile.EnvironmentVariables = (profile.EnvironmentVariables ?? []).Where(v => v.Value is not null).ToDictionary();
            return settings;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new DistributedApplicationException($"{path} is no valid JSON of launch settings: {e.Message}", e);
        }
    }

    /// <summary>The profile to use: the one asked for, the AppHost's own by its name, or the first that starts the project.</summary>
    internal (string Name, LaunchProfile Profile)? Choose(string? asked, string? appHosts)
    {
        if (asked is not null)
            return Profiles.TryGetValue(asked, out var found) ? (asked, found) : null;
        if (appHosts is not null && Profiles.TryGetValue(appHosts, out var same))
            return (appHosts, same);
        foreach (var (name, profile) in Profiles)
        {
            if (string.IsNullOrEmpty(profile.CommandName) || profile.CommandName is "Project" or "Executable")
                return (name, profile);
        }
        return null;
    }
}

/// <summary>One way to start a project.</summary>
public sealed class LaunchProfile
{
    /// <summary>What starts it: <c>Project</c>, <c>Executable</c>, or something of an editor's.</summary>
    public string? CommandName { get; set; }

    /// <summary>The URLs that it listens on, with semicolons between.</summary>
    public string? ApplicationUrl { get; set; }

    /// <summary>Its arguments in one line.</summary>
    public string? CommandLineArgs { get; set; }

    /// <summary>Its environment.</summary>
    public Dictionary<string, string> EnvironmentVariables { get; set; } = [];

    /// <summary>The page that a browser opens.</summary>
    public string? LaunchUrl { get; set; }

    /// <summary>Whether a browser opens it.</summary>
    public bool? LaunchBrowser { get; set; }

    /// <summary>Whether <c>dotnet run</c> says what it does.</summary>
    public bool? DotnetRunMessages { get; set; }

    /// <summary>The program of an <c>Executable</c> profile.</summary>
    public string? ExecutablePath { get; set; }
}
