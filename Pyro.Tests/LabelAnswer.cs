using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;

namespace Pyro.Tests;

/// <summary>What the pieces of a label answer hold.</summary>
internal static class LabelAnswer
{
    extension(LabelsResponse answer)
    {
        public List<string> Texts => LabelReader.Texts(answer.Pieces);

        public List<Labels> Series => [.. answer.Pieces.SelectMany(static piece => SeriesResponse.Parser.ParseFrom(piece).LabelsSet)];
    }

    /// <summary>An answer of texts.</summary>
    public static LabelsResponse Of(params string[] ascending) =>
        new() { Pieces = { new LabelValuesResponse { Names = { ascending } }.ToByteString() } };

    /// <summary>An answer of label sets.</summary>
    public static LabelsResponse Of(params Labels[] ascending) => new() { Pieces = { new SeriesResponse { LabelsSet = { ascending } }.ToByteString() } };
}
