// Carries one sealed bundle to the service, and goes on where it stopped (evidence-bundle.md 17).
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Sdk.Http;

namespace Moderation.Sdk;

/// <summary>How far a report is.</summary>
/// <param name="Sent">Segments the service has.</param>
/// <param name="Of">Segments of the bundle.</param>
public readonly record struct SubmitProgress(int Sent, int Of);

/// <summary>Holds ciphertext only. One run at a time.</summary>
internal sealed class ReportUpload(
    EvidenceSession session,
    SealedBundle bundle,
    string reason,
    IReadOnlyList<byte[]> subjects
)
{
    private const int Attempts = 6;
    private const int Parallel = 4;
    private const int Rounds = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly ModerationHostOptions _options = session.Host.Options;
    private readonly HostApi _api = session.Host.Api;

    // Made once: a second filing of other bytes would be refused.
    private readonly byte[] _filing = SignFiling(session, bundle, reason, subjects);
    private string? _report;

    /// <summary>The server has the head: the report exists, whatever happens to the rest.</summary>
    public bool IsAccepted => _report is not null;

    public async Task<ReportReceipt> RunAsync(IProgress<SubmitProgress>? progress, CancellationToken ct)
    {
        var missing = _report is null ? await SendHeadAsync(ct) : await MissingAsync(ct);
        // The filing goes before the bytes: a raid in progress must not wait for an upload (triage.md 2.2).
        await AgainAsync(token => _api.SendFilingAsync(_report!, _filing, token), ct);
        for (var round = 1; ; round++)
        {
            await SendSegmentsAsync(missing, progress, ct);
            try
            {
                return await CompleteAsync(ct);
            }
            catch (ModerationApiException e) when (e.Code == "evb1.segments-missing" && round < Rounds)
            {
                missing = await MissingAsync(ct);
            }
        }
    }

    private async Task<IReadOnlyList<int>> SendHeadAsync(CancellationToken ct)
    {
        var contentId = Convert.ToHexStringLower(bundle.ContentId);
        var counter = (long)bundle.Manifest.Counter;
        _options.Chain.Sending(contentId, counter);
        var accepted = await AgainAsync(token => _api.SendHeadAsync(bundle.Head, token), ct);
        _options.Chain.Accepted(contentId, counter);
        _report = accepted.ReportId;
        return accepted.Missing;
    }

    private async Task<IReadOnlyList<int>> MissingAsync(CancellationToken ct) =>
        (await AgainAsync(token => _api.StatusAsync(_report!, token), ct)).Missing;

    private async Task SendSegmentsAsync(
        IReadOnlyList<int> missing,
        IProgress<SubmitProgress>? progress,
        CancellationToken ct
    )
    {
        var of = bundle.Segments.Count;
        var sent = of - missing.Count;
        progress?.Report(new SubmitProgress(sent, of));
        // An index that is none of ours is the server's error, and no reason to fall.
        await System.Threading.Tasks.Parallel.ForEachAsync(
            missing.Where(index => index >= 0 && index < of),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct },
            async (index, token) =>
            {
                await AgainAsync(t => _api.SendSegmentAsync(_report!, index, bundle.Segments[index], t), token);
                progress?.Report(new SubmitProgress(Interlocked.Increment(ref sent), of));
            }
        );
    }

    private async Task<ReportReceipt> CompleteAsync(CancellationToken ct)
    {
        var receipt = await AgainAsync(token => _api.CompleteAsync(_report!, token), ct);
        if (Evidence.IntakeReceipt.Verify(receipt, _options.ReceiptKey, bundle.ContentId).Refusal is { } refusal)
            throw ModerationClientException.Receipt(refusal.Code);
        return new ReportReceipt(_report!, bundle.ContentId, receipt);
    }

    private Task<bool> AgainAsync(Func<CancellationToken, Task> send, CancellationToken ct) =>
        AgainAsync(
            async token =>
            {
                await send(token);
                return true;
            },
            ct
        );

    // Every request here may be repeated: the content id, the index and the hash make it the same one.
    private async Task<T> AgainAsync<T>(Func<CancellationToken, Task<T>> send, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan? asked;
            try
            {
                return await send(ct);
            }
            catch (ModerationApiException e) when (attempt < Attempts && HostApi.IsTransient(e.Status))
            {
                asked = e.RetryAfter;
            }
            catch (Exception e)
                when (attempt < Attempts
                    && !ct.IsCancellationRequested
                    && (e is HttpRequestException or TaskCanceledException or IOException)
                )
            {
                asked = null;
            }
            SdkMeter.UploadRetries.Add(1);
            await Task.Delay(asked is { } told && told < LongestPause ? told : Pause(attempt), _options.Clock, ct);
        }
    }

    // Doubles, with up to half of it on top at random, so that clients cut off together do not come back together.
    private static TimeSpan Pause(int attempt)
    {
        var pause = FirstPause * Math.Pow(2, attempt - 1);
        return (pause < LongestPause ? pause : LongestPause) * (1 + RandomNumberGenerator.GetInt32(500) / 1000.0);
    }

    private static byte[] SignFiling(
        EvidenceSession session,
        SealedBundle bundle,
        string reason,
        IReadOnlyList<byte[]> subjects
    )
    {
        var filing = new Filing(
            1,
            HostApi.Text(session.Meeting.Uuid),
            HostApi.Text(session.Meeting.Reporter),
            [.. subjects.Select(subject => HostApi.Text(subject))],
            reason,
            HostApi.Text(bundle.ContentId),
            (long)bundle.Manifest.Created,
            session.Host.Options.Locale
        );
        var payload = JsonSerializer.SerializeToUtf8Bytes(filing, HostApi.Json);
        return CoseSign1.Sign(session.Host.Options.DeviceSigner, CoseContentTypes.Filing, CoseLabels.Filing, payload);
    }
}
