using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Answers;

/// <summary>ULIDs and profile ids as the wire has them.</summary>
public static class WireIds
{
    /// <summary>A ULID of 16 bytes.</summary>
    /// <exception cref="RpcException">invalid_argument: another length.</exception>
    public static Ulid UlidOf(ByteString bytes) =>
        bytes.Length == 16 ? new Ulid(bytes.Span) : throw CompiledSelection.Bad($"a ULID has 16 bytes, not {bytes.Length}");

    /// <summary>The 16 bytes of a ULID.</summary>
    public static ByteString Bytes(Ulid ulid) => UnsafeByteOperations.UnsafeWrap(ulid.ToByteArray());

    /// <summary>not_found: a ULID is not held (any more), so that the asker plans again.</summary>
    public static RpcException NotHeld(Ulid ulid) => new(new Status(StatusCode.NotFound, $"{ulid} is not held"));

    /// <summary>The ids of a list of keys, 16 bytes each.</summary>
    /// <exception cref="RpcException">invalid_argument: there are not as many ids as times.</exception>
    public static ProfileId[] IdsOf(ReadOnlySpan<byte> bytes, int times)
    {
        if (bytes.Length % ProfileId.Size != 0)
        {
            throw CompiledSelection.Bad($"{bytes.Length} bytes of ids are no multiple of 16");
        }

        var ids = new ProfileId[bytes.Length / ProfileId.Size];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = ProfileId.Read(bytes.Slice(ProfileId.Size * i, ProfileId.Size));
        }

        return ids.Length == times ? ids : throw CompiledSelection.Bad($"{times} times and {ids.Length} ids in a plan");
    }

    /// <summary>What the label of a split calls a part: `1_of_4` is shard 0 of 4; null: it is none.</summary>
    public static Shard? ShardOf(string id)
    {
        var of = id.IndexOf("_of_", StringComparison.Ordinal);
        return of > 0
            && ulong.TryParse(id.AsSpan(0, of), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && ulong.TryParse(id.AsSpan(of + 4), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && number >= 1 && number <= count
            ? new Shard { Index = number - 1, Count = count }
            : null;
    }
}
