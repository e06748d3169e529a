using System.Text;

namespace Pyro.Connect.Protocol.Json;

/// <summary>Takes out the blanks that Google's formatter puts between tokens.</summary>
internal static class JsonBlanks
{
    public static string Remove(string json)
    {
        var compact = new StringBuilder(json.Length);
        var inText = false;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            if (c == '"')
                inText = !inText;
            if (inText && c == '\\')
                compact.Append(c).Append(json[++i]);
            else if (inText || c != ' ')
                compact.Append(c);
        }
        return compact.ToString();
    }
}
