using Pyro.Configuration.Values;

namespace Pyro.Configuration.Sources;

/// <summary>Flags in Go's form: <c>-name=value</c>, <c>-name value</c>, <c>--name=value</c>; a switch stands alone or takes <c>=</c>.</summary>
internal sealed class CommandLine
{
    private static readonly Option ConfigFile = new("config.file", "", OptionKind.Text, "", "The YAML file to read.");

    /// <summary>Flags that are not settings.</summary>
    public static readonly IReadOnlyList<Option> Controls =
    [
        ConfigFile,
        new("config.expand-env", "", OptionKind.Switch, "false", "Replace ${VARIABLE} in the file by environment variables."),
        new("h", "", OptionKind.Switch, "false", "Print the common flags."),
        new("help", "", OptionKind.Switch, "false", "Print the common flags."),
        new("help-all", "", OptionKind.Switch, "false", "Print all flags."),
        new("version", "", OptionKind.Switch, "false", "Print the version."),
        new("modules", "", OptionKind.Switch, "false", "List what -target may name."),
        new("print-config", "", OptionKind.Switch, "false", "Print the configuration in force as YAML."),
    ];

    /// <summary>What may stand on the line without a dash.</summary>
    private static readonly string[] Modes = ["server", "push", "help"];

    private readonly List<(string Flag, Option Option, bool Alias, string Text)> _settings = [];

    /// <summary>Items of lists, which add to what the other sources give.</summary>
    public IEnumerable<(Option Option, string Text)> Additions =>
        from setting in _settings where setting.Option.Kind == OptionKind.List select (setting.Option, setting.Text);

    /// <summary>Flags that are not settings and their values; the last wins.</summary>
    public Dictionary<string, string> Control { get; } = [];

    /// <summary>What is wrong with the line itself.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Whether one of the faults is a flag that nobody knows.</summary>
    public bool HasUnknownFlags { get; private set; }

    /// <summary>Whether a flag that is no setting is switched on.</summary>
    public bool IsOn(string flag) => Control.GetValueOrDefault(flag) == "true";

    /// <summary>Reads the arguments; never throws.</summary>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        CommandLine line = new();
        for (int i = 0; i < args.Count; i++)
        {
            if (args[i].Length < 2 || args[i][0] != '-')
            {
                line.AddPositional(args[i]);
            }
            else if (args[i] != "--")
            {
                line.ReadFlag(args, ref i);
            }
        }
        return line;
    }

    /// <summary>Hands the settings over, lists excepted.</summary>
    public void Read(Layer layer)
    {
        foreach ((string flag, Option option, bool alias, string text) in _settings)
        {
            if (option.Kind != OptionKind.List)
            {
                layer.Set($"-{flag}", option, alias, text);
            }
        }
    }

    private void ReadFlag(IReadOnlyList<string> args, ref int i)
    {
        string arg = args[i];
        string name = arg[(arg[1] == '-' ? 2 : 1)..];
        string? value = null;
        if (name.IndexOf('=') is var equals and >= 0)
        {
            (name, value) = (name[..equals], name[(equals + 1)..]);
        }
        if (name.Length == 0 || name[0] == '-')
        {
            Faults.Add($"bad flag syntax: {arg}");
            return;
        }
        (Option Option, bool Alias)? known = OptionTable.ByFlag(name);
        Option? control = Controls.FirstOrDefault(option => option.Flag == name);
        if ((known?.Option ?? control) is not { } option)
        {
            HasUnknownFlags = true;
            Faults.Add($"flag provided but not defined: -{name}{Nearest.Hint(Suggest(name))}");
            // Most likely its value follows; skipping it finds the faults behind it.
            i += value is null && i + 1 < args.Count && !args[i + 1].StartsWith('-') ? 1 : 0;
            return;
        }
        if (value is null && option.Kind != OptionKind.Switch && i + 1 == args.Count)
        {
            Faults.Add($"flag needs an argument: -{name}");
            return;
        }
        value ??= option.Kind == OptionKind.Switch ? "true" : args[++i];
        if (known is { } setting)
        {
            _settings.Add((name, option, setting.Alias, value));
        }
        else
        {
            SetControl(name, option, value);
        }
    }

    private void SetControl(string name, Option option, string text)
    {
        if (OptionValue.TryParse(option, text, out object? value, out string reason))
        {
            Control[name] = value is bool on ? (on ? "true" : "false") : text;
        }
        else
        {
            Faults.Add($"-{name}: {reason}");
        }
    }

    private void AddPositional(string arg)
    {
        switch (arg)
        {
            case "server":
                break;
            case "help":
                Control["help"] = "true";
                break;
            case "push":
                Faults.Add("push is a command of its own: pyro push FILE... --name my-app, without flags before it");
                break;
            case "blocks":
                Faults.Add("blocks is a command of its own: pyro blocks list|inspect|verify PLACE, without flags before it");
                break;
            case "agent" or "ebpf" or "connect" or "exec":
                Faults.Add($"mode {arg} is deprecated: profiles are collected by Grafana Alloy or an SDK");
                break;
            default:
                Faults.Add($"unknown mode: {arg}{Nearest.Hint(Nearest.To(arg, Modes))}");
                break;
        }
    }

    private static string? Suggest(string name) =>
        Nearest.To(name, OptionTable.FlagNames.Concat(Controls.Select(option => option.Flag!))) is { } flag ? $"-{flag}"
        : OptionTable.ByUserPath(name) is ({ Flag: { } own }, _) ? $"-{own}"
        : null;
}
