using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value drawn at random, of the kinds of characters wished for.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    // No letters or digits that are easily taken for each other, no character that a shell, a URL or a connection string treats apart.
    private const string LowerLetters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperLetters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string Digits = "0123456789";
    private const string Specials = "-_.{}~()*+!";

    /// <summary>How many characters at least.</summary>
    public int MinLength { get; set; }

    /// <summary>Whether small letters may appear.</summary>
    public bool Lower { get; set; } = true;

    /// <summary>Whether capital letters may appear.</summary>
    public bool Upper { get; set; } = true;

    /// <summary>Whether digits may appear.</summary>
    public bool Numeric { get; set; } = true;

    /// <summary>Whether punctuation may appear.</summary>
    public bool Special { get; set; } = true;

    /// <summary>How many small letters at least.</summary>
    public int MinLower { get; set; }

    /// <summary>How many capital letters at least.</summary>
    public int MinUpper { get; set; }

    /// <summary>How many digits at least.</summary>
    public int MinNumeric { get; set; }

    /// <summary>How many punctuation characters at least.</summary>
    public int MinSpecial { get; set; }

    /// <inheritdoc/>
    public override string GetDefaultValue()
    {
        (bool On, int Least, string Characters)[] kinds =
            [(Lower, MinLower, LowerLetters), (Upper, MinUpper, UpperLetters), (Numeric, MinNumeric, Digits), (Special, MinSpecial, Specials)];
        var alphabet = string.Concat(kinds.Where(k => k.On).Select(k => k.Characters));
        if (alphabet.Length == 0 || kinds.Any(k => !k.On && k.Least > 0))
            throw new InvalidOperationException("A generated value needs a kind of character, and no minimum of a kind that is switched off.");
        var required = string.Concat(kinds.Select(k => RandomNumberGenerator.GetString(k.Characters, k.Least)));
        var value = (required + RandomNumberGenerator.GetString(alphabet, Math.Max(0, MinLength - required.Length))).ToCharArray();
        RandomNumberGenerator.Shuffle<char>(value);
        return new string(value);
    }
}
