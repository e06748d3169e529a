using System.Globalization;
using System.Text;

namespace Pyro.Profiles.Labels;

/// <summary>Quotes text in messages as Go's <c>%q</c> does, since clients compare messages.</summary>
internal static class GoQuote
{
    /// <summary>Text between double quotes.</summary>
    public static string Text(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            Append(quoted, rune, '"');
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>One character between single quotes.</summary>
    public static string Character(Rune rune)
    {
        var quoted = new StringBuilder(8).Append('\'');
        Append(quoted, rune, '\'');
        return quoted.Append('\'').ToString();
    }

    /// <summary>A character as <c>U+0071 'q'</c>.</summary>
    public static string CodePoint(Rune rune) => IsPrint(rune) ? $"U+{rune.Value:X4} '{rune}'" : $"U+{rune.Value:X4}";

    private static void Append(StringBuilder quoted, Rune rune, char quote)
    {
        if (rune.Value == quote || rune.Value == '\\')
        {
            quoted.Append('\\').Append((char)rune.Value);
            return;
        }

        if (IsPrint(rune))
        {
            quoted.Append(rune.ToString());
            return;
        }

        quoted.Append(rune.Value switch
        {
            '\a' => "\\a",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\v' => "\\v",
            < ' ' or 0x7F => $"\\x{rune.Value:x2}",
            < 0x10000 => $"\\u{rune.Value:x4}",
            _ => $"\\U{rune.Value:x8}",
        });
    }

    // Letters, marks, numbers, punctuation, symbols and the ASCII space.
    private static bool IsPrint(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator);
}
