using System.Text;
using Grpc.Core;

namespace Pyro.Query.Frontend;

/// <summary>Whether a client understands label names beyond those that Prometheus allowed of old.</summary>
public static class LabelNameCapability
{
    private const string Capability = "allow-utf8-labelnames";

    /// <summary>Letters, digits and underscores, the first no digit: what Prometheus allowed of old.</summary>
    public static bool IsLegacy(string name) => IsLegacy(Encoding.UTF8.GetBytes(name));

    /// <summary>The same of a name in UTF-8.</summary>
    public static bool IsLegacy(ReadOnlySpan<byte> name) => !name.IsEmpty && !char.IsAsciiDigit((char)name[0]) && !name.ContainsAnyExcept(Letters);

    /// <summary>Whether the <c>accept</c> header says that any name is understood (<c>*/*; allow-utf8-labelnames=true</c>).</summary>
    public static bool AllowsUtf8(ServerCallContext context)
    {
        foreach (var header in context.RequestHeaders)
        {
            if (header.Key != "accept" || header.IsBinary) continue;
            foreach (var parameter in header.Value.Split(';', ',').Skip(1))
            {
                var (name, value) = parameter.Split('=', 2) is [var n, var v] ? (n.Trim(), v.Trim().Trim('"')) : ("", "");
                if (name.Equals(Capability, StringComparison.OrdinalIgnoreCase)) return value.Equals("true", StringComparison.OrdinalIgnoreCase);
            }
        }

        return false;
    }

    private static readonly System.Buffers.SearchValues<byte> Letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);
}
