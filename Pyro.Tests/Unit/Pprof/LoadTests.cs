using Google.Protobuf;
using Pyro.Api.Pprof;
using Pyro.Profiles.Pprof;

namespace Pyro.Tests.Unit.Pprof;

public class LoadTests
{
    private static readonly byte[] Message = RandomProfiles.Bytes(RandomProfiles.Sound(new Random(1)));

    private static PprofProfile Load(byte[] bytes, long limit = 0)
    {
        var profile = new PprofProfile();
        profile.Load(bytes, limit);
        return profile;
    }

    [Fact]
    public void Gzip_and_several_members_are_unpacked()
    {
        byte[] packed = Gzip.Pack(Message);
        Assert.Equal(Message, Load(packed).Text.AsSpan(0, Message.Length));
        byte[] two = [.. Gzip.Pack(Message[..100]), .. Gzip.Pack(Message[100..])];
        Assert.Equal(Message, Load(two).Text.AsSpan(0, Message.Length));
        Assert.Equal(Message.Length, Load(two, Message.Length).RawLength);
    }

    [Fact]
    public void The_size_in_the_trailer_is_a_hint_only()
    {
        foreach (uint claim in new[] { 0u, 1u, uint.MaxValue })
        {
            byte[] packed = Gzip.Pack(Message);
            BitConverter.TryWriteBytes(packed.AsSpan(^4..), claim);

            // The wrong size is an error of the stream, never a huge buffer.
            var profile = new PprofProfile();
            Assert.Throws<PprofFormatException>(() => profile.Load(packed, 4 << 20));
            Assert.True(profile.Text.Length <= (4 << 20) + 17);
        }
    }

