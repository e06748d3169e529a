using System.Buffers.Text;
using System.Globalization;

namespace Pyro.Blocks.Meta;

/// <summary>
/// Times as meta.json and the bucket index write them: seconds with up to three decimals, without exponent, of a number of milliseconds.
/// </summary>
public static class BlockTime
{
    private const long MsPerSecond = 1000;
    private const int Decimals = 3;

    /// <summary>Milliseconds of a time in ns, cut towards zero as Pyroscope does.</summary>
    public static long FromNanos(long nanos) => nanos / 1_000_000;

    /// <summary>The shortest text of a time in ms: <c>1743501600</c>, <c>1743501600.25</c>, <c>1743501600.005</c>.</summary>
    public static string Format(long ms)
    {
        var rest = (int)Math.Abs(ms % MsPerSecond);
        var seconds = ms / MsPerSecond;
        var sign = ms < 0 && seconds == 0 ? "-" : "";
        return rest == 0
            ? seconds.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{seconds}.{$"{rest:000}".TrimEnd('0')}");
    }

    /// <summary>Reads a number of seconds; decimals beyond the third are cut off. False for an exponent, and for what no time in ms can be.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long ms)
    {
        ms = 0;
        var isNegative = text.Length > 0 && text[0] == '-';
        var digits = isNegative ? text[1..] : text;
        var point = digits.IndexOf((byte)'.');
        var whole = point < 0 ? digits : digits[..point];
        var decimals = point < 0 ? [] : digits[(point + 1)..];
        if ((point >= 0 && decimals.IsEmpty) || !TryDigits(whole, out var seconds) || seconds >= long.MaxValue / MsPerSecond)
        {
            return false;
        }

        var thousandths = 0L;
        for (var i = 0; i < Math.Max(Decimals, decimals.Length); i++)
        {
            var digit = i < decimals.Length ? decimals[i] - '0' : 0;
            if (digit is < 0 or > 9)
            {
                return false;
            }

            thousandths = i < Decimals ? (10 * thousandths) + digit : thousandths;
        }

        ms = (seconds * MsPerSecond) + thousandths;
        ms = isNegative ? -ms : ms;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out long value) =>
        Utf8Parser.TryParse(text, out value, out var read) && read == text.Length && text[0] is >= (byte)'0' and <= (byte)'9';
}
