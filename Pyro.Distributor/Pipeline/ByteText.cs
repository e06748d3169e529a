using System.Globalization;

namespace Pyro.Distributor.Pipeline;

/// <summary>Bytes as the messages of limits print them, two significant digits: <c>10 KiB</c>, <c>4.0 MiB</c>.</summary>
internal static class ByteText
{
    /// <summary>In powers of 1024.</summary>
    public static string Binary(double bytes)
    {
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        var whole = Math.Max(0, Math.Floor(bytes));
        if (whole < 10) return whole.ToString("0", CultureInfo.InvariantCulture) + " B";

        var unit = 0;
        for (; whole >= 1024 && unit < units.Length - 1; unit++) whole /= 1024;
        whole = Math.Floor((whole * 10) + 0.5) / 10;
        return whole.ToString(whole < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + units[unit];
    }
}
