namespace Pyro.Profiles.Pprof;

/// <summary>What a tenant's profiles may be; 0 switches a limit off.</summary>
/// <param name="RejectOlderThan">How far in the past a profile may be.</param>
/// <param name="RejectNewerThan">How far in the future a profile may be.</param>
/// <param name="MaxSizeBytes">Bytes unpacked.</param>
/// <param name="MaxSamples">Samples.</param>
/// <param name="MaxSampleLabels">Labels of one sample.</param>
/// <param name="MaxStackDepth">Frames of a stack; deeper ones lose frames at the leaf.</param>
/// <param name="MaxSymbolLength">Bytes of a string; of longer ones the last bytes stay.</param>
public readonly record struct ProfileLimits(
    TimeSpan RejectOlderThan, TimeSpan RejectNewerThan, long MaxSizeBytes, int MaxSamples, int MaxSampleLabels, int MaxStackDepth, int MaxSymbolLength);
