using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Security.Cryptography;

namespace Aspire.StandIns.S3.Bodies;

/// <summary>One of the checksums that S3 knows beside MD5.</summary>
internal abstract class Checksum : IDisposable
{
    /// <summary>What the headers of checksums begin with.</summary>
    public const string HeaderPrefix = "x-amz-checksum-";

    /// <summary>Their names, as headers end: <c>x-amz-checksum-crc32</c>.</summary>
    public static readonly string[] Names = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

    /// <summary>Begins one.</summary>
    public static Checksum Create(string name) => name switch
    {
        "crc32" => new Crc32Checksum(),
        "crc32c" => new Crc32CChecksum(),
        "crc64nvme" => new Crc64NvmeChecksum(),
        "sha1" => new HashChecksum(HashAlgorithmName.SHA1),
        "sha256" => new HashChecksum(HashAlgorithmName.SHA256),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no checksum"),
    };

    /// <summary>Takes in more bytes.</summary>
    public abstract void Append(ReadOnlySpan<byte> bytes);

    /// <summary>The checksum, its bytes in the order of the wire.</summary>
    public abstract byte[] Finish();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    private sealed class Crc32Checksum : Checksum
    {
        private readonly Crc32 _crc = new();

        public override void Append(ReadOnlySpan<byte> bytes) => _crc.Append(bytes);

        public override byte[] Finish() => BigEndian(_crc.GetCurrentHashAsUInt32());
    }

    private sealed class Crc32CChecksum : Checksum
    {
        private uint _state = uint.MaxValue;

        public override void Append(ReadOnlySpan<byte> bytes)
        {
            for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
                _state = BitOperations.Crc32C(_state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            foreach (var one in bytes)
                _state = BitOperations.Crc32C(_state, one);
        }

        public override byte[] Finish() => BigEndian(~_state);
    }

    /// <summary>CRC-64/NVME: reflected, polynomial AD93D23594C93659.</summary>
    private sealed class Crc64NvmeChecksum : Checksum
    {
        private const ulong Polynomial = 0x9A6C9329AC4BC9B5;
        private static readonly ulong[] Table = [.. Enumerable.Range(0, 256).Select(Remainder)];
        private ulong _state = ulong.MaxValue;

        public override void Append(ReadOnlySpan<byte> bytes)
        {
            foreach (var one in bytes)
                _state = (_state >> 8) ^ Table[(byte)_state ^ one];
        }

        public override byte[] Finish()
        {
            var bytes = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, ~_state);
            return bytes;
        }

        private static ulong Remainder(int value)
        {
            var rest = (ulong)value;
            for (var bit = 0; bit < 8; bit++)
                rest = (rest & 1) == 0 ? rest >> 1 : (rest >> 1) ^ Polynomial;
            return rest;
        }
    }

    private sealed class HashChecksum(HashAlgorithmName name) : Checksum
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(name);

        public override void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

        public override byte[] Finish() => _hash.GetCurrentHash();

        public override void Dispose()
        {
            _hash.Dispose();
            base.Dispose();
        }
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
