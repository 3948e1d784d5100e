// `dotnet run --project tests/Moderation.Benchmarks -c Release -- side-by-side`, or BenchmarkDotNet with `--filter *`.
using BenchmarkDotNet.Running;
using Moderation.Benchmarks;

if (args is ["side-by-side"])
    return await SideBySide.RunAsync();
if (args is ["storage"])
    return await StorageBench.RunAsync();
BenchmarkSwitcher.FromAssembly(typeof(EvidenceBenchmarks).Assembly).Run(args);
return 0;
