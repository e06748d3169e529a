using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Pyro.Benchmarks;

// Each run builds the projects anew, for which the usual two minutes are short on a small machine.
var config = ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(10));
var summaries = BenchmarkSwitcher.FromAssembly(typeof(HeadBenchmarks).Assembly).Run(args, config);
return summaries.All(s => !s.HasCriticalValidationErrors && s.Reports.All(r => r.Success)) ? 0 : 1;
