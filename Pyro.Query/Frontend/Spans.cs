using System.Buffers;
using System.Buffers.Binary;
using Pyro.Api.Peers;

namespace Pyro.Query.Frontend;

/// <summary>Span ids: 16 hexadecimal digits.</summary>
public static class Spans
{
    /// <summary>Restricts a sum to samples of these spans; without any, to none. Span 0 is no span.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: no span id.</exception>
    public static void Restrict(TreeForm form, IEnumerable<string> ids)
    {
        form.OnlySpans = true;
        form.Spans.AddRange(ids.Select(Parse).Where(static span => span != 0));
    }

    private static ulong Parse(string id)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(id) != 16) throw Refusals.Invalid($"invalid span id length: \"{id}\"");
        Span<byte> bytes = stackalloc byte[8];
        if (Convert.FromHexString(id, bytes, out _, out _) != OperationStatus.Done) throw Refusals.Invalid($"invalid span id: \"{id}\"");
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
