using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Pyro.Profiles.Labels;

namespace Pyro.Profiles.Relabeling;

/// <summary>A relabelling rule ready to run. Thread-safe.</summary>
public sealed class RelabelRule
{
    private readonly RelabelConfig _config;
    private readonly Regex _regex;
    private readonly Dictionary<string, int> _groupNames;
    private readonly bool _sets;

    /// <summary>Checks and compiles a rule.</summary>
    /// <exception cref="RelabelConfigException">The rule makes no sense.</exception>
    public RelabelRule(RelabelConfig config)
    {
        _config = config;
        _sets = config.Action == RelabelAction.Replace && config.Regex == RelabelConfig.DefaultRegex
            && !config.TargetLabel.Contains('$') && !config.Replacement.Contains('$');
        Check(config);
        try
        {
            _regex = Re2.Compile(config.Regex);
            _groupNames = GroupNames.Of(config.Regex);
        }
        catch (SelectorException e)
        {
            throw new RelabelConfigException("relabel configuration: " + e.Message);
        }
    }

    /// <summary>What it does.</summary>
    public RelabelAction Action => _config.Action;

    /// <summary>Applies the rule to labels in place; false: the series is dropped.</summary>
    public bool Apply(List<Label> labels)
    {
        switch (_config.Action)
        {
            case RelabelAction.LabelMap:
                foreach (Label label in labels.ToArray())
                {
                    if (_regex.Match(label.Name) is { Success: true } match)
                    {
                        Set(labels, Template.Expand(_config.Replacement, match, _groupNames), label.Value);
                    }
                }

                return true;
            case RelabelAction.LabelDrop:
                labels.RemoveAll(label => _regex.IsMatch(label.Name));
                return true;
            case RelabelAction.LabelKeep:
                labels.RemoveAll(label => !_regex.IsMatch(label.Name));
                return true;
        }

        string source = Source(labels);
        switch (_config.Action)
        {
            case RelabelAction.Keep:
                return _regex.IsMatch(source);
            case RelabelAction.Drop:
                return !_regex.IsMatch(source);
            case RelabelAction.KeepEqual:
                return Get(labels, _config.TargetLabel) == source;
            case RelabelAction.DropEqual:
                return Get(labels, _config.TargetLabel) != source;
            case RelabelAction.Lowercase:
                Set(labels, _config.TargetLabel, source.ToLowerInvariant());
                return true;
            case RelabelAction.Uppercase:
                Set(labels, _config.TargetLabel, source.ToUpperInvariant());
                return true;
            case RelabelAction.HashMod:
                Set(labels, _config.TargetLabel, (Hash(source) % _config.Modulus).ToString(CultureInfo.InvariantCulture));
                return true;
            default:
                Replace(labels, source);
                return true;
        }
    }

    private static void Check(RelabelConfig config)
    {
        if (config.Action == RelabelAction.HashMod && config.Modulus == 0)
        {
            throw new RelabelConfigException("relabel configuration for hashmod requires non-zero modulus");
        }

        bool targets = config.Action is RelabelAction.Replace or RelabelAction.HashMod or RelabelAction.Lowercase or RelabelAction.Uppercase
            or RelabelAction.KeepEqual or RelabelAction.DropEqual;
        string action = Name(config.Action);
        if (targets && config.TargetLabel.Length == 0)
        {
            throw new RelabelConfigException($"relabel configuration for {action} action requires 'target_label' value");
        }

        if ((targets && !LabelText.IsValid(config.TargetLabel)) || (config.Action == RelabelAction.LabelMap && config.Replacement.Length == 0))
        {
            throw new RelabelConfigException($"\"{LabelText.Printable(config.TargetLabel)}\" is invalid 'target_label' for {action} action");
        }

        bool plain = config.Regex == RelabelConfig.DefaultRegex && config.Separator == ";" && config.Modulus == 0
            && config.Replacement == RelabelConfig.DefaultReplacement;
        if (config.Action is RelabelAction.KeepEqual or RelabelAction.DropEqual && !plain)
        {
            throw new RelabelConfigException($"{action} action requires only 'source_labels' and `target_label`, and no other fields");
        }

        bool alone = config.SourceLabels.Count == 0 && config.TargetLabel.Length == 0 && config.Separator == ";" && config.Modulus == 0
            && config.Replacement == RelabelConfig.DefaultReplacement;
        if (config.Action is RelabelAction.LabelDrop or RelabelAction.LabelKeep && !alone)
        {
            throw new RelabelConfigException($"{action} action requires only 'regex', and no other fields");
        }
    }

    private static string Name(RelabelAction action) => action.ToString().ToLowerInvariant();

    private static ulong Hash(string source) => BinaryPrimitives.ReadUInt64BigEndian(HashBytes(source).AsSpan(8));

    // Which rule a series falls under is part of the format: Prometheus takes the last eight bytes of MD5.
#pragma warning disable CA5351
    private static byte[] HashBytes(string source) => MD5.HashData(Encoding.UTF8.GetBytes(source));
#pragma warning restore CA5351

    private void Replace(List<Label> labels, string source)
    {
        if (_sets)
        {
            Set(labels, _config.TargetLabel, _config.Replacement);
            return;
        }

        if (_regex.Match(source) is not { Success: true } match)
        {
            return;
        }

        string target = Template.Expand(_config.TargetLabel, match, _groupNames);
        if (target.Length > 0)
        {
            Set(labels, target, Template.Expand(_config.Replacement, match, _groupNames));
        }
    }

    private string Source(List<Label> labels) => _config.SourceLabels.Count switch
    {
        0 => "",
        1 => Get(labels, _config.SourceLabels[0]),
        _ => string.Join(_config.Separator, _config.SourceLabels.Select(name => Get(labels, name))),
    };

    private static string Get(List<Label> labels, string name)
    {
        foreach (Label label in labels)
        {
            if (label.Name == name)
            {
                return label.Value;
            }
        }

        return "";
    }

    /// <summary>Sets a label in its place in the order of names; an empty value removes it.</summary>
    private static void Set(List<Label> labels, string name, string value)
    {
        labels.RemoveAll(label => label.Name == name);
        if (value.Length == 0)
        {
            return;
        }

        int at = labels.Count;
        while (at > 0 && Utf8Order.Compare(labels[at - 1].Name, name) > 0)
        {
            at--;
        }

        labels.Insert(at, new Label(name, value));
    }
}
