using System.Buffers;

namespace Pyro.Configuration.Values;

/// <summary>Cuts texts such as <c>1h30m</c> or <c>63KiB1023B</c> into numbers and their units.</summary>
internal static class Quantity
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Takes the first number and its unit off a text; either may come out empty.</summary>
    public static void Take(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> number, out ReadOnlySpan<char> unit)
    {
        int digits = text.IndexOfAnyExcept(Digits);
        number = digits < 0 ? text : text[..digits];
        text = text[number.Length..];
        int length = text.IndexOfAny(Digits);
        unit = length < 0 ? text : text[..length];
        text = text[unit.Length..];
    }
}
