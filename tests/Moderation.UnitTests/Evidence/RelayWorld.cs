// A meeting's relay with a clock that a test moves, and senders whose frames it receives.
using Moderation.Evidence;
using Moderation.Evidence.Relay;

namespace Moderation.UnitTests.Evidence;

internal sealed class RelayWorld : IDisposable
{
    public World World { get; } = new();
    public MovedClock Clock { get; } = new();
    public byte[] EpochSecret { get; } = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    public MeetingRelay Relay { get; }
    public List<byte[]> Receipts { get; } = [];

    public RelayWorld(RelayOptions? options = null, CoseSigner? signer = null, ReceiptChain? chain = null) =>
        Relay = new MeetingRelay(World.Meeting, Clock.GetUtcNow(), signer ?? World.Relay, Clock, options, chain);

    /// <summary>Lets time pass, closing windows as an SFU does.</summary>
    public void Pass(int ms)
    {
        for (; ms > 0; ms -= 500)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(Math.Min(500, ms)));
            Receipts.AddRange(Relay.CloseWindows());
        }
    }

    /// <summary>Starts a KID and sends so many frames under it.</summary>
    public byte[][] Send(RelayConnection connection, uint stream, ulong kid, int frames = 3)
    {
        using var sender = new SFrameSender(EpochSecret, kid);
        connection.StartKid(stream, kid, sender.KeyCommitment).ShouldBe(RelayAnswer.Taken);
        var sent = new byte[frames][];
        for (var i = 0; i < frames; i++)
        {
            sent[i] = sender.Seal([(byte)kid, (byte)i, .. "boxes"u8]);
            connection.Forward(stream, sent[i]).ShouldBe(RelayAnswer.Taken);
        }
        return sent;
    }

    public Attestation? Ask(byte[] participant, uint stream, ulong kid) =>
        Relay.Attest([new StreamKid(participant, stream, kid)])[0];

    /// <summary>The segment that a host makes of frames and attestation; a frame that is null never arrived.</summary>
    public SegmentDraft Segment(Attestation attested, IReadOnlyList<byte[]?> frames, ulong kid, byte[]? as_ = null) =>
        World.Media(Unit(attested, frames, kid).Encode()) with
        {
            Kind = SegmentKind.AttestedMedia,
            Participant = as_ ?? World.Participant,
            Receipt = 0,
        };

    public AttestedUnit Unit(Attestation attested, IReadOnlyList<byte[]?> frames, ulong kid) =>
        new(
            SegmentKeys.SFrameBaseKey(EpochSecret, kid),
            attested.Leaf,
            attested.LeafIndex,
            attested.Proof,
            [
                .. frames.Select(
                    (frame, i) => new AttestedFrame(frame ?? attested.FrameHashes[i], IsPresent: frame is not null)
                ),
            ]
        );

    public void Dispose() => World.Dispose();
}

/// <summary>Starts at the world's present and stands still until it is moved.</summary>
internal sealed class MovedClock : TimeProvider
{
    private long _ms = (long)World.NowMs;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ms, (long)by.TotalMilliseconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _ms));
}
