// Writes the meeting's chat into the ring, as the host's client showed it (kind 3).
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>One line a message; lines of one sender within 2 s share a unit. Does not throw.</summary>
public sealed class ChatWriter
{
    private const uint Ndjson = 16;
    private const ulong UnitMs = 2_000;
    private const int MostText = 16 * 1024;
    private readonly EvidenceSession _session;
    private readonly EvidenceRing _ring;
    private readonly Dictionary<string, RingStream> _senders = [];

    internal ChatWriter(EvidenceSession session) => (_session, _ring) = (session, session.Ring);

    /// <param name="participant">16 bytes, who sent it.</param>
    /// <param name="sentUtc">When; needs a session that knows the meeting's epoch, else the newest moment counts.</param>
    public void Write(ReadOnlySpan<byte> participant, DateTimeOffset sentUtc, string text)
    {
        ulong atMs;
        lock (_ring.Gate)
            atMs = _session.MeetingMs(sentUtc, _ring);
        Write(participant, atMs, text);
    }

    /// <param name="participant">16 bytes, who sent it.</param>
    /// <param name="atMs">ms on the meeting clock.</param>
    public void Write(ReadOnlySpan<byte> participant, ulong atMs, string text)
    {
        var trouble = RingTroubleKind.Malformed;
        if (participant.Length == 16 && text.Length <= MostText && atMs <= EvidenceLimits.SafeInteger)
        {
            var sender = Convert.ToHexStringLower(participant);
            var line = JsonSerializer.SerializeToUtf8Bytes(new ChatLine(atMs, sender, text), SdkJson.Default.ChatLine);
            lock (_ring.Gate)
                if (Take(sender, atMs, [.. line, (byte)'\n']) is not { } kind)
                    return;
                else
                    trouble = kind;
        }
        _session.Say(trouble, null);
    }

    private RingTroubleKind? Take(string sender, ulong atMs, byte[] line)
    {
        if (!_ring.IsTaking)
            return RingTroubleKind.NotTaking;
        if (!_senders.TryGetValue(sender, out var stream))
            _senders[sender] = stream = _ring.AddLocked(
                new StreamKey(sender, 0, SegmentKind.Chat),
                StreamRank.Text,
                Ndjson,
                atMs
            );
        var group = stream.Open;
        var unit = group?.Units[^1];
        if (unit is not null && (atMs < unit.StartMs || atMs - unit.StartMs >= UnitMs || unit.Bytes > MostText))
        {
            _ring.Finish(stream, unit, unit.EndMs, groupGoesOn: false);
            unit = null;
        }
        if (unit is null)
        {
            unit = _ring.Start(stream, UnitForm.Ready, line.Length, atMs);
            group = stream.Open;
        }
        if (unit is null || !_ring.Append(group!, unit, line, atMs, isKey: true))
        {
            stream.Notes.Add(atMs, atMs + 1, GapReason.EvictedForSpace);
            return RingTroubleKind.NoRoom;
        }
        unit.EndMs = Math.Max(unit.EndMs, atMs);
        stream.LastMs = Math.Max(stream.LastMs, atMs);
        _ring.Advance(atMs);
        return null;
    }
}

/// <summary>One line of content 16 (evidence-bundle.md 6.3).</summary>
internal sealed record ChatLine(ulong T, string From, string Text);
