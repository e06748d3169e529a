using Pyro.Memory;
using Pyro.Profiles.Folded;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;

namespace Pyro.Distributor.Pipeline;

/// <summary>The columns and tables that one profile needs on its way; reused, so that a profile of ordinary size allocates next to nothing.</summary>
internal sealed class ProfileScratch
{
    /// <summary>The profile, decoded.</summary>
    public PprofProfile Profile { get; } = new();

    /// <summary>Reads stacks as text into <see cref="Profile"/>.</summary>
    public FoldedProfile Folded { get; } = new();

    /// <summary>Normalises <see cref="Profile"/>.</summary>
    public Normalisation Normalisation { get; } = new();

    /// <summary>Splits <see cref="Profile"/> into series.</summary>
    public SampleSplit Split { get; } = new();

    /// <summary>A series as it is encoded.</summary>
    public ProfileRecord Record { get; } = new();

    /// <summary>Labels of the series.</summary>
    public List<Label> Labels { get; } = [];

    /// <summary>Bytes held on to.</summary>
    public long RetainedBytes => Profile.RetainedBytes + Folded.RetainedBytes + Record.RetainedBytes;
}

/// <summary>Keeps scratch between requests.</summary>
internal sealed class ScratchPool
{
    private readonly KeptObjects<ProfileScratch> _kept = new(static scratch => scratch.RetainedBytes, eachMax: 16 << 20, allMax: 64 << 20);

    /// <summary>How many were ever made.</summary>
    public int Made => _kept.Made;

    /// <summary>One for the caller alone.</summary>
    public ProfileScratch Rent() => _kept.Rent();

    /// <summary>Gives it back, once.</summary>
    public void Return(ProfileScratch scratch)
    {
        scratch.Labels.Clear();
        _kept.Return(scratch);
    }
}
