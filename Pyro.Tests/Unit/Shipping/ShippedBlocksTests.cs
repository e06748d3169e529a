using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Shipping;
using Pyro.Memory;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>shipper.json: damaged it is made again, whatever the damage is.</summary>
public sealed class ShippedBlocksTests : IDisposable
{
    private const string Tenant = "a", Path = "/data/a/local/shipper.json";
    private static readonly Ulid[] Blocks = [Ulid.Parse("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD"), Ulid.Parse("01M82YG9FD96QSVXFKMAPC336X")];

    private readonly BlockReading _reading = new(new SymbolCache(0, new MemoryLedger(1 << 20)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _reading.Dispose();

    [Fact]
    public async Task Any_bytes_are_names_or_none()
    {
        var written = new ForgettingDisk(1);
        written.CreateDirectory("/data/a/local");
        await Of(written).Write(Tenant, Blocks, Cancellation);
        var whole = await written.ReadAll(Path, 1 << 20, Cancellation);
        Assert.Equal(Blocks, (await Read(whole)).Order());
        byte[][] seeds = [whole, "{\"uploaded\":[\"\\ud800\",7,null,{}]}"u8.ToArray(), [.. "{\"uploaded\":[\""u8, 0xff, .. "\"]}"u8], Encoding.UTF8.GetBytes(new string('[', 2000))];
        await Fuzz.RunAsync("shipper.json", seeds, async bytes =>
        {
            var disk = await Disk(bytes);
            var shipped = await Of(disk).Read(Tenant, Cancellation);
            await Of(disk).Write(Tenant, shipped, Cancellation);
            Assert.Equal(shipped.Order(), (await Of(disk).Read(Tenant, Cancellation)).Order());
        });
    }

    [Fact]
    public async Task A_file_that_is_too_long_is_damaged() =>
        Assert.Empty(await Read([.. "{\"uploaded\":[]}"u8, .. Enumerable.Repeat((byte)' ', 16 << 20)]));

    private async Task<HashSet<Ulid>> Read(byte[] bytes) => await Of(await Disk(bytes)).Read(Tenant, Cancellation);

    private ShippedBlocks Of(IDisk disk) => new(disk, new LocalFolders(disk, "/data", _reading, NullLogger<LocalFolders>.Instance));

    private static async Task<ForgettingDisk> Disk(byte[] bytes)
    {
        var disk = new ForgettingDisk(1);
        disk.CreateDirectory("/data/a/local");
        using var file = disk.Create(Path);
        await file.Append(bytes, Cancellation);
        return disk;
    }
}
