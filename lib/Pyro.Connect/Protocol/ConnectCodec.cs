using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>
/// The JSON form of a method's messages. Generated messages have it by themselves; a method with a marshaller of its own speaks JSON
/// through the generated message of the same wire form.
/// </summary>
internal sealed class ConnectCodec(MessageDescriptor request, MessageDescriptor response)
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public T Read<T>(Marshaller<T> marshaller, ReadOnlyMemory<byte> body, bool json)
    {
        if (!json)
            return Guarded(() => marshaller.ContextualDeserializer(new PayloadReader(body)));
        if (body.Length == 0)
            throw Malformed("zero-length payload is not a valid JSON object");
        var message = Guarded(() => Parse(body));
        return message is T same ? same : marshaller.ContextualDeserializer(new PayloadReader(message.ToByteArray()));
    }

    public ReadOnlyMemory<byte> Write<T>(Marshaller<T> marshaller, T message, bool json)
    {
        if (json && message is IMessage generated)
            return Format(generated);
        var writer = new PayloadWriter();
        marshaller.ContextualSerializer(message, writer);
        return json ? Format(response.Parser.ParseFrom(writer.Payload.Span)) : writer.Payload;
    }

    private IMessage Parse(ReadOnlyMemory<byte> body)
    {
        // System.Text.Json is stricter than Google's parser: it refuses what follows the object.
        using (var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 128 }))
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidJsonException($"a message is a JSON object, not {document.RootElement.ValueKind}");
            RefuseDuplicates(document.RootElement);
        }
        return Parser.Parse(StrictUtf8.GetString(body.Span), request);
    }

    private void RefuseDuplicates(JsonElement root)
    {
        var seen = new HashSet<int>();
        foreach (var property in root.EnumerateObject())
        {
            foreach (var field in request.Fields.InFieldNumberOrder())
            {
                if ((field.JsonName == property.Name || field.Name == property.Name) && !seen.Add(field.FieldNumber))
                    throw new InvalidJsonException($"duplicate field \"{property.Name}\"");
            }
        }
    }

    private static ReadOnlyMemory<byte> Format(IMessage message) => Encoding.UTF8.GetBytes(Compact(Formatter.Format(message)));

    /// <summary>Takes out the blanks that Google's formatter puts between tokens.</summary>
    private static string Compact(string json)
    {
        var compact = new StringBuilder(json.Length);
        var inText = false;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            if (c == '"')
                inText = !inText;
            if (inText && c == '\\')
                compact.Append(c).Append(json[++i]);
            else if (inText || c != ' ')
                compact.Append(c);
        }
        return compact.ToString();
    }

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or JsonException or DecoderFallbackException or InvalidJsonException or FormatException or OverflowException)
        {
            throw Malformed(e.Message);
        }
    }

    private static RpcException Malformed(string why) => new(new Status(StatusCode.InvalidArgument, "unmarshal message: " + why));

    private sealed class InvalidJsonException(string message) : Exception(message);
}
