using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Pyro.Connect.Protocol.Json;

/// <summary>Numbers of JSON messages: as numbers or as text, integers in any notation that is whole (<c>1e3</c>, <c>5.0</c>).</summary>
internal static class JsonNumber
{
    /// <summary>No integer in any sensible notation is longer, in characters.</summary>
    private const int MaxLength = 64;

    public static long Signed(string field, scoped ref Utf8JsonReader reader, long min, long max)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        text = text[..Text(field, ref reader, text)];
        if (!Utf8Parser.TryParse(text, out long value, out var used) || used != text.Length)
        {
            var whole = Whole(field, text);
            value = whole >= long.MinValue && whole <= long.MaxValue ? (long)whole : throw Invalid(field);
        }
        return value >= min && value <= max ? value : throw Invalid(field);
    }

    public static ulong Unsigned(string field, scoped ref Utf8JsonReader reader, ulong max)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        text = text[..Text(field, ref reader, text)];
        if (!Utf8Parser.TryParse(text, out ulong value, out var used) || used != text.Length)
        {
            var whole = Whole(field, text);
            value = whole >= 0 && whole <= ulong.MaxValue ? (ulong)whole : throw Invalid(field);
        }
        return value <= max ? value : throw Invalid(field);
    }

    public static double Double(string field, scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueTextEquals("NaN"u8))
                return double.NaN;
            if (reader.ValueTextEquals("Infinity"u8))
                return double.PositiveInfinity;
            if (reader.ValueTextEquals("-Infinity"u8))
                return double.NegativeInfinity;
        }
        Span<byte> text = stackalloc byte[512];
        text = text[..Text(field, ref reader, text)];
        // A number that is too large for the type is refused, never taken for infinity.
        return double.TryParse(text, NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite), CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value)
            ? value
            : throw Invalid(field);
    }

    public static float Single(string field, scoped ref Utf8JsonReader reader)
    {
        var value = Double(field, ref reader);
        return double.IsFinite(value) && Math.Abs(value) > float.MaxValue ? throw Invalid(field) : (float)value;
    }

    private static decimal Whole(string field, ReadOnlySpan<byte> text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value)
        && decimal.IsInteger(value)
            ? value
            : throw Invalid(field);

    /// <summary>Copies the characters of a number, or of a text or property name that holds one; returns how many.</summary>
    private static int Text(string field, scoped ref Utf8JsonReader reader, scoped Span<byte> buffer)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String or JsonTokenType.PropertyName) || reader.ValueSpan.Length > buffer.Length)
            throw Invalid(field);
        if (reader.TokenType == JsonTokenType.Number)
        {
            reader.ValueSpan.CopyTo(buffer);
            return reader.ValueSpan.Length;
        }
        return reader.CopyString(buffer);
    }

    private static JsonException Invalid(string field) => new($"invalid number for field {field}");
}
