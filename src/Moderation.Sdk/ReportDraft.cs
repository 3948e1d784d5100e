// What the user sees before a report is sent: who, which seconds, which gaps; and the sending itself.
using System.Text;
using System.Text.Json;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Sdk.Http;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>One line of the preview. Times are ms on the meeting clock; <c>GapReason</c> is set for gaps only.</summary>
public sealed record SegmentPreview(
    SegmentKind Kind,
    string Participant,
    uint Stream,
    ulong StartMs,
    uint DurationMs,
    uint Content,
    int Bytes,
    uint? GapReason
);

/// <summary>The server's word that the report is kept. The client keeps the receipt.</summary>
public sealed record ReportReceipt(string ReportId, byte[] ContentId, byte[] IntakeReceipt);

/// <summary>A frozen set of units. It dies after 15 minutes, on dispose, or with the receipt.</summary>
public sealed class ReportDraft : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);
    private readonly EvidenceSession _session;
    private readonly IReadOnlyList<byte[]> _subjects;
    private readonly FrozenUnits _frozen;
    private readonly HashSet<BufferedUnit> _kept;
    private readonly ITimer _end;
    private string? _note;

    internal ReportDraft(EvidenceSession session, IReadOnlyList<byte[]> subjects, FrozenUnits frozen)
    {
        _session = session;
        _subjects = subjects;
        _frozen = frozen;
        _kept = [.. frozen.Units];
        WindowStartMs = Math.Min(
            frozen.FromMs,
            frozen.Units.Count == 0 ? frozen.FromMs : frozen.Units.Min(u => u.StartMs)
        );
        WindowEndMs = Math.Max(frozen.ToMs, frozen.Units.Count == 0 ? frozen.ToMs : frozen.Units.Max(u => u.EndMs));
        _end = session.Host.Options.Clock.CreateTimer(_ => Dispose(), null, Life, Timeout.InfiniteTimeSpan);
    }

    public ulong WindowStartMs { get; }
    public ulong WindowEndMs { get; }

    /// <summary>Everything that would be sent, in the order of the bundle.</summary>
    public IReadOnlyList<SegmentPreview> Segments =>
        [
            .. Content()
                .Select(d => new SegmentPreview(
                    d.Kind,
                    Convert.ToHexStringLower(d.Participant),
                    d.Stream,
                    d.T0,
                    d.Duration,
                    d.Content,
                    d.Plaintext.Length,
                    d.Kind == SegmentKind.Gap ? d.Content : null
                )),
        ];

    /// <summary>Takes one track out; what is missing is shown as a gap with its reason.</summary>
    public void Exclude(TrackWriter track) => _kept.RemoveWhere(u => u.Stream.Stream == track.Stream);

    /// <summary>The reporter's own words, sealed like the rest; at most 4,000 characters.</summary>
    public void AddNote(string text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, 4_000);
        _note = text;
    }

    /// <summary>Seals, signs and sends. An interrupted call may be repeated: the content id makes a retry harmless.</summary>
    /// <exception cref="ModerationApiException">The server refused; nothing was kept there, or what is missing can be sent again.</exception>
    public async Task<ReportReceipt> SubmitAsync(
        string reason,
        uint reasonNumber,
        IProgress<(int Sent, int Of)>? progress = null,
        CancellationToken ct = default
    )
    {
        var bundle = await SealAsync(reasonNumber, ct);
        var filing = SignFiling(bundle, reason);
        var receipt = await SendAsync(bundle, filing, progress, ct);
        Dispose();
        return receipt;
    }

    /// <summary>Seals for a fresh challenge without sending: for callers that carry the bytes themselves.</summary>
    public async Task<SealedBundle> SealAsync(uint reasonNumber, CancellationToken ct = default)
    {
        var options = _session.Host.Options;
        var challenge = await _session.Host.Api.ChallengeAsync(
            options.DeviceSigner.PublicKey.Kid.ToArray(),
            _session.MeetingUuid,
            _session.Reporter,
            ct
        );
        if (!options.Chain.Agrees(Convert.ToHexStringLower(challenge.LastContentId), challenge.LastCounter))
            throw new InvalidOperationException(
                "client.chain-differs: this device's report history differs from the server's; register a new device key."
            );
        var nowMs = (ulong)options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var keys =
            RecipientKeyList.Verify(challenge.RecipientKeys, options.ConfigurationKey, nowMs)
            ?? throw new InvalidOperationException(
                "client.recipient-keys: the recipient keys are not signed by the configuration key built into this client."
            );
        return BundleSealer.Seal(
            new BundleDraft
            {
                Challenge = challenge.Challenge,
                Meeting = _session.MeetingUuid,
                Reporter = _session.Reporter,
                Counter = (ulong)challenge.LastCounter + 1,
                CreatedMs = nowMs,
                WindowStart = WindowStartMs,
                WindowEnd = WindowEndMs,
                Reason = reasonNumber,
                Sdk = "moderation-sdk-dotnet/0.1.0",
                Previous = challenge.LastContentId,
                Recipients = keys.ForSealing(),
                Segments = Content(),
            },
            options.DeviceSigner
        );
    }

    public void Dispose()
    {
        _end.Dispose();
        _kept.Clear();
        _frozen.Dispose();
    }

    private async Task<ReportReceipt> SendAsync(
        SealedBundle bundle,
        byte[] filing,
        IProgress<(int Sent, int Of)>? progress,
        CancellationToken ct
    )
    {
        var options = _session.Host.Options;
        var api = _session.Host.Api;
        var contentId = Convert.ToHexStringLower(bundle.ContentId);
        var counter = (long)bundle.Manifest.Counter;
        options.Chain.Sending(contentId, counter);
        var accepted = await api.SendHeadAsync(bundle.Head, ct);
        options.Chain.Accepted(contentId, counter);
        // The filing goes before the bytes: a raid in progress must not wait for an upload (triage.md 2.2).
        await api.SendFilingAsync(accepted.ReportId, filing, ct);
        var sent = 0;
        await Parallel.ForEachAsync(
            accepted.Missing,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct },
            async (index, token) =>
            {
                await api.SendSegmentAsync(accepted.ReportId, index, bundle.Segments[index], token);
                progress?.Report((Interlocked.Increment(ref sent), accepted.Missing.Count));
            }
        );
        var receipt = await api.CompleteAsync(accepted.ReportId, ct);
        if (Evidence.IntakeReceipt.Verify(receipt, options.ReceiptKey, bundle.ContentId).Refusal is { } refusal)
            throw new InvalidOperationException($"client.receipt: the receipt does not verify ({refusal.Code}).");
        return new ReportReceipt(accepted.ReportId, bundle.ContentId, receipt);
    }

    private byte[] SignFiling(SealedBundle bundle, string reason)
    {
        var filing = new Filing(
            1,
            HostApi.Text(_session.MeetingUuid),
            HostApi.Text(_session.Reporter),
            [.. _subjects.Select(s => HostApi.Text(s))],
            reason,
            HostApi.Text(bundle.ContentId),
            (long)bundle.Manifest.Created,
            "en"
        );
        var payload = JsonSerializer.SerializeToUtf8Bytes(filing, HostApi.Json);
        return CoseSign1.Sign(_session.Host.Options.DeviceSigner, CoseContentTypes.Filing, CoseLabels.Filing, payload);
    }

    private List<SegmentDraft> Content()
    {
        List<SegmentDraft> segments =
        [
            .. _kept
                .OrderBy(u => u.StartMs)
                .ThenBy(u => u.Stream.Stream)
                .Select(u => new SegmentDraft
                {
                    Kind = u.Stream.Kind,
                    Participant = u.Stream.ParticipantBytes,
                    Stream = u.Stream.Stream,
                    T0 = u.StartMs,
                    Duration = u.DurationMs,
                    Content = u.Content,
                    Plaintext = u.Open(),
                }),
            .. Gaps.Find(_frozen, _kept, WindowStartMs, WindowEndMs)
                .Select(g => new SegmentDraft
                {
                    Kind = SegmentKind.Gap,
                    Participant = g.Stream.ParticipantBytes,
                    Stream = g.Stream.Stream,
                    T0 = g.StartMs,
                    Duration = g.DurationMs,
                    Content = g.Reason,
                }),
        ];
        if (_note is not null)
        {
            segments.Add(
                new SegmentDraft
                {
                    Kind = SegmentKind.Note,
                    Participant = _session.Reporter,
                    T0 = WindowStartMs,
                    Duration = (uint)(WindowEndMs - WindowStartMs),
                    Content = 48,
                    Plaintext = Encoding.UTF8.GetBytes(_note),
                }
            );
        }
        if (segments.Count == 0)
            throw new InvalidOperationException("There is nothing to report: the ring holds nothing of this window.");
        return segments;
    }
}
