using System.Buffers;

namespace Pyro.Profiles.Records;

/// <summary>The bytes of a record cannot be a record.</summary>
public sealed class RecordFormatException(string message) : Exception(message);

/// <summary>The compact columnar form of a record: what travels to ingesters and what their log holds.</summary>
public static class RecordCodec
{
    /// <summary>Writes a record; equal records give equal bytes.</summary>
    public static void Encode(ProfileRecord record, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>Reads a record into reusable columns; its strings point into <paramref name="bytes"/>.</summary>
    /// <exception cref="RecordFormatException">Any length, count or reference is wrong.</exception>
    public static void Decode(ReadOnlyMemory<byte> bytes, ProfileRecord into) => throw new NotImplementedException();
}
