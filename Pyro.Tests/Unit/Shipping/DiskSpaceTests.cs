using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Disk;
using Pyro.Ingester.Shipping;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>When there is too little room: on the disk, or in what the data path may come to.</summary>
public sealed class DiskSpaceTests
{
    private readonly ForgettingDisk _disk = new(1);

    [Theory]
    [InlineData("/data/@log/1")]
    [InlineData("/data/t/local/01M82YG9FD96QSVXFKMAPC336X/profiles.parquet")]
    [InlineData("/data/t/local/01M82YG9FD96QSVXFKMAPC336X.damaged/index.tsdb")]
    [InlineData("/data/t/head/01M82YG9FD96QSVXFKMAPC336X/symbols.symdb")]
    [InlineData("/data/pyroscope-sync/t/01M82YG9FD96QSVXFKMAPC336X/meta.json")]
    [InlineData("/data/somebody-elses")]
    public async Task Whatever_lies_in_the_data_path_counts(string path)
    {
        var space = Of(new DiskLimits(0, 0, 1600));
        await Write("/elsewhere", 5000);
        await Write(path, 1200);
        space.Look();
        Assert.Equal((1200, false, false), (space.UsedBytes, space.IsShort(), space.IsLow));

        await Write(path + ".more", 1);
        space.Look();
        Assert.Equal((1201, true, false), (space.UsedBytes, space.IsShort(), space.IsLow));

        await Write(path + ".most", 200);
        space.Look();
        Assert.Equal((1401, true, true), (space.UsedBytes, space.IsShort(), space.IsLow));

        // A good deal must have gone before profiles are taken again.
        _disk.Delete(path + ".more");
        await Write(path + ".rest", 100);
        _disk.Delete(path + ".most");
        await Write(path + ".last", 50);
        space.Look();
        Assert.Equal((1350, true), (space.UsedBytes, space.IsLow));
        _disk.Delete(path + ".rest");
        space.Look();
        Assert.Equal((1250, false), (space.UsedBytes, space.IsLow));
    }

    [Fact]
    public async Task The_reserve_of_the_disk_counts_whoever_uses_it()
    {
        var space = Of(new DiskLimits(1000, 2000, 0));
        _disk.Capacity = 5000;
        await Write("/elsewhere", 3000);
        space.Look();
        Assert.Equal((false, false), (space.IsShort(), space.IsLow));
        await Write("/elsewhere2", 1001);
        space.Look();
        Assert.Equal((true, true), (space.IsShort(), space.IsLow));
        _disk.Capacity = 5250;
        space.Look();
        Assert.True(space.IsLow);
        _disk.Capacity = 5251;
        space.Look();
        Assert.False(space.IsLow);
    }

    [Fact]
    public async Task What_may_not_be_looked_into_is_not_counted_but_the_data_path_must_be()
    {
        var space = Of(new DiskLimits(0, 0, 1600));
        await Write("/data/t/local/file", 1401);
        await Write("/data/lost+found/file", 1000);
        await Write("/data/t/closed/file", 1000);
        _disk.IsClosed = static path => path is "/data/lost+found" or "/data/t/closed";
        space.Look();
        Assert.Equal((1401, true, true), (space.UsedBytes, space.IsShort(), space.IsLow));

        // Nobody knows: it stays as it was.
        _disk.IsClosed = static path => path == "/data";
        Assert.Throws<UnauthorizedAccessException>(() => space.UsedBytes);
        space.Look();
        Assert.True(space.IsLow);
    }

    private DiskSpace Of(DiskLimits limits)
    {
        _disk.CreateDirectory("/data");
        return new DiskSpace(_disk, "/data", limits, TimeProvider.System, NullLogger<DiskSpace>.Instance);
    }

    private async Task Write(string path, int bytes)
    {
        _disk.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = _disk.Create(path);
        await file.Append(new byte[bytes], TestContext.Current.CancellationToken);
    }
}
