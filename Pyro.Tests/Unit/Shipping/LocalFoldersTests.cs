using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>What else may lie in the data path, such as the lost+found of a disk that is mounted there.</summary>
public sealed class LocalFoldersTests
{
    private readonly ForgettingDisk _disk = new(1);

    [Fact]
    public void What_is_no_tenants_or_may_not_be_looked_into_is_passed_over_and_told_once()
    {
        foreach (var folder in (string[])["lost+found/local", "@log/local", "closed/local", "team/local", "new/head", "other/things"])
        {
            _disk.CreateDirectory("/data/" + folder);
        }

        _disk.IsClosed = static path => path is "/data/lost+found" or "/data/closed";
        var told = new Told();
        using var reading = new BlockReading(new SymbolCache(1 << 20, new MemoryLedger(1 << 20)));
        var folders = new LocalFolders(_disk, "/data", reading, told);
        Assert.Equal(["new", "team"], folders.Tenants());
        Assert.Equal(["new", "team"], folders.Tenants());
        Assert.Contains("/data/closed", Assert.Single(told.Lines), StringComparison.Ordinal);

        _disk.IsClosed = static path => path == "/data";
        Assert.Throws<UnauthorizedAccessException>(() => folders.Tenants().ToList());
    }

    [Fact]
    public async Task An_ingester_starts_on_a_disk_with_folders_of_others()
    {
        var time = new FakeTimeProvider();
        _disk.CreateDirectory("/data/lost+found");
        _disk.CreateDirectory("/data/team/head/left");
        _disk.IsClosed = static path => path == "/data/lost+found";
        await using var log = new WriteAheadLog(
            _disk, new LogOptions("/data/@log"), time, TaskScheduler.Default, new Random(1), NullLogger<WriteAheadLog>.Instance);
        await using var blocks = BareBlocks.Of(_disk, log, time, "/data");
        await blocks.Recover(TestContext.Current.CancellationToken);
        Assert.False(_disk.Exists("/data/team/head/left"));
    }

    [Fact]
    public async Task A_block_that_may_not_be_looked_into_cannot_be_read_and_is_not_gone()
    {
        using var reading = new BlockReading(new SymbolCache(1 << 20, new MemoryLedger(1 << 20)));
        var folders = new LocalFolders(_disk, "/data", reading, new Told());
        var block = Ulid.NewUlid();
        _disk.CreateDirectory(folders.Local("team", block));
        Assert.Contains("is not there", (await Assert.ThrowsAsync<DamagedBlockException>(Find)).Message, StringComparison.Ordinal);
        _disk.IsClosed = path => path == folders.Local("team", block);
        Assert.Contains("is denied", (await Assert.ThrowsAsync<DamagedBlockException>(Find)).Message, StringComparison.Ordinal);

        Task Find() => folders.Find("team", block, TestContext.Current.CancellationToken).AsTask();
    }

    [Fact]
    public void A_block_stays_though_the_folders_above_it_were_made_by_tries_that_failed()
    {
        using var reading = new BlockReading(new SymbolCache(1 << 20, new MemoryLedger(1 << 20)));
        var folders = new LocalFolders(_disk, "/data", reading, new Told());
        var block = Ulid.NewUlid();
        _disk.CreateDirectory("/data");
        foreach (var above in (string[])["/data", "/data/team"])
        {
            _disk.Fault = (operation, path) => operation == DiskOperation.SyncDirectory && path == above ? ForgettingDisk.Broken(path) : null;
            Assert.Throws<IOException>(() => _disk.CreateDirectory(folders.Local("team")));
        }

        _disk.Fault = null;
        _disk.CreateDirectory(folders.Scratch("team", block));
        folders.Publish("team", block);
        _disk.Crash();
        Assert.Equal([block], folders.Blocks("team"));
    }

    private sealed class Told : ILogger<LocalFolders>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
