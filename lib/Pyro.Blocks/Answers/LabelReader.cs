using System.Text;
using Google.Protobuf;
using Grpc.Core;

namespace Pyro.Blocks.Answers;

/// <summary>Reads the texts or label sets that <see cref="LabelPieces"/> wrote, one after another.</summary>
/// <param name="pieces">The pieces.</param>
public ref struct LabelReader(IReadOnlyList<ByteString> pieces)
{
    private ReadOnlySpan<byte> _left;
    private int _next;

    /// <summary>The bytes of a text or set.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Goes to the next.</summary>
    /// <returns>False: there is none.</returns>
    /// <exception cref="RpcException">internal: a holder sent something else.</exception>
    public bool MoveNext()
    {
        while (_left.IsEmpty)
        {
            if (_next == pieces.Count)
            {
                return false;
            }

            _left = pieces[_next++].Span;
        }

        Current = Field(ref _left);
        return true;
    }

    /// <summary>All texts.</summary>
    /// <exception cref="RpcException">internal: a holder sent something else.</exception>
    public static List<string> Texts(IReadOnlyList<ByteString> pieces)
    {
        var texts = new List<string>();
        for (var reader = new LabelReader(pieces); reader.MoveNext();)
        {
            texts.Add(Encoding.UTF8.GetString(reader.Current));
        }

        return texts;
    }

    /// <summary>Takes the next field off some bytes: a pair of a set, or name or value of a pair.</summary>
    /// <exception cref="RpcException">internal: there is none.</exception>
    public static ReadOnlySpan<byte> Field(scoped ref ReadOnlySpan<byte> bytes)
    {
        uint length = 0;
        for (var (at, shift) = (1, 0); at < bytes.Length && shift < 32; at++, shift += 7)
        {
            length |= (uint)(bytes[at] & 0x7F) << shift;
            if (bytes[at] < 0x80)
            {
                var start = at + 1;
                if (length > bytes.Length - start)
                {
                    break;
                }

                var field = bytes.Slice(start, (int)length);
                bytes = bytes[(start + (int)length)..];
                return field;
            }
        }

        throw new RpcException(new Status(StatusCode.Internal, "a holder's list of labels is cut off"));
    }
}
