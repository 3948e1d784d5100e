// What the clients sent and what they were told: the one thing that the installation under test cannot alter.
using System.Collections.Concurrent;

namespace Moderation.FaultTests;

/// <summary>One report as its client knows it; a member that is set was acknowledged.</summary>
public sealed class SentReport(
    string contentId,
    IReadOnlyList<byte[]> segmentHashes,
    Func<Task<byte[]>> askReceiptAgain,
    Func<Task<byte[]>> askProof
)
{
    public string ContentId => contentId;
    public IReadOnlyList<byte[]> SegmentHashes => segmentHashes;
    public string? ReportId { get; set; }

    /// <summary>Sent, whether or not an answer came; what was never sent must never show.</summary>
    public bool FilingSent { get; set; }
    public bool CompleteSent { get; set; }
    public bool[] SegmentSent { get; } = new bool[segmentHashes.Count];
    public bool Filed { get; set; }

    /// <summary>The filing as it was signed; a repeat sends the same bytes.</summary>
    public byte[]? SignedFiling { get; set; }
    public bool[] Stored { get; } = new bool[segmentHashes.Count];
    public byte[]? Receipt { get; set; }

    /// <summary>Round in which the last acknowledgement came.</summary>
    public int Round { get; set; }

    public Task<byte[]> AskReceiptAgainAsync() => askReceiptAgain();

    public Task<byte[]> AskProofAsync() => askProof();
}

public sealed class Book
{
    public ConcurrentDictionary<string, SentReport> Reports { get; } = new();

    /// <summary>Acknowledged decisions: id of the decision, then the case.</summary>
    public ConcurrentDictionary<string, string> Decisions { get; } = new();

    /// <summary>What the platform took as genuine: event id, then how often, the account and its version.</summary>
    public ConcurrentDictionary<string, (string Account, long Version, string Decision)> Effects { get; } = new();

    public ConcurrentQueue<string> Violations { get; } = new();
    public int Round { get; set; }

    private int _retries;
    public int Retries => _retries;

    private int _abandoned;
    public int Abandoned => _abandoned;

    private int _badManners;
    public int BadManners => _badManners;

    private int _faults;

    /// <summary>Answers with status 500.</summary>
    public int Faults => _faults;

    public void CountFault() => Interlocked.Increment(ref _faults);

    public void CountAbandoned() => Interlocked.Increment(ref _abandoned);

    public void CountBadManners() => Interlocked.Increment(ref _badManners);

    public void CountRetry() => Interlocked.Increment(ref _retries);
}