    [Fact]
    public void Damage_is_refused()
    {
        byte[] packed = Gzip.Pack(Message);
        for (int length = 2; length < packed.Length; length += 1 + (length < packed.Length - 40 ? length / 7 : 0))
        {
            Assert.Contains("unexpected EOF", Refusal(packed[..length]), StringComparison.Ordinal);
            Assert.NotEmpty(Refusal([.. packed, .. packed[..length]]));
        }

        Assert.Contains("gzip: invalid header", Refusal([.. packed, 1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("gzip: invalid header", Refusal([0x1F, 0x8B, 7, .. packed[3..]]), StringComparison.Ordinal);
        Assert.Contains("corrupt input", Refusal([.. packed[..10], 7, .. packed[11..]]), StringComparison.Ordinal);
        packed[^6] ^= 1;
        Assert.Contains("gzip: invalid checksum", Refusal(packed), StringComparison.Ordinal);

        static string Refusal(byte[] bytes) => Assert.Throws<PprofFormatException>(() => Load(bytes)).Message;
    }

    [Fact]
    public void Nothing_is_unpacked_beyond_the_limit()
    {
        byte[] bomb = Gzip.Pack(new byte[50 << 20]);
        var profile = new PprofProfile();
        ProfileTooLargeException e = Assert.Throws<ProfileTooLargeException>(() => profile.Load(bomb, 6000));
        Assert.Equal(("profile_size_limit", "uncompressed profile payload size exceeds limit of 6.0 kB"), (e.Reason, e.Message));
        Assert.True(profile.Text.Length < 10_000);
        Assert.Throws<ProfileTooLargeException>(() => Load(Message, Message.Length - 1));
        Assert.Equal("4.2 MB", ProfileTooLargeException.SiBytes(4 << 20));
        Assert.Equal("105 kB", ProfileTooLargeException.SiBytes(104_858));
    }

    [Fact]
    public void Any_bytes_are_decoded_or_refused()
    {
        var profile = new PprofProfile();
        Fuzz.Run("gzip", [Gzip.Pack(Message), Gzip.Pack([]), [.. Gzip.Pack(Message[..99]), .. Gzip.Pack(Message[99..])]], bytes =>
        {
            try
            {
                profile.Load(bytes, 1 << 20);
            }
            catch (Exception e) when (e is PprofFormatException or ProfileTooLargeException)
            {
            }
        });
    }

    [Fact]
    public void Ids_may_be_any_64_bits()
    {
        ulong[] ids = [1, 2, 1UL << 31, (1UL << 32) + 1, 1UL << 63, ulong.MaxValue];
        var message = new Profile { StringTable = { "", "a", "b", "c", "d", "e", "f" }, SampleType = { new Api.Pprof.ValueType() } };
        for (int i = 0; i < ids.Length; i++)
        {
            message.Function.Add(new Function { Id = ids[i], Name = i + 1 });
            message.Location.Add(new Location { Id = ids[^(i + 1)], Line = { new Line { FunctionId = ids[i] } } });
        }

        message.Sample.Add(new Sample { LocationId = { ids }, Value = { 1 } });
        PprofProfile p = Load(message.ToByteArray());
        Assert.Equal("fedcba", string.Concat(p.Stack(0).ToArray().Select(l => p.StringText(p.FunctionName[p.LineFunction[p.LocationLineStart[l]]]))));
    }

    [Fact]
    public void Packed_numbers_of_every_width_are_read()
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            var message = new Profile { SampleType = { new Api.Pprof.ValueType() } };
            var sample = new Sample();
            int widest = random.Next(1, 64);
            for (int n = random.Next(40); n > 0; n--)
            {
                sample.Value.Add((long)((ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64 - widest, 64)));
                sample.LocationId.Add((ulong)random.NextInt64() >> random.Next(40, 63));
            }

            message.Sample.Add(sample);
            PprofProfile p = Load(message.ToByteArray());
            Assert.Equal(sample.Value, p.Values(0).ToArray());
            Assert.Equal(sample.LocationId, p.StackLocationId[..p.SampleStackStart[1]]);
        }
    }

    [Fact]
    public void Hostile_profiles_take_no_longer_than_others_of_their_size()
    {
        // Each of these is quadratic in a naive implementation and would not end.
        var message = new Profile { StringTable = { "", "span_id", "0123456789abcdef" } };
        message.StringTable.Add(Enumerable.Repeat("span_id", 300_000));
        var sample = new Sample { LocationId = { 1 } };
        for (int i = 0; i < 300_000; i++)
        {
            message.SampleType.Add(new Api.Pprof.ValueType { Type = i });
            sample.Value.Add(1);
            sample.Label.Add(new Label { Key = 300_001 - (i % 299_000), Str = 2 });
        }

        message.Sample.Add(sample);
        message.Location.Add(new Location { Id = 1, Address = 1 });
        message.StringTable[^1] = string.Concat(Enumerable.Repeat("[go.shape.x]", 5000));
        PprofProfile p = Load(message.ToByteArray());
        Assert.True(GoTypeParameters.Remove(p));
        Assert.Equal(0, p.StringLength[p.StringCount - 1]);
        new Normalisation().Normalise(p, DateTimeOffset.UnixEpoch);
        var split = new SampleSplit();
        split.Split(p, [new("__name__", "a"), new("service_name", "b")], Pyro.Profiles.Relabeling.RelabelRules.Default, new Pyro.Profiles.Relabeling.LabelLimits(30, 1024, 2048, false));
        var record = new Pyro.Profiles.Records.ProfileRecord();
        split.Build(0, Pyro.Profiles.Labels.LabelSet.Empty, record);
        Assert.Equal(3, record.TypeCount);
    }

    [Fact]
    public void Ids_that_collide_in_their_low_bits_are_found_as_fast()
    {
        var message = new Profile { StringTable = { "" }, SampleType = { new Api.Pprof.ValueType() } };
        var sample = new Sample { Value = { 1 } };
        for (ulong i = 1; i <= 200_000; i++)
        {
            ulong id = (i << 32) | i;
            message.Location.Add(new Location { Id = id, Address = i });
            sample.LocationId.Add(id);
        }

        message.Sample.Add(sample);
        PprofProfile p = Load(message.ToByteArray());
        Assert.Equal(Enumerable.Range(0, 200_000), p.Stack(0).ToArray());
    }
}
