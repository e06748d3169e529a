using System.Runtime.InteropServices;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;

namespace Pyro.Profiles.Relabeling;

/// <summary>What a tenant's labels may be.</summary>
/// <param name="MaxNames">Labels of a series, internal ones included.</param>
/// <param name="MaxNameLength">Bytes of a name.</param>
/// <param name="MaxValueLength">Bytes of a value.</param>
/// <param name="KeepNames">Any UTF-8 name is taken as it is; otherwise dots become underscores and only letters, digits and underscores may be.</param>
public readonly record struct LabelLimits(int MaxNames, int MaxNameLength, int MaxValueLength, bool KeepNames);

/// <summary>Checks the final labels of a series and replaces the dots in their names.</summary>
public static class LabelValidation
{
    /// <summary>Checks labels sorted by name, in place.</summary>
    /// <exception cref="ProfileRejectedException">They may not be stored.</exception>
    public static void Validate(List<Label> labels, in LabelLimits limits)
    {
        if (labels.Count == 0)
        {
            throw new ProfileRejectedException(DiscardReason.MissingLabels, "error at least one label pair is required per profile");
        }

        if (labels.Count > limits.MaxNames)
        {
            throw new ProfileRejectedException(
                DiscardReason.MaxLabelNamesPerSeries, $"profile series '{Text(labels)}' has {labels.Count} label names; limit {limits.MaxNames}");
        }

        string? metric = Find(labels, LabelNames.Name);
        if (string.IsNullOrEmpty(metric) || !LabelText.IsValid(metric))
        {
            throw Invalid(labels, "invalid metric name");
        }

        if (string.IsNullOrEmpty(Find(labels, LabelNames.Service)))
        {
            throw new ProfileRejectedException(DiscardReason.MissingLabels, $"invalid labels '{Text(labels)}' with error: service name is not provided");
        }

        for (int i = 0; i < labels.Count;)
        {
            Lengths(labels, labels[i], limits);
            if (limits.KeepNames ? labels[i].Name.Length == 0 || !LabelText.IsValid(labels[i].Name) : !IsName(labels[i].Name))
            {
                throw Invalid(labels, $"invalid label name '{LabelText.Printable(labels[i].Name)}'");
            }

            if (!limits.KeepNames && labels[i].Name.Contains('.'))
            {
                // The label moves to its new place or disappears: the same index now holds what follows it.
                ReplaceDots(labels, i);
                continue;
            }

            if (!LabelText.IsValid(labels[i].Value))
            {
                throw Invalid(labels, $"invalid label value '{LabelText.Printable(labels[i].Value)}'");
            }

            if (i > 0 && labels[i - 1].Name == labels[i].Name)
            {
                throw new ProfileRejectedException(
                    DiscardReason.DuplicateLabelNames, $"profile with labels '{Text(labels)}' has duplicate label name: '{labels[i].Name}'");
            }

            i++;
        }
    }

    private static void Lengths(List<Label> labels, Label label, in LabelLimits limits)
    {
        if (LabelText.ByteCount(label.Name) > limits.MaxNameLength)
        {
            throw new ProfileRejectedException(
                DiscardReason.LabelNameTooLong, $"profile with labels '{Text(labels)}' has label name too long: '{LabelText.Printable(label.Name)}'");
        }

        if (LabelText.ByteCount(label.Value) > limits.MaxValueLength)
        {
            throw new ProfileRejectedException(
                DiscardReason.LabelValueTooLong, $"profile with labels '{Text(labels)}' has label value too long: '{LabelText.Printable(label.Value)}'");
        }
    }

    private static void ReplaceDots(List<Label> labels, int i)
    {
        Label old = labels[i];
        string name = old.Name.Replace('.', '_');
        string? other = Find(labels, name);
        if (other is not null && other != old.Value)
        {
            throw new ProfileRejectedException(
                DiscardReason.DuplicateLabelNames,
                $"profile with labels '{Text(labels)}' has duplicate label name '{name}' after label name sanitization from '{old.Name}'");
        }

        labels.RemoveAt(i);
        if (other is null)
        {
            labels.Add(new Label(name, old.Value));
            LabelText.Sort(labels);
        }
    }

    private static bool IsName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static string? Find(List<Label> labels, string name)
    {
        foreach (Label label in CollectionsMarshal.AsSpan(labels))
        {
            if (label.Name == name)
            {
                return label.Value;
            }
        }

        return null;
    }

    private static string Text(List<Label> labels) => LabelText.Format(CollectionsMarshal.AsSpan(labels));

    private static ProfileRejectedException Invalid(List<Label> labels, string error) =>
        new(DiscardReason.InvalidLabels, $"invalid labels '{Text(labels)}' with error: {error}");
}
