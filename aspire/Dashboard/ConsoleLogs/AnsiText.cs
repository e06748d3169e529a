using System.Globalization;
using System.Text;

namespace Aspire.Dashboard.ConsoleLogs;

/// <summary>A part of a line in one style.</summary>
/// <param name="Text">The text.</param>
/// <param name="Style">Class names of the style sheet; empty: plain.</param>
internal readonly record struct StyledText(string Text, string Style);

/// <summary>Reads the escape sequences that colour a terminal's text (ECMA-48 SGR); all other sequences and control characters are left out.</summary>
internal static class AnsiText
{
    private const char Escape = '\u001b';

    /// <summary>The text alone; the same string when there is nothing to leave out.</summary>
    public static string Strip(string text)
    {
        if (!HasControls(text))
            return text;
        var plain = new StringBuilder(text.Length);
        foreach (var part in Parse(text))
            plain.Append(part.Text);
        return plain.ToString();
    }

    /// <summary>The parts of a line with their styles.</summary>
    public static List<StyledText> Parse(string text)
    {
        var parts = new List<StyledText>();
        if (!HasControls(text))
        {
            parts.Add(new StyledText(text, ""));
            return parts;
        }

        var style = default(Style);
        var run = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == Escape && i + 1 < text.Length && text[i + 1] == '[')
            {
                var end = i + 2;
                while (end < text.Length && text[end] is >= ' ' and <= '?')
                    end++;
                if (end < text.Length && text[end] == 'm')
                {
                    Flush(parts, run, style);
                    style = style.With(text.AsSpan(i + 2, end - i - 2));
                }
                i = end;
            }
            else if (!char.IsControl(c) || c == '\t')
            {
                run.Append(c);
            }
        }
        Flush(parts, run, style);
        return parts;
    }

    private static bool HasControls(string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c) && c != '\t')
                return true;
        }
        return false;
    }

    private static void Flush(List<StyledText> parts, StringBuilder run, Style style)
    {
        if (run.Length == 0)
            return;
        parts.Add(new StyledText(run.ToString(), style.ToString()));
        run.Clear();
    }

    /// <summary>What the sequences so far have switched on. Colour counts from 1; 0 is the terminal's own. Backgrounds are not shown.</summary>
    private readonly record struct Style(int Colour, bool Bold, bool Dim, bool Italic, bool Underline)
    {
        public Style With(ReadOnlySpan<char> codes)
        {
            var style = this;
            var numbers = new List<int>();
            foreach (var range in codes.Split(';'))
                numbers.Add(int.TryParse(codes[range], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
            for (var i = 0; i < numbers.Count; i++)
            {
                switch (numbers[i])
                {
                    case 38 when i + 2 < numbers.Count && numbers[i + 1] == 5:
                        style = style with { Colour = numbers[i + 2] < 16 ? numbers[i + 2] + 1 : 0 };
                        i += 2;
                        break;
                    case 48 when i + 2 < numbers.Count && numbers[i + 1] == 5:
                        i += 2;
                        break;
                    case 38 or 48 when i + 4 < numbers.Count && numbers[i + 1] == 2:
                        i += 4;
                        break;
                    default:
                        style = style.With(numbers[i]);
                        break;
                }
            }
            return style;
        }

        public override string ToString()
        {
            if (this == default)
                return "";
            var names = new List<string>();
            if (Colour > 0)
                names.Add("c" + (Colour - 1).ToString(CultureInfo.InvariantCulture));
            if (Bold)
                names.Add("b");
            if (Dim)
                names.Add("d");
            if (Italic)
                names.Add("i");
            if (Underline)
                names.Add("u");
            return string.Join(' ', names);
        }

        private Style With(int code) => code switch
        {
            0 => default,
            1 => this with { Bold = true },
            2 => this with { Dim = true },
            3 => this with { Italic = true },
            4 => this with { Underline = true },
            22 => this with { Bold = false, Dim = false },
            23 => this with { Italic = false },
            24 => this with { Underline = false },
            >= 30 and <= 37 => this with { Colour = code - 29 },
            39 => this with { Colour = 0 },
            >= 90 and <= 97 => this with { Colour = code - 81 },
            _ => this,
        };
    }
}
