using System.Collections.Frozen;
using Pyro.Configuration.Table;

namespace Pyro.Configuration;

/// <summary>Every option there is, and every other name that an option goes by.</summary>
public static class OptionTable
{
    /// <summary>The options in the order in which help and configuration are printed.</summary>
    public static IReadOnlyList<Option> Options { get; } =
    [
        .. GeneralTable.Options,
        .. ServerTable.Options,
        .. GatewayTable.Options,
        .. DistributorTable.Options,
        .. IngesterTable.Options,
        .. QueryTable.Options,
        .. StoreGatewayTable.Options,
        .. CompactorTable.Options,
        .. MemberlistTable.Options,
        .. LimitTable.Options,
        .. StorageTable.Options,
    ];

    private static readonly FrozenDictionary<string, Option> Paths = Options.ToFrozenDictionary(option => option.Path);

    private static readonly FrozenDictionary<string, Option> Flags =
        Options.Where(option => option.Flag is not null).ToFrozenDictionary(option => option.Flag!);

    /// <summary>The option of a YAML path.</summary>
    /// <exception cref="KeyNotFoundException">There is none: a fault of the program, not of its user.</exception>
    public static Option ByPath(string path) => Paths[path];

    /// <summary>The option of a flag (without dashes) and whether it is known by another name; null when there is none.</summary>
    public static (Option Option, bool Alias)? ByFlag(string flag) =>
        Flags.TryGetValue(flag, out Option? option) ? (option, false)
        : Aliases.Flags.TryGetValue(flag, out string? path) ? (Paths[path], true)
        : null;

    /// <summary>The option of a YAML path that a user wrote; null when there is none.</summary>
    public static (Option Option, bool Alias)? ByUserPath(string path) =>
        Paths.TryGetValue(path, out Option? option) ? (option, false)
        : Aliases.PathOf(path) is { } other && Paths.TryGetValue(other, out option) ? (option, true)
        : null;

    /// <summary>Every flag, other names included.</summary>
    public static IEnumerable<string> FlagNames => Flags.Keys.Concat(Aliases.Flags.Keys);

    /// <summary>Every YAML path, other names included.</summary>
    public static IEnumerable<string> PathNames => Paths.Keys.Concat(Aliases.Paths(Paths.Keys));
}
