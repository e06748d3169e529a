using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>The life of blocks without its host, with a bucket in memory.</summary>
internal static class BareBlocks
{
    public static IngesterBlocks Of(IDisk disk, WriteAheadLog log, TimeProvider time, string dataPath, ILogger<IngesterBlocks>? logger = null, IObjectStore? store = null)
    {
        var ledger = new MemoryLedger(1L << 30);
        var random = new Random(1);
        store ??= new MemoryStore(time);
        var heads = new HeadStore(time, random, static _ => 0, "", ledger);
        var folders = new LocalFolders(disk, dataPath, new BlockReading(new SymbolCache(1 << 20, ledger)), NullLogger<LocalFolders>.Instance);
        var metrics = new BlockMetrics(heads);
        var cutter = new BlockCutter(
            heads, log, new RecordAppender(heads, log, ledger), new HeadFlush(disk, folders, ledger, TaskScheduler.Default), folders, new CutLimits(), metrics, time, NullLogger<BlockCutter>.Instance);
        var copies = new BucketCopies(store, disk, "host");
        var shipper = new Shipper(heads, copies, new ShippedBlocks(disk, folders), metrics, time, random, NullLogger<Shipper>.Instance);
        var unreadable = new UnreadableBlocks(heads, folders, log, time, NullLogger<UnreadableBlocks>.Instance);
        var space = new DiskSpace(disk, dataPath, new DiskLimits(0, 0, 0), time, NullLogger<DiskSpace>.Instance);
        var retention = new LocalRetention(
            heads, shipper, copies, unreadable, folders, space, new RetentionOptions(), metrics, time, NullLogger<LocalRetention>.Instance);
        return new IngesterBlocks(
            heads, log, folders, unreadable, cutter, shipper, new UnfinishedUploads(heads, store, time, NullLogger<UnfinishedUploads>.Instance), retention, space, time,
            TaskScheduler.Default, logger ?? NullLogger<IngesterBlocks>.Instance);
    }
}
