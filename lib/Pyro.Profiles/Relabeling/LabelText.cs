using System.Globalization;
using System.Text;
using Pyro.Profiles.Labels;

namespace Pyro.Profiles.Relabeling;

/// <summary>
/// Labels as text: the form <c>{name="value", other="value"}</c> with values quoted as Go quotes them, which messages print and
/// which the ring hashes; and texts from bytes that may not be UTF-8.
/// </summary>
public static class LabelText
{
    /// <summary>Lone surrogates from here on stand for bytes 0x80 to 0xFF that are not UTF-8.</summary>
    private const int Escape = 0xDC00;

    /// <summary>The text form of labels in the order given.</summary>
    public static string Format(ReadOnlySpan<Label> labels)
    {
        var text = new StringBuilder(32 * (labels.Length + 1)).Append('{');
        for (int i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(Printable(labels[i].Name)).Append("=\"");
            Quote(text, labels[i].Value);
            text.Append('"');
        }

        return text.Append('}').ToString();
    }

    /// <summary>Text of bytes that should be UTF-8; a byte that is not becomes a lone low surrogate, so that nothing is lost and validation sees it.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                length = 1;
                text.Append((char)(Escape + bytes[0]));
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>Whether a text came from valid UTF-8.</summary>
    public static bool IsValid(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (++i == text.Length || !char.IsSurrogatePair(text[i - 1], text[i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Bytes of a text in UTF-8; each escaped byte is one.</summary>
    public static int ByteCount(string text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        if (!IsValid(text))
        {
            // A lone surrogate was counted as the three bytes of U+FFFD.
            count -= 2 * (Printable(text).AsSpan().Count('\uFFFD') - text.AsSpan().Count('\uFFFD'));
        }

        return count;
    }

    /// <summary>A text that can be written as UTF-8: escaped bytes become U+FFFD.</summary>
    public static string Printable(string text)
    {
        if (IsValid(text))
        {
            return text;
        }

        var valid = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            valid.Append(rune.ToString());
        }

        return valid.ToString();
    }

    /// <summary>Sorts by name in the order of the bytes; equal names stay in their order.</summary>
    public static void Sort(List<Label> labels)
    {
        if (labels.Count > 64)
        {
            // More than a series may have, but sorted before that is checked.
            Label[] sorted = [.. labels.OrderBy(label => label.Name, Utf8Order.Comparer)];
            labels.Clear();
            labels.AddRange(sorted);
            return;
        }

        for (int i = 1; i < labels.Count; i++)
        {
            Label label = labels[i];
            int at = i;
            for (; at > 0 && Utf8Order.Compare(labels[at - 1].Name, label.Name) > 0; at--)
            {
                labels[at] = labels[at - 1];
            }

            labels[at] = label;
        }
    }

    private static void Quote(StringBuilder text, string value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (c is '"' or '\\')
            {
                text.Append('\\').Append(c);
            }
            else if (c is >= ' ' and < (char)0x7F)
            {
                text.Append(c);
            }
            else if (Rune.TryGetRuneAt(value, i, out Rune rune))
            {
                i += rune.Utf16SequenceLength - 1;
                Quote(text, rune);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{c & 0xFF:x2}");
            }
        }
    }

    private static void Quote(StringBuilder text, Rune rune)
    {
        const string Short = "abtnvfr";
        if (rune.Value is >= 7 and <= 13)
        {
            text.Append('\\').Append(Short[rune.Value - 7]);
        }
        else if (rune.Value is < ' ' or 0x7F)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
        }
        else if (Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.SpaceSeparator and <= UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
        {
            text.Append(rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}");
        }
        else
        {
            text.Append(rune.ToString());
        }
    }
}
