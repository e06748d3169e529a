using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>Error details travel as <c>google.rpc.Status</c> in a trailer of gRPC; Connect has them in the error's JSON.</summary>
internal static class ErrorDetails
{
    private const string Trailer = "grpc-status-details-bin";

    // google.rpc.Status: field 3, repeated Any.
    private const uint DetailsTag = (3 << 3) | 2;

    /// <summary>The details of an error, none when there are none or when they cannot be read.</summary>
    public static IReadOnlyList<Any> Of(Metadata trailers)
    {
        if (trailers.GetValueBytes(Trailer) is not { Length: > 0 } status)
            return [];
        var details = new List<Any>();
        try
        {
            var input = new CodedInputStream(status);
            while (input.ReadTag() is not 0 and var tag)
            {
                if (tag == DetailsTag)
                    details.Add(Any.Parser.ParseFrom(input.ReadBytes()));
                else
                    input.SkipLastField();
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return [];
        }
        return details;
    }

    /// <summary>Whether a trailer is the details' own, which Connect does not repeat as a header.</summary>
    public static bool IsTrailer(string key) => key == Trailer;
}
