// What the user sees before a report is sent: who, which seconds, which gaps; and the way out.
using System.Security.Cryptography;
using System.Text;
using Moderation.Evidence;
using Moderation.Sdk.Http;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>One line of the preview. Times are ms on the meeting clock; <c>GapReason</c> is set for gaps only.</summary>
/// <param name="Bytes">As held; a header or a proof may come to it.</param>
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

/// <summary>
/// A frozen set of units. It dies after 15 minutes, on <see cref="Cancel"/>, or with the receipt; its keys are erased then. Safe
/// for any number of threads.
/// </summary>
public sealed class ReportDraft : IDisposable
{
    /// <summary>How long a draft lives.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(15);
    private const int MostNote = 4_000;
    private const int MostAdditions = 20;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly EvidenceSession _session;
    private readonly IReadOnlyList<byte[]> _subjects;
    private readonly FrozenUnits _frozen;
    private readonly DraftContent _content;
    private readonly ITimer _end;
    private ReportUpload? _upload;

    internal ReportDraft(EvidenceSession session, IReadOnlyList<byte[]> subjects, FrozenUnits frozen)
    {
        _session = session;
        _subjects = subjects;
        _frozen = frozen;
        _content = new DraftContent(frozen, session.Roster, Convert.ToHexStringLower(session.Meeting.Reporter));
        WindowStartMs = _content.WindowStartMs;
        WindowEndMs = _content.WindowEndMs;
        _end = session.Host.Options.Clock.CreateTimer(_ => Die(), null, Life, Timeout.InfiniteTimeSpan);
    }

    public ulong WindowStartMs { get; }
    public ulong WindowEndMs { get; }

    /// <summary>False once it is cancelled, sent or 15 minutes old.</summary>
    public bool IsAlive => !_frozen.IsDisposed;

    /// <summary>Everything that would be sent: media and chat by time, then gaps, notes, screenshots and the roster.</summary>
    /// <exception cref="ObjectDisposedException">The draft is dead.</exception>
    public IReadOnlyList<SegmentPreview> Segments
    {
        get
        {
            lock (_gate)
            {
                ThrowIfDead();
                return [.. _content.Plan(Keyless()).Select(Preview)];
            }
        }
    }

    /// <summary>Takes one track out; what is missing is shown as a gap with its reason.</summary>
    public void Exclude(MediaTrack track) =>
        Exclude(u => u.Stream.Participant == track.Participant && u.Stream.Stream == track.Id);

    /// <inheritdoc cref="Exclude(MediaTrack)"/>
    public void Exclude(TrackWriter track) => Exclude(track.Track);

    /// <inheritdoc cref="Exclude(MediaTrack)"/>
    public void Exclude(SFrameWriter track) => Exclude(track.Track);

    /// <summary>Takes one segment out, with the segments that go on from it.</summary>
    public void Exclude(SegmentPreview segment) =>
        Exclude(u =>
            u.Stream.Kind == segment.Kind
            && u.Stream.Participant == segment.Participant
            && u.Stream.Stream == segment.Stream
            && u.StartMs == segment.StartMs
        );

    /// <summary>The reporter's own words, sealed like the rest; at most 4,000 characters.</summary>
    public void AddNote(string text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MostNote);
        Add(new Addition(SegmentKind.Note, 48, Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>A picture of what the reporter saw: PNG or JPEG, at most 4 MiB.</summary>
    /// <exception cref="ArgumentException">It is neither, or too large.</exception>
    public void AddScreenshot(ReadOnlySpan<byte> image)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(image.Length, EvidenceLimits.SegmentPlaintext);
        uint content =
            image.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) ? 32u
            : image.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? 33u
            : throw new ArgumentException("A screenshot is a PNG or a JPEG.", nameof(image));
        Add(new Addition(SegmentKind.Screenshot, content, image.ToArray()));
    }

