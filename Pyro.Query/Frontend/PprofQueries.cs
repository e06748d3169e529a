using Pyro.Api.Pprof;
using Pyro.Api.Querier;

namespace Pyro.Query.Frontend;

/// <summary>SelectMergeProfile: a sum as pprof.</summary>
public sealed class PprofQueries
{
    /// <summary>Sums stacks with their lines and mappings.</summary>
    public Task<Profile> ProfileAsync(string tenant, SelectMergeProfileRequest request, CancellationToken cancel) =>
        throw Refusals.Unimplemented("pprof is not answered yet");
}
