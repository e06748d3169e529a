using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Pprof;

namespace Pyro.Tests.Unit.Records;

public class ProfileIdTests
{
    [Fact]
    public void Ids_have_the_order_and_text_of_their_bytes()
    {
        Assert.True(ProfileId.TryParse("01234567-89ab-cdef-0123-456789abcdef", out ProfileId id));
        Assert.Equal(new ProfileId(0x0123456789abcdef, 0x0123456789abcdef), id);
        Assert.Equal("01234567-89ab-cdef-0123-456789abcdef", id.ToString());
        byte[] bytes = new byte[ProfileId.Size];
        id.Write(bytes);
        Assert.Equal("0123456789ABCDEF0123456789ABCDEF", Convert.ToHexString(bytes));
        Assert.Equal(id, ProfileId.Read(bytes));
        Assert.True(new ProfileId(1UL << 63, 0).CompareTo(id) > 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public void What_is_no_identity_is_none(string? text) => Assert.Null(ProfileId.FromClient(text));

    [Fact]
    public void Content_decides_the_made_id()
    {
        ProfileRecord Record() => RecordCodecTests.Record(RandomProfiles.Sound(new Random(4)));
        ProfileId id = ProfileId.FromContent("a", Record());
        Assert.Equal(id, ProfileId.FromContent("a", Record()));
        Assert.Equal('8', id.ToString()[14]);
        Assert.Contains(id.ToString()[19], "89ab");
        Assert.NotEqual(id, ProfileId.FromContent("b", Record()));
        ProfileRecord other = Record();
        other.TimeNanos++;
        Assert.NotEqual(id, ProfileId.FromContent("a", other));
        other = Record();
        other.Values[0]++;
        Assert.NotEqual(id, ProfileId.FromContent("a", other));
        other = Record();
        other.LineNumber[0]++;
        Assert.NotEqual(id, ProfileId.FromContent("a", other));
        other = Record();
        other.Id = id;
        Assert.Equal(id, ProfileId.FromContent("a", other));
    }

    [Fact]
    public void Made_ids_never_change()
    {
        // Rows already stored are known by such ids: this one may only change together with a rule for the old ones.
        var record = new ProfileRecord { StringBytes = "x"u8.ToArray(), StringCount = 2, StringStart = [0, 0, 1], TimeNanos = 5 };
        Assert.Equal("4977365f-cc17-85bc-8cb7-4487971f0321", ProfileId.FromContent("anonymous", record).ToString());
    }
}
