using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Pprof;

namespace Pyro.Query.Querier;

/// <summary>Reads sums by stack.</summary>
public static class StackAnswer
{
    /// <summary>The tables of an answer.</summary>
    /// <exception cref="RpcException">internal: the bytes are no profile, or it is cut off.</exception>
    public static async Task<List<Profile>> Read(IAsyncStreamReader<SumResponse> answer, CancellationToken cancel)
    {
        var tables = new List<Profile>();
        var pieces = new List<ByteString>();
        await foreach (var part in answer.Each(cancel))
        {
            if (part.PartCase != SumResponse.PartOneofCase.Stacks) continue;
            pieces.Add(part.Stacks);
            if (!part.Last) continue;
            tables.Add(Decode(pieces));
            pieces.Clear();
        }

        return pieces.Count == 0 ? tables : throw Bad("they are cut off");
    }

    /// <summary>One table of several.</summary>
    /// <exception cref="RpcException">internal: a profile is malformed.</exception>
    public static StackTable Merge(IEnumerable<Profile> profiles)
    {
        var table = new StackTable();
        try
        {
            foreach (var profile in profiles) table.Add(profile);
        }
        catch (InvalidDataException e)
        {
            throw Bad(e.Message, e);
        }

        return table;
    }

    private static Profile Decode(List<ByteString> pieces)
    {
        try
        {
            return Profile.Parser.ParseFrom(Sequence.Of(pieces));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Bad(e.Message, e);
        }
    }

    private static RpcException Bad(string message, Exception? inner = null) =>
        new(new Status(StatusCode.Internal, $"a holder sent stacks that are none: {message}", inner));
}
