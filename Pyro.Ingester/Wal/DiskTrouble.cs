using Microsoft.Extensions.Logging;

namespace Pyro.Ingester.Wal;

/// <summary>
/// A disk that refuses writes, from the first refusal to the first write that succeeds: told of once when it begins, now and then while it
/// lasts, once when it ends. A disk without space is not tried by every append, but once in a while. Used by the writer; only
/// <see cref="Refusal"/> may be asked by anybody.
/// </summary>
internal sealed class DiskTrouble(LogOptions options, TimeProvider time, ILogger log)
{
    private long _since, _reported, _appends;
    private bool _lasting;

    // When the disk may be tried again; 0: now.
    private long _retryAt;

    /// <summary>What an append is answered with without trying the disk, or null when it is to be tried.</summary>
    public LogOutcome? Refusal => Volatile.Read(ref _retryAt) is not 0 and var at && time.GetTimestamp() < at ? LogOutcome.DiskFull : null;

    /// <summary>A write failed for so many appends.</summary>
    public void Failed(Exception error, LogOutcome outcome, int appends)
    {
        long now = time.GetTimestamp();
        if (!_lasting)
        {
            (_lasting, _since, _reported, _appends) = (true, now, now, 0);
            log.LogError(error, "Writing to the log failed ({Outcome}); appends are refused until a write succeeds", outcome);
        }

        Volatile.Write(ref _retryAt, outcome == LogOutcome.DiskFull ? now + Ticks(options.RetryInterval) : 0);
        Refused(appends);
        if (time.GetElapsedTime(_reported, now) >= options.ReportInterval)
        {
            _reported = now;
            log.LogError("Writing to the log fails since {Duration}: {Appends} appends refused; the last time: {Error}",
                time.GetElapsedTime(_since, now), Interlocked.Read(ref _appends), error.Message);
        }
    }

    /// <summary>So many appends were refused without trying the disk.</summary>
    public void Refused(int appends) => Interlocked.Add(ref _appends, appends);

    /// <summary>A write succeeded.</summary>
    public void Over()
    {
        if (_lasting)
        {
            _lasting = false;
            Volatile.Write(ref _retryAt, 0);
            log.LogInformation("Writing to the log succeeds again after {Duration} and {Appends} refused appends",
                time.GetElapsedTime(_since), Interlocked.Read(ref _appends));
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
