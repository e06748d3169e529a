using System.Globalization;
using System.Text;

namespace Pyro.Configuration.Values;

/// <summary>Sizes in bytes: <c>4194304</c>, <c>4MiB</c>, <c>63KiB1023B</c>; K, M, G, T and KB … are powers of 1024 too.</summary>
public static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units = [("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    /// <summary>Reads a size; false when the text is none, negative or above 2^63-1.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        if (text.IsEmpty)
        {
            return false;
        }
        decimal total = 0;
        while (!text.IsEmpty)
        {
            Quantity.Take(ref text, out ReadOnlySpan<char> number, out ReadOnlySpan<char> unit);
            long size = SizeOf(unit);
            if (size == 0 || number.Length > 20
                || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
                || count > long.MaxValue || (total += count * size) > long.MaxValue)
            {
                return false;
            }
        }
        bytes = (long)total;
        return true;
    }

    private static long SizeOf(ReadOnlySpan<char> unit)
    {
        unit = unit.Trim();
        return unit switch
        {
            "" or "B" or "b" => 1,
            "K" or "k" or "KB" or "kB" or "KiB" or "Ki" => 1L << 10,
            "M" or "m" or "MB" or "MiB" or "Mi" => 1L << 20,
            "G" or "g" or "GB" or "GiB" or "Gi" => 1L << 30,
            "T" or "t" or "TB" or "TiB" or "Ti" => 1L << 40,
            _ => 0,
        };
    }

    /// <summary>Reads a share (<c>60%</c>) of a total, or a size.</summary>
    public static bool TryParseShare(ReadOnlySpan<char> text, long total, out long bytes)
    {
        if (text is not [.. var share, '%'])
        {
            return TryParse(text, out bytes) && bytes > 0;
        }
        bytes = 0;
        if (!decimal.TryParse(share, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent) || percent is <= 0 or > 100)
        {
            return false;
        }
        bytes = (long)(total * percent / 100);
        return true;
    }

    /// <summary>Writes a size with units, exactly: <c>63KiB1023B</c>, <c>0B</c>.</summary>
    public static string Format(long bytes)
    {
        if (bytes == 0)
        {
            return "0B";
        }
        StringBuilder text = new();
        foreach ((string unit, long size) in Units)
        {
            if (bytes >= size)
            {
                text.Append(bytes / size).Append(unit);
                bytes %= size;
            }
        }
        return text.ToString();
    }
}
