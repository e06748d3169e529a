using Google.Protobuf;
using Grpc.Core;
using Pyro.Ingester.Head;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Queries;

/// <summary>ULIDs and profile ids as the wire has them.</summary>
public static class Holdings
{
    /// <summary>A ULID of 16 bytes.</summary>
    /// <exception cref="RpcException">invalid_argument: another length.</exception>
    public static Ulid UlidOf(ByteString bytes) =>
        bytes.Length == 16 ? new Ulid(bytes.Span) : throw CompiledSelection.Bad($"a ULID has 16 bytes, not {bytes.Length}");

    /// <summary>The 16 bytes of a ULID.</summary>
    public static ByteString Bytes(Ulid ulid) => UnsafeByteOperations.UnsafeWrap(ulid.ToByteArray());

    /// <summary>The head of a ULID.</summary>
    /// <exception cref="RpcException">not_found: it is not held (any more).</exception>
    public static TenantHead Find(IReadOnlyList<TenantHead> heads, Ulid ulid)
    {
        foreach (var head in heads)
        {
            if (head.Ulid == ulid)
            {
                return head;
            }
        }

        throw new RpcException(new Status(StatusCode.NotFound, $"{ulid} is not held"));
    }

    /// <summary>Profile ids of 16 bytes each.</summary>
    /// <exception cref="RpcException">invalid_argument: not a multiple of 16.</exception>
    public static ProfileId[] IdsOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % 16 != 0)
        {
            throw CompiledSelection.Bad($"{bytes.Length} bytes of ids are no multiple of 16");
        }

        var ids = new ProfileId[bytes.Length / 16];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = ProfileId.Read(bytes.Slice(16 * i, 16));
        }

        return ids;
    }
}
