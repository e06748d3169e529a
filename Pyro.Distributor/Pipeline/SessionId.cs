using System.Buffers.Binary;
using System.Globalization;
using Pyro.Profiles.Labels;

namespace Pyro.Distributor.Pipeline;

/// <summary>The label by which SDKs tell one run of a program from another: 16 hex digits, a little-endian number.</summary>
internal static class SessionId
{
    /// <summary>Reduces the ids to so many; 0, or an id that is none, removes the label.</summary>
    public static void Reduce(List<Label> labels, int maxSessions)
    {
        for (var i = labels.Count - 1; i >= 0; i--)
        {
            if (labels[i].Name != LabelNames.Session) continue;
            if (maxSessions > 0 && labels[i].Value.Length == 16
                && ulong.TryParse(labels[i].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var digits))
            {
                var session = BinaryPrimitives.ReverseEndianness(digits) % (ulong)maxSessions;
                labels[i] = new Label(LabelNames.Session, BinaryPrimitives.ReverseEndianness(session).ToString("x16", CultureInfo.InvariantCulture));
            }
            else
            {
                labels.RemoveAt(i);
            }
        }
    }
}
