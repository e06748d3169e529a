using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Pyro.Api.Pprof;

namespace Pyro.Load;

/// <summary>What profiles come to when each stack, string and pair is held once: what the memory of heads is judged by (P10).</summary>
internal sealed class HeldSize
{
    private const long BytesOfPair = 12, BytesOfNode = 16, BytesOfRow = 200, BytesOfProcess = 150L << 20;
    private const double StringFactor = 1.5;
    private readonly HashSet<ulong> _nodes = [];
    private readonly HashSet<ulong> _strings = [];
    private long _pairs, _rows, _stringBytes;

    /// <summary>Bytes that are allowed for what was counted.</summary>
    public double Floor => BytesOfPair * _pairs + BytesOfNode * _nodes.Count + StringFactor * _stringBytes + BytesOfRow * _rows + BytesOfProcess;

    /// <summary>Counts a profile in; symbols are shared within a service.</summary>
    public void Add(GeneratedProfile generated)
    {
        var profile = Profile.Parser.ParseFrom(generated.Pprof);
        var service = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(generated.Service));
        _rows += generated.Types;
        _pairs += (long)generated.Pairs * generated.Types;
        foreach (var text in profile.StringTable)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            if (_strings.Add(XxHash64.HashToUInt64(bytes) ^ service))
                _stringBytes += bytes.Length;
        }
        // A location is the same one when its address and function's name are: ids differ from profile to profile.
        var locations = profile.Location.ToDictionary(static l => l.Id, l => Hash(
            l.Address, XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(profile.StringTable[(int)profile.Function[(int)l.Line[0].FunctionId - 1].Name]))));
        foreach (var sample in profile.Sample)
        {
            var node = service;
            for (var i = sample.LocationId.Count - 1; i >= 0; i--)
                _nodes.Add(node = Hash(node, locations[sample.LocationId[i]]));
        }
    }

    private static ulong Hash(ulong first, ulong second) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes<ulong>([first, second]));
}