    /// <summary>
    /// Seals, signs and sends. Transient failures are tried again; after an exception or a cancelled token the call may be
    /// repeated and goes on where it stopped: the content id makes a repeat harmless.
    /// </summary>
    /// <param name="reason">A reason code of the service, such as <c>harassment</c>.</param>
    /// <exception cref="ModerationApiException">The server refused.</exception>
    /// <exception cref="ModerationClientException">This client refuses to send, or the receipt does not verify.</exception>
    public async Task<ReportReceipt> SubmitAsync(
        string reason,
        IProgress<SubmitProgress>? progress = null,
        CancellationToken ct = default
    )
    {
        var known = await _session.Host.Api.ReasonsAsync(ct);
        var number =
            known.FirstOrDefault(shape => shape.Code == reason)?.Number
            ?? throw ModerationClientException.UnknownReason(reason);
        return await SubmitAsync(reason, (uint)number, progress, ct);
    }

    /// <inheritdoc cref="SubmitAsync(string, IProgress{SubmitProgress}, CancellationToken)"/>
    /// <param name="reasonNumber">The number of the reason, where the client has the table built in.</param>
    public async Task<ReportReceipt> SubmitAsync(
        string reason,
        uint reasonNumber,
        IProgress<SubmitProgress>? progress = null,
        CancellationToken ct = default
    )
    {
        await _sending.WaitAsync(ct);
        try
        {
            _upload ??= new ReportUpload(_session, await SealAsync(reasonNumber, ct), reason, _subjects);
            try
            {
                var receipt = await _upload.RunAsync(progress, ct);
                Die();
                _upload = null;
                return receipt;
            }
            // A head that was refused will be refused again: the next call seals anew for a new challenge.
            catch (ModerationApiException) when (_upload is { IsAccepted: false })
            {
                _upload = null;
                throw;
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Seals for a fresh challenge without sending: for callers that carry the bytes themselves.</summary>
    public async Task<SealedBundle> SealAsync(uint reasonNumber, CancellationToken ct = default)
    {
        // Held for as long as the seal takes, so that a draft dying meanwhile does not pull the units away.
        using var held = _frozen.Hold();
        return await new DraftSealing(_session, held, PlanNow).SealAsync(reasonNumber, WindowStartMs, WindowEndMs, ct);
    }

    /// <summary>The user does not want to report: everything frozen is erased.</summary>
    public void Cancel() => Dispose();

    public void Dispose()
    {
        Die();
        _upload = null;
    }

    private List<PlannedSegment> PlanNow(IReadOnlyDictionary<FrozenUnit, uint> unsendable)
    {
        lock (_gate)
            return _content.Plan(unsendable);
    }

    // A unit whose key never came can be neither attested nor opened.
    private Dictionary<FrozenUnit, uint> Keyless() => DraftSealing.Keyless(_frozen);

    private void Die()
    {
        _end.Dispose();
        lock (_gate)
        {
            foreach (var addition in _content.Additions)
                CryptographicOperations.ZeroMemory(addition.Bytes);
            _content.Additions.Clear();
            _frozen.Dispose();
        }
    }

    private void Exclude(Func<FrozenUnit, bool> which)
    {
        lock (_gate)
        {
            ThrowIfDead();
            _content.Exclude(which);
        }
    }

    private void Add(Addition addition)
    {
        lock (_gate)
        {
            ThrowIfDead();
            if (_content.Additions.Count == MostAdditions)
                throw new InvalidOperationException("A report has at most 20 notes and screenshots.");
            _content.Additions.Add(addition);
        }
    }

    private void ThrowIfDead() => ObjectDisposedException.ThrowIf(_frozen.IsDisposed, this);

    private static SegmentPreview Preview(PlannedSegment s) =>
        new(
            s.Kind,
            s.Participant,
            s.Stream,
            s.StartMs,
            s.DurationMs,
            s.Content,
            s.Bytes,
            s.Kind == SegmentKind.Gap ? s.Content : null
        );
}
