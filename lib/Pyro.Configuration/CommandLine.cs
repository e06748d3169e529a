namespace Pyro.Configuration;

/// <summary>Flags in Go's form: <c>-name=value</c>, <c>-name value</c>, <c>--name=value</c>; a switch stands alone or takes <c>=</c>.</summary>
sealed class CommandLine
{
    /// <summary>Flags that are not settings, each with whether it takes a value.</summary>
    static readonly Dictionary<string, bool> Controls = new()
    {
        ["config.file"] = true, ["config.expand-env"] = false, ["h"] = false, ["help"] = false, ["help-all"] = false,
        ["version"] = false, ["modules"] = false, ["print-config"] = false,
    };

    /// <summary>Settings in the order of the command line: the flag as written and its value.</summary>
    public List<(string Flag, Option Option, bool Alias, string Value)> Settings { get; } = [];

    /// <summary>Flags that are not settings and their values; the last wins.</summary>
    public Dictionary<string, string> Control { get; } = [];

    /// <summary>Flags that nobody knows.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>Other faults.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Arguments after the flags.</summary>
    public List<string> Positional { get; } = [];

    /// <summary>Reads the arguments; never throws.</summary>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        CommandLine line = new();
        for (int i = 0; i < args.Count; i++)
        {
            string arg = args[i];
            if (arg.Length < 2 || arg[0] != '-' || arg == "--")
            {
                line.Positional.AddRange(args.Skip(arg == "--" ? i + 1 : i));
                break;
            }
            string name = arg[(arg[1] == '-' ? 2 : 1)..];
            string? value = null;
            if (name.IndexOf('=') is var equals and >= 0)
            {
                (name, value) = (name[..equals], name[(equals + 1)..]);
            }
            (Option Option, bool Alias)? known = OptionTable.ByFlag(name);
            if (known is null && !Controls.ContainsKey(name))
            {
                line.Unknown.Add(name);
                // Most likely its value follows: reading on as if it did finds the faults behind it.
                i += value is null && i + 1 < args.Count && !args[i + 1].StartsWith('-') ? 1 : 0;
                continue;
            }
            if (value is null)
            {
                bool alone = known is { Option.Kind: OptionKind.Switch } || (known is null && !Controls[name]);
                if (!alone && i + 1 == args.Count)
                {
                    line.Faults.Add($"flag needs an argument: -{name}");
                    continue;
                }
                value = alone ? "true" : args[++i];
            }
            line.Add(name, known, value);
        }
        return line;
    }

    void Add(string name, (Option Option, bool Alias)? known, string value)
    {
        if (known is { } setting)
        {
            Settings.Add((name, setting.Option, setting.Alias, value));
        }
        else
        {
            Control[name] = value;
        }
    }
}
