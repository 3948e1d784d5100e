// Puts a track's RTP timestamps on the meeting clock: the first frame's arrival anchors it, the timestamps carry it on.
namespace Moderation.Sdk;

/// <param name="rate">Ticks a second.</param>
internal sealed class RtpClock(uint rate)
{
    // A jump larger than this against arrival is a new clock (a sender that restarted), not a late frame.
    private const ulong Jump = 5_000;
    private uint _last;
    private bool _isAnchored;

    public uint Rate { get; } = rate;

    /// <summary>Of the frame last asked about: ticks since the meeting's epoch.</summary>
    public ulong Tick { get; private set; }

    /// <summary>ms on the meeting clock.</summary>
    public ulong At(in EncodedFrame frame, ulong nowMs)
    {
        if (frame.MeetingMs is { } given)
        {
            Tick = given * Rate / 1000;
        }
        else if (!_isAnchored)
        {
            Tick = nowMs * Rate / 1000;
        }
        else
        {
            // Wraps every 2^32 ticks; a small step back is a reordered frame.
            var step = (long)(int)(frame.RtpTimestamp - _last);
            Tick = (ulong)Math.Max(0, (long)Tick + step);
            var ms = Tick * 1000 / Rate;
            if (Math.Max(ms, nowMs) - Math.Min(ms, nowMs) > Jump)
                Tick = nowMs * Rate / 1000;
        }
        _isAnchored = true;
        _last = frame.RtpTimestamp;
        return Tick * 1000 / Rate;
    }
}
