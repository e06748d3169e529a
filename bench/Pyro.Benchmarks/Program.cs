using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Pyro.Benchmarks;

// Each run builds a project around this one. It needs what this one references, and on a small machine more than the usual two minutes.
var job = Job.Default.WithArguments([new MsBuildArgument("/p:DisableTransitiveProjectReferences=false")]).AsMutator();
var config = ManualConfig.Create(DefaultConfig.Instance).AddJob(job).WithBuildTimeout(TimeSpan.FromMinutes(10));
var summaries = BenchmarkSwitcher.FromAssembly(typeof(HeadBenchmarks).Assembly).Run(args, config);
return summaries.All(s => !s.HasCriticalValidationErrors && s.Reports.All(r => r.Success)) ? 0 : 1;
