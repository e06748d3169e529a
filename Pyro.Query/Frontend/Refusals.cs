using System.Text;
using Grpc.Core;

namespace Pyro.Query.Frontend;

/// <summary>The refusals of the query API, in the words that clients know.</summary>
public static class Refusals
{
    /// <summary>A bad argument.</summary>
    public static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));

    /// <summary>Something that this server does not answer.</summary>
    public static RpcException Unimplemented(string message) => new(new Status(StatusCode.Unimplemented, message));

    /// <summary>A bad argument found behind the frontend, whose refusal clients see as JSON within the message.</summary>
    public static RpcException InvalidBehindFrontend(string message) =>
        Invalid($$"""{"code":"invalid_argument","message":"{{Escape(message)}}"}""");

    /// <summary>A selector that cannot be parsed.</summary>
    public static RpcException Selector(string reason) => Invalid($"failed to parse label selector: {reason}");

    // As Go's encoding/json escapes a text.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => escaped.Append('\\').Append(c),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => escaped.Append($"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
