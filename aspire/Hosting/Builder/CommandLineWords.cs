using System.Text;

namespace Aspire.Hosting;

/// <summary>Splits a line of arguments as launch settings spell it: at blanks, with double quotes around words that hold some.</summary>
internal static class CommandLineWords
{
    /// <summary>The words; <c>\"</c> is a quote, an empty pair of quotes an empty word.</summary>
    public static List<string> Split(string? line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quoted = false;
        var begun = false;
        for (var i = 0; i < (line?.Length ?? 0); i++)
        {
            var c = line![i];
            if (c == '\\' && i + 1 < line.Length && line[i + 1] == '"')
            {
                word.Append(line[++i]);
                begun = true;
            }
            else if (c == '"')
            {
                quoted = !quoted;
                begun = true;
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (begun)
                    words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
            else
            {
                word.Append(c);
                begun = true;
            }
        }
        if (begun)
            words.Add(word.ToString());
        return words;
    }
}
