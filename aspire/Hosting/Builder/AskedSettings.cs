using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;

namespace Aspire.Hosting;

/// <summary>The settings of a command line, which remember what they were asked for.</summary>
internal sealed class AskedSettings(string[] args, IDictionary<string, string> switches) : IConfigurationSource
{
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyCollection<string> _given = [];

    /// <summary>The names on the command line.</summary>
    public IReadOnlyCollection<string> Given => _given;

    /// <summary>The names that were asked for, whether they are on the command line or not.</summary>
    public IReadOnlySet<string> Asked => _asked.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(this, args, switches);

    private sealed class Provider(AskedSettings settings, string[] args, IDictionary<string, string> switches) : CommandLineConfigurationProvider(args, switches)
    {
        public override void Load()
        {
            base.Load();
            settings._given = [.. Data.Keys];
        }

        public override bool TryGet(string key, out string? value)
        {
            settings._asked[key] = true;
            return base.TryGet(key, out value);
        }
    }
}
