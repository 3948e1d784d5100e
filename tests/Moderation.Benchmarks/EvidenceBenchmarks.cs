// The pieces under BenchmarkDotNet: verify a small bundle, hash and seal a large segment.
using BenchmarkDotNet.Attributes;
using Moderation.Evidence;

namespace Moderation.Benchmarks;

[MemoryDiagnoser]
public class EvidenceBenchmarks
{
    private readonly Stock stock = new();
    private readonly byte[] large = new byte[4_000_000];
    private AnnexAState state = null!;
    private byte[] small = [];
    private SealedBundle one = null!;

    [GlobalSetup]
    public void Prepare()
    {
        state = AnnexAState.Parse(stock.KeysFile);
        small = stock.Seal(new byte[200]).ToFile();
        one = stock.Seal(large);
    }

    [Benchmark]
    public bool VerifySmallBundle()
    {
        var head = state.VerifyHead(small).Value;
        var body = small.AsSpan(head.Head.Bytes.Length);
        return SegmentVerifier.Verify(body, head.Structure.Descriptors[0]) is null;
    }

    [Benchmark]
    public bool VerifySegmentOf4MB() => SegmentVerifier.Verify(one.Segments[0], one.Descriptors[0]) is null;

    [Benchmark]
    public int SealSegmentOf4MB() => stock.Seal(large).Segments[0].Length;

    [GlobalCleanup]
    public void Dispose() => stock.Dispose();
}
