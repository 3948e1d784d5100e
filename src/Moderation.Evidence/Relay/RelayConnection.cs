// One participant's authenticated connection as the relay sees it: it can write to that participant's streams alone.
namespace Moderation.Evidence.Relay;

/// <summary>Made by <see cref="MeetingRelay.Connect"/>. Dispose when the connection ends.</summary>
public sealed class RelayConnection : IDisposable
{
    private readonly ParticipantStreams _streams;

    internal RelayConnection(ParticipantStreams streams) => _streams = streams;

    /// <summary>The sender starts a KID and hands its key commitment over in clear; the KID before it on the stream closes.</summary>
    /// <param name="stream">Number of the participant's track.</param>
    /// <param name="kid">The SFrame KID, new for every segment.</param>
    /// <param name="keyCommitment">kc, 32 bytes (evidence-bundle.md 7).</param>
    public RelayAnswer StartKid(uint stream, ulong kid, ReadOnlySpan<byte> keyCommitment) =>
        _streams.Start(this, stream, kid, keyCommitment);

    /// <summary>
    /// Counts one frame as received, in order, with its SFrame header. Called before the frame is forwarded; one that is not
    /// <see cref="RelayAnswer.Taken"/> should not be forwarded, for no receipt will know it.
    /// </summary>
    public RelayAnswer Forward(uint stream, ReadOnlySpan<byte> frame) => _streams.Forward(this, stream, frame);

    public void Dispose() => _streams.Disconnect(this);
}
