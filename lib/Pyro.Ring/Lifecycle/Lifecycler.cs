namespace Pyro.Ring;

/// <summary>How this process takes part in a ring.</summary>
public sealed record LifecyclerOptions
{
    /// <summary>Unique name of this process in the ring.</summary>
    public required string Id { get; init; }

    /// <summary>Availability zone, "" when none.</summary>
    public string Zone { get; init; } = "";

    /// <summary>How many tokens it owns.</summary>
    public int TokenCount { get; init; } = 128;

    /// <summary>Time between two heartbeats.</summary>
    public TimeSpan HeartbeatPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time spent PENDING before tokens are picked.</summary>
    public TimeSpan JoinAfter { get; init; }

    /// <summary>Time spent JOINING to see whether another member claims the same tokens.</summary>
    public TimeSpan ObservePeriod { get; init; }

    /// <summary>Whether the entry is removed at the end, or stays LEAVING.</summary>
    public bool UnregisterOnShutdown { get; init; } = true;
}

/// <summary>
/// Keeps this process's entry in a ring: joins with tokens (PENDING, JOINING, ACTIVE), sends heartbeats, leaves. Heartbeats go on
/// while LEAVING, so that reads still find what has not been handed on.
/// </summary>
/// <param name="ring">The ring.</param>
/// <param name="options">This process's part in it.</param>
/// <param name="time">Measures heartbeats and periods.</param>
/// <param name="random">Source of tokens.</param>
/// <param name="tokensFile">Keeps the tokens over restarts; null: new ones each time.</param>
public sealed class Lifecycler(HashRing ring, LifecyclerOptions options, TimeProvider time, Random random, TokensFile? tokensFile = null)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private volatile RingMember? _self;
    private Task _heartbeats = Task.CompletedTask;

    /// <summary>The state told to the others; null before <see cref="Join"/>.</summary>
    public MemberState? State => _self?.State;

    /// <summary>Registers, takes tokens and becomes ACTIVE.</summary>
    /// <param name="address"><c>host:port</c> at which the others reach this process: the port really bound.</param>
    /// <param name="cancellationToken">Gives the join up; heartbeats go on until <see cref="DisposeAsync"/>.</param>
    public async Task Join(string address, CancellationToken cancellationToken)
    {
        if (_self is not null) throw new InvalidOperationException("joined already");
        var saved = tokensFile is null ? [] : await tokensFile.Load(cancellationToken);
        Tell(_ => Register(address, saved));
        _heartbeats = Beat(_stopping.Token);
        if (State == MemberState.Pending)
        {
            await Wait(options.JoinAfter, cancellationToken);
            Tell(self => self with { State = MemberState.Joining, Tokens = Fill(self.Tokens) });
            await Observe(cancellationToken);
            Tell(self => self with { State = MemberState.Active });
        }

        var tokens = _self!.Tokens;
        if (tokensFile is not null && !RingMember.SameTokens(tokens, saved)) await tokensFile.Save(tokens, cancellationToken);
    }

    /// <summary>From now on takes reads only.</summary>
    public void Leave()
    {
        if (_self is not null) Tell(self => self.State == MemberState.Active ? self with { State = MemberState.Leaving } : self);
    }

    /// <summary>Leaves, ends the heartbeats and, if so configured, removes the entry.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        Leave();
        await _stopping.CancelAsync();
        await _heartbeats;
        if (_self is not null && options.UnregisterOnShutdown) ring.Forget(options.Id);
        _stopping.Dispose();
    }

    /// <summary>Looks for others that claim the same tokens and takes new ones for those it lost, until there are none.</summary>
    private async Task Observe(CancellationToken cancellationToken)
    {
        while (options.ObservePeriod > TimeSpan.Zero)
        {
            await Wait(options.ObservePeriod, cancellationToken);
            var kept = ring.Snapshot.TokensOf(options.Id);
            if (kept.Count == _self!.Tokens.Count) return;
            Tell(self => self with { Tokens = Fill(kept) });
        }
    }

    private RingMember Register(string address, uint[] saved)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (!ring.State.TryGet(options.Id, out var known) || known.State == MemberState.Left)
        {
            var state = saved.Length > 0 && saved.Length >= options.TokenCount ? MemberState.Active : MemberState.Pending;
            return new RingMember(options.Id, address, state, options.Zone, saved, now, now);
        }

        var self = known with { Address = address, Zone = options.Zone };
        return known.State switch
        {
            MemberState.Joining => self with { State = MemberState.Pending },
            MemberState.Leaving => self with { State = MemberState.Active, Tokens = Fill(known.Tokens) },
            _ => self,
        };
    }

    /// <summary>Tokens in the number wanted: the missing ones are made, of too many some are given up at random.</summary>
    private uint[] Fill(IReadOnlyList<uint> tokens)
    {
        var kept = tokens.ToArray();
        if (kept.Length > options.TokenCount)
        {
            random.Shuffle(kept);
            kept = kept[..options.TokenCount];
        }

        var taken = ring.State.Entries.SelectMany(e => e.Tokens).Concat(kept);
        uint[] filled = [.. kept, .. RingToken.Generate(options.TokenCount - kept.Length, taken, random)];
        Array.Sort(filled);
        return filled;
    }

    private async Task Beat(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Wait(options.HeartbeatPeriod, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (cancellationToken.IsCancellationRequested) return;
            Tell(self => self);
        }
    }

    /// <summary>Puts the entry into the ring with a heartbeat of now, later than whatever is known of it: our own word counts.</summary>
    private void Tell(Func<RingMember, RingMember> change)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var self = change(_self!);
            var forgotten = !ring.State.TryGet(self.Id, out var known) || known.State == MemberState.Left;
            _self = self with
            {
                Heartbeat = Math.Max(now, Math.Max(self.Heartbeat, known?.Heartbeat ?? 0) + 1),
                Registered = forgotten ? now : self.Registered,
            };
            ring.Merge(RingState.Of(_self));
        }
    }

    private Task Wait(TimeSpan delay, CancellationToken cancellationToken) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellationToken) : Task.CompletedTask;
}
