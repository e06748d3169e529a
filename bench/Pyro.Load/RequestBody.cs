using System.Buffers.Binary;
using System.IO.Compression;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Pyro.Load;

/// <summary>
/// A packed profile that is made once and sent many times, each time with another time: a second gzip member, stored and not
/// compressed, brings field 9 again, and in protobuf the last one counts. So the generator's own CPU time stays small, and no
/// two requests are the same profile.
/// </summary>
internal sealed class RequestBody
{
    private readonly byte[] _packed;
    private readonly byte[] _labels;

    public RequestBody(GeneratedProfile profile)
    {
        Profile = profile;
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(profile.Pprof);
        _packed = buffer.ToArray();
        _labels = Labels(profile);
    }

    public GeneratedProfile Profile { get; }

    public int PackedBytes => _packed.Length;

    /// <summary>The request that pushes this profile at a time (ns since the epoch).</summary>
    /// <param name="transport"><c>push</c>: push.v1 by Connect; <c>ingest</c>: raw pprof; <c>form</c>: pprof in a form.</param>
    /// <param name="tenant">For the header, where the server wants one.</param>
    /// <param name="timeNanos">Time of the profile.</param>
    public HttpRequestMessage Request(string transport, string? tenant, long timeNanos)
    {
        var request = transport == "push"
            ? new HttpRequestMessage(HttpMethod.Post, "/push.v1.PusherService/Push")
            {
                Content = new ByteArrayContent(Push(timeNanos)) { Headers = { ContentType = new MediaTypeHeaderValue("application/proto") } },
            }
            : new HttpRequestMessage(HttpMethod.Post, IngestQuery(withFormat: transport == "ingest"))
            {
                Content = transport == "ingest"
                    ? new ByteArrayContent(Ingest(timeNanos))
                    : new MultipartFormDataContent { { new ByteArrayContent(Ingest(timeNanos)), "profile", "profile.pprof" } },
            };
        if (tenant is not null)
            request.Headers.Add("X-Scope-OrgID", tenant);
        return request;
    }

    private byte[] Push(long timeNanos)
    {
        var time = TimeMember(timeNanos);
        var rawLength = _packed.Length + time.Length;
        var sampleLength = 1 + CodedOutputStream.ComputeLengthSize(rawLength) + rawLength;
        var seriesLength = _labels.Length + 1 + CodedOutputStream.ComputeLengthSize(sampleLength) + sampleLength;
        var body = new byte[1 + CodedOutputStream.ComputeLengthSize(seriesLength) + seriesLength];
        var at = Head(body, 0, 1, seriesLength);
        _labels.CopyTo(body, at);
        at = Head(body, at + _labels.Length, 2, sampleLength);
        at = Head(body, at, 1, rawLength);
        _packed.CopyTo(body, at);
        time.CopyTo(body, at + _packed.Length);
        return body;
    }

    /// <summary>Writes tag and length of a length-delimited field; returns where its content begins.</summary>
    private static int Head(byte[] body, int at, int field, int length)
    {
        body[at++] = (byte)(field << 3 | 2);
        for (var rest = (uint)length; ; rest >>= 7)
        {
            body[at++] = rest < 0x80 ? (byte)rest : (byte)(rest | 0x80);
            if (rest < 0x80)
                return at;
        }
    }

    private byte[] Ingest(long timeNanos) => [.. _packed, .. TimeMember(timeNanos)];

    private string IngestQuery(bool withFormat)
    {
        var tags = string.Join(',', Profile.Labels.Where(l => l.Name is not ("__name__" or "service_name")).Select(l => $"{l.Name}={l.Value}"));
        return $"/ingest?{(withFormat ? "format=pprof&" : "")}spyName=gospy&name={Uri.EscapeDataString($"{Profile.Service}{{{tags}}}")}";
    }

    private static byte[] Labels(GeneratedProfile profile)
    {
        using var buffer = new MemoryStream();
        var output = new CodedOutputStream(buffer);
        foreach (var (name, value) in profile.Labels)
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteMessage(new Api.Types.LabelPair { Name = name, Value = value });
        }
        output.Flush();
        return buffer.ToArray();
    }

    /// <summary>The field <c>time_nanos</c> of a profile.</summary>
    public static byte[] TimeField(long timeNanos)
    {
        var field = new byte[11];
        var length = 0;
        field[length++] = 9 << 3;
        for (var value = (ulong)timeNanos; ; value >>= 7)
        {
            field[length++] = value < 0x80 ? (byte)value : (byte)(value | 0x80);
            if (value < 0x80)
                return field[..length];
        }
    }

    /// <summary>A gzip member of one stored block that holds <c>time_nanos</c>.</summary>
    private static byte[] TimeMember(long timeNanos)
    {
        var field = TimeField(timeNanos);
        var length = field.Length;
        var member = new byte[10 + 5 + length + 8];
        ReadOnlySpan<byte> header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, (byte)length, 0, (byte)~length, 0xff];
        header.CopyTo(member);
        field.CopyTo(member.AsSpan(15));
        BinaryPrimitives.WriteUInt32LittleEndian(member.AsSpan(15 + length), System.IO.Hashing.Crc32.HashToUInt32(field));
        BinaryPrimitives.WriteUInt32LittleEndian(member.AsSpan(19 + length), (uint)length);
        return member;
    }
}
